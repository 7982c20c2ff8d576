"""Open conflicts: addresses of accounts that an organization does not know."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from provisioning.ids import ConflictId, DirectoryId, DirectoryUserId, OrganizationId, UserId
from provisioning.reconcile.facts import Decision
from provisioning.store.sql import Statement
from provisioning.store.types import moment


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


_OPEN = Statement(
    """
    SELECT c.id, d.directory_id, d.id, d.user_name, d.email, d.display_name, u.id, u.display_name,
        c.opened_at, c.decision
    FROM conflicts c
    JOIN directory_users d ON d.id = c.directory_user_id
    JOIN users u ON u.id = c.user_id
    WHERE c.organization_id = :organization_id AND c.resolved_at IS NULL
    ORDER BY c.id
    """
)
_DECIDE = Statement(
    """
    UPDATE conflicts SET decision = :decision
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
    return [
        OpenConflict(
            id=row[0],
            directory_id=row[1],
            directory_user_id=row[2],
            user_name=row[3],
            email=row[4],
            display_name=row[5],
            user_id=row[6],
            user_display_name=row[7],
            opened_at=moment(row[8]),
            decision=row[9],
        )
        for row in _OPEN.run(connection, {"organization_id": organization_id})
    ]


def decide(
    connection: Connection,
    organization_id: OrganizationId,
    conflict_id: ConflictId,
    decision: Decision,
) -> list[tuple[DirectoryId, DirectoryUserId]]:
    """Everybody who waits for the same account; nobody when there is no such open conflict."""
    here = {"organization_id": organization_id}
    decided = _DECIDE.run(
        connection, {**here, "id": conflict_id, "decision": decision}
    ).one_or_none()
    if decided is None:
        return []
    waiting = _ABOUT.run(connection, {**here, "user_id": decided[0]})
    return [(row[0], row[1]) for row in waiting]
