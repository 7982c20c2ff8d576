"""Open conflicts: addresses of accounts that an organization does not know."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from provisioning.ids import ConflictId, DirectoryId, DirectoryUserId, OrganizationId, UserId
from provisioning.reconcile.facts import Decision
from provisioning.store.conflict_tables import conflicts
from provisioning.store.directory_tables import directory_users
from provisioning.store.pages import Cut, Page, page
from provisioning.store.people_tables import users
from provisioning.store.sql import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenConflict:
    """The evidence: who the directory says it is, and whose account has the address."""

    id: ConflictId
    directory_id: DirectoryId
    directory_user_id: DirectoryUserId
    user_name: str
    email: str
    display_name: str | None
    user_id: UserId
    user_display_name: str | None
    opened_at: datetime
    decision: Decision | None


_OPEN = (
    select(
        conflicts.c.id,
        directory_users.c.directory_id,
        conflicts.c.directory_user_id,
        directory_users.c.user_name,
        directory_users.c.email,
        directory_users.c.display_name,
        conflicts.c.user_id,
        users.c.display_name.label("user_display_name"),
        conflicts.c.opened_at,
        conflicts.c.decision,
    )
    .join_from(conflicts, directory_users, directory_users.c.id == conflicts.c.directory_user_id)
    .join(users, users.c.id == conflicts.c.user_id)
    .where(conflicts.c.resolved_at.is_(None))
)
_DECIDE = Statement(
    """
    UPDATE conflicts SET decision = :decision, decided_by = :actor
    WHERE organization_id = :organization_id AND id = :id AND resolved_at IS NULL
    RETURNING user_id
    """
)
_ABOUT = Statement(
    """
    SELECT d.directory_id, d.id FROM conflicts c
    JOIN directory_users d ON d.id = c.directory_user_id
    WHERE c.organization_id = :organization_id AND c.user_id = :user_id AND c.resolved_at IS NULL
    ORDER BY d.id
    """
)


def still_open(connection: Connection, organization_id: OrganizationId) -> list[OpenConflict]:
    """Oldest first."""
    query = _OPEN.where(conflicts.c.organization_id == organization_id).order_by(conflicts.c.id)
    return [_read(row) for row in connection.execute(query)]


def listing(
    connection: Connection, organization_id: OrganizationId, cut: Cut
) -> Page[OpenConflict]:
    """A page of them."""
    query = _OPEN.where(conflicts.c.organization_id == organization_id)
    return page(connection, query, conflicts.c.id, cut, _read)


def _read(row: Row[*tuple[Any, ...]]) -> OpenConflict:
    return OpenConflict(**row._mapping)  # noqa: SLF001 - SQLAlchemy's API


def decide(
    connection: Connection,
    organization_id: OrganizationId,
    conflict_id: ConflictId,
    decision: Decision,
    actor: str,
) -> list[tuple[DirectoryId, DirectoryUserId]]:
    """Everybody who waits for the same account; nobody when there is no such open conflict."""
    here = {"organization_id": organization_id}
    decided = _DECIDE.run(
        connection, {**here, "id": conflict_id, "decision": decision, "actor": actor}
    ).one_or_none()
    if decided is None:
        return []
    waiting = _ABOUT.run(connection, {**here, "user_id": decided[0]})
    return [(row[0], row[1]) for row in waiting]
