"""Open conflicts: addresses of accounts that an organization does not know."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Literal

from sqlalchemy import Connection, Row, Select, and_, func, select

from provisioning.errors import NotFound
from provisioning.ids import (
    ConflictId,
    DirectoryId,
    DirectoryUserId,
    InvitationId,
    OrganizationId,
    UserId,
)
from provisioning.reconcile.facts import Decision, Status
from provisioning.store import profiles
from provisioning.store.admin_tables import invitations, issuers, sign_in_identities
from provisioning.store.conflict_tables import conflicts
from provisioning.store.directory_tables import directories, directory_users
from provisioning.store.pages import Cut, Page, page
from provisioning.store.people_tables import memberships, users
from provisioning.store.sql import Statement

State = Literal["open", "rejected"]
"""Rejected: an administrator keeps the person out, until one says something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenConflict:
    """
    The evidence, of both sides: whom the directory asserts, and whose account has the address.
    Of the account only what the organization may know by itself, unless all was asked for.
    """

    id: ConflictId
    state: State
    directory_id: DirectoryId
    directory_display_name: str
    directory_user_id: DirectoryUserId
    user_name: str
    external_id: str | None
    email: str
    display_name: str | None
    active: bool
    asserted_since: datetime
    """When the directory first said that there is such a person."""
    asserted_at: datetime
    """When it last said something of them."""
    user_id: UserId
    user_display_name: str | None
    user_created_at: datetime | None
    user_last_sign_in_at: datetime | None
    """By this organization's issuers, unless all was asked for."""
    membership_status: Status | None
    """Of the account in this organization; None: it has never been a member."""
    invitation_id: InvitationId | None
    """A pending one of this organization, to the address."""
    invitation_expires_at: datetime | None
    opened_at: datetime
    decision: Decision | None
    rejected_at: datetime | None
    rejected_by: str | None


def _open(organization_id: OrganizationId, state: State, *, of_all: bool) -> Select[Any]:
    """`of_all`: what other organizations know of the account, too."""
    rejected = and_(conflicts.c.rejected_at.is_not(None), conflicts.c.decision.is_(None))
    signed_in = (
        select(func.max(sign_in_identities.c.last_sign_in_at))
        .join(issuers, issuers.c.id == sign_in_identities.c.issuer_id)
        .where(sign_in_identities.c.user_id == conflicts.c.user_id)
    )
    if not of_all:
        signed_in = signed_in.where(issuers.c.organization_id == organization_id)
    return (
        select(
            conflicts.c.id,
            directory_users.c.directory_id,
            directories.c.display_name.label("directory_display_name"),
            conflicts.c.directory_user_id,
            directory_users.c.user_name,
            directory_users.c.external_id,
            directory_users.c.email,
            directory_users.c.display_name,
            directory_users.c.active,
            directory_users.c.created_at.label("asserted_since"),
            directory_users.c.updated_at.label("asserted_at"),
            conflicts.c.user_id,
            users.c.display_name.label("user_display_name"),
            users.c.created_at.label("user_created_at"),
            memberships.c.told_profile,
            signed_in.scalar_subquery().label("user_last_sign_in_at"),
            memberships.c.status.label("membership_status"),
            invitations.c.id.label("invitation_id"),
            invitations.c.expires_at.label("invitation_expires_at"),
            conflicts.c.opened_at,
            conflicts.c.decision,
            conflicts.c.rejected_at,
            conflicts.c.rejected_by,
        )
        .join_from(
            conflicts, directory_users, directory_users.c.id == conflicts.c.directory_user_id
        )
        .join(directories, directories.c.id == directory_users.c.directory_id)
        .join(users, users.c.id == conflicts.c.user_id)
        .outerjoin(
            memberships,
            and_(
                memberships.c.organization_id == organization_id,
                memberships.c.user_id == conflicts.c.user_id,
            ),
        )
        .outerjoin(
            invitations,
            and_(
                invitations.c.organization_id == organization_id,
                invitations.c.email_key == users.c.email_key,
                invitations.c.status == "pending",
            ),
        )
        .where(
            conflicts.c.organization_id == organization_id,
            conflicts.c.resolved_at.is_(None),
            rejected if state == "rejected" else ~rejected,
        )
    )


_DECIDE = Statement(
    """
    UPDATE conflicts SET decision = :decision, decided_by = :actor
    WHERE organization_id = :organization_id AND id = :id AND resolved_at IS NULL
    RETURNING user_id
    """
)
# The rejection of one that is rejected already is no change.
_REJECT = Statement(
    """
    UPDATE conflicts SET decision = NULL, rejected_at = :now, rejected_by = :actor
    WHERE organization_id = :organization_id AND id = :id AND resolved_at IS NULL
        AND rejected_at IS NULL
    RETURNING directory_user_id, user_id
    """
)
_REJECT_AGAIN = Statement(
    """
    UPDATE conflicts SET decision = NULL
    WHERE organization_id = :organization_id AND id = :id AND resolved_at IS NULL
    RETURNING id
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


def still_open(
    connection: Connection, organization_id: OrganizationId, state: State = "open"
) -> list[OpenConflict]:
    """Oldest first, with all there is to know."""
    query = _open(organization_id, state, of_all=True).order_by(conflicts.c.id)
    return [_read(row, state=state, of_all=True) for row in connection.execute(query)]


def listing(
    connection: Connection, organization_id: OrganizationId, cut: Cut, state: State, *, of_all: bool
) -> Page[OpenConflict]:
    """A page of them; `of_all`: with what only the whole installation may know of the accounts."""
    query = _open(organization_id, state, of_all=of_all)
    read = partial(_read, state=state, of_all=of_all)
    return page(connection, query, conflicts.c.id, cut, read)


def _read(row: Row[*tuple[Any, ...]], *, state: State, of_all: bool) -> OpenConflict:
    evidence = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's API
    told = evidence.pop("told_profile")
    if not of_all:
        # As the organization was told; others may have given the account another name since.
        known = None if told is None else profiles.decoded(told)
        evidence["user_display_name"] = None if known is None else known.display_name
        evidence["user_created_at"] = None
    return OpenConflict(state=state, **evidence)


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


@dataclass(frozen=True, slots=True)
class Rejected:
    """Who is kept out, of an address that is whose."""

    directory_user_id: DirectoryUserId
    user_id: UserId


def reject(
    connection: Connection,
    organization_id: OrganizationId,
    conflict_id: ConflictId,
    actor: str,
    now: datetime,
) -> Rejected | None:
    """None: it was rejected before. Raises `NotFound` when there is no such open conflict."""
    here = {"organization_id": organization_id, "id": conflict_id}
    row = _REJECT.run(connection, {**here, "actor": actor, "now": now}).one_or_none()
    if row is not None:
        return Rejected(row[0], row[1])
    if _REJECT_AGAIN.run(connection, here).one_or_none() is None:
        raise NotFound("open conflict", conflict_id)
    return None
