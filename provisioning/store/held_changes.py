"""What directories want and a guard does not let happen for now; and what is said of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, Text, case, cast, literal, null, select, union_all

from provisioning.ids import (
    DirectoryId,
    DirectoryUserId,
    MembershipId,
    OrganizationId,
    UserId,
)
from provisioning.reconcile.facts import (
    HoldReason,
    Profile,
    Said,
    Status,
    SuspendedBy,
    Verdict,
    suspended_by,
)
from provisioning.store import profiles
from provisioning.store.conflict_tables import parked_changes
from provisioning.store.directory_tables import directory_users
from provisioning.store.newcomer_tables import held_newcomers
from provisioning.store.pages import Cut, Page, page
from provisioning.store.people_tables import memberships, users
from provisioning.store.sql import Statement

HeldReason = Literal[HoldReason, "out_of_scope"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldChange:
    """
    With the evidence: who it is, what which directory has written of them, and when. Of changes
    that an earlier release has parked there is none. Without a membership it is a newcomer's, who
    is outside the scope.
    """

    id: str
    """The membership, else the directory user."""
    membership_id: MembershipId | None
    user_id: UserId | None
    email: str | None
    display_name: str | None
    reason: HeldReason
    status: Status | None
    wanted_status: Status
    """`active` of a member: the person is to stay, with less roles."""
    held_since: datetime
    directory_id: DirectoryId | None
    directory_user_id: DirectoryUserId | None
    user_name: str | None
    said: Said | None
    said_at: datetime | None
    decision: Verdict | None
    decided_by: str | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A held change about which something has just been said, as its event needs it."""

    membership_id: MembershipId
    user_id: UserId
    status: Status
    suspended_by: SuspendedBy | None
    profile: Profile
    break_glass: bool
    reason: HoldReason
    wanted_status: Status
    directory_id: DirectoryId | None


_NOTHING = cast(null(), Text)
_OF_MEMBERS = (
    select(
        parked_changes.c.membership_id.label("id"),
        parked_changes.c.membership_id,
        memberships.c.user_id,
        users.c.email,
        users.c.display_name,
        parked_changes.c.reason,
        memberships.c.status,
        parked_changes.c.wanted_status,
        parked_changes.c.parked_at.label("held_since"),
        parked_changes.c.directory_id,
        parked_changes.c.directory_user_id,
        directory_users.c.user_name,
        parked_changes.c.said,
        parked_changes.c.said_at,
        parked_changes.c.decision,
        parked_changes.c.decided_by,
        parked_changes.c.decided_at,
    )
    .join_from(parked_changes, memberships, memberships.c.id == parked_changes.c.membership_id)
    .join(users, users.c.id == memberships.c.user_id)
    .outerjoin(directory_users, directory_users.c.id == parked_changes.c.directory_user_id)
)
_OF_NEWCOMERS = select(
    held_newcomers.c.directory_user_id.label("id"),
    _NOTHING.label("membership_id"),
    _NOTHING.label("user_id"),
    directory_users.c.email,
    directory_users.c.display_name,
    literal("out_of_scope", Text).label("reason"),
    _NOTHING.label("status"),
    case((directory_users.c.active, "active"), else_="suspended").label("wanted_status"),
    held_newcomers.c.held_at.label("held_since"),
    directory_users.c.directory_id,
    held_newcomers.c.directory_user_id,
    directory_users.c.user_name,
    case((directory_users.c.active, "active"), else_="inactive").label("said"),
    directory_users.c.updated_at.label("said_at"),
    held_newcomers.c.decision,
    held_newcomers.c.decided_by,
    held_newcomers.c.decided_at,
).join_from(
    held_newcomers, directory_users, directory_users.c.id == held_newcomers.c.directory_user_id
)
_REASONS = Statement(
    """
    SELECT membership_id, reason FROM parked_changes
    WHERE organization_id = :organization_id AND membership_id = ANY(:ids)
    """
)
_OF_DIRECTORY = Statement(
    """
    SELECT membership_id FROM parked_changes
    WHERE organization_id = :organization_id AND directory_id = :directory_id
        AND reason = 'mass_deprovisioning' AND decision IS NULL
    """
)
_DECIDE = Statement(
    """
    UPDATE parked_changes
    SET decision = :decision, decided_by = :decided_by, decided_at = :now
    WHERE organization_id = :organization_id AND membership_id = ANY(:ids)
        AND (decision IS NULL OR decision <> :decision)
    RETURNING membership_id
    """
)
_DECIDED = Statement(
    """
    SELECT m.id, m.user_id, m.status, m.told_profile, m.break_glass,
        m.suspended_by_admin_at IS NOT NULL,
        p.reason, p.wanted_status, p.directory_id,
        u.email, u.display_name, u.given_name, u.family_name
    FROM parked_changes p JOIN memberships m ON m.id = p.membership_id
    JOIN users u ON u.id = m.user_id
    WHERE p.organization_id = :organization_id AND m.id = ANY(:ids) ORDER BY m.id
    """
)
_NOTE = Statement(
    """
    INSERT INTO notes (organization_id, directory_id, kind, key, created_at)
    SELECT i.organization_id, i.directory_id, 'user', i.directory_user_id, :now
    FROM memberships m JOIN identities i
        ON i.user_id = m.user_id AND i.organization_id = m.organization_id
    WHERE m.organization_id = :organization_id AND m.id = ANY(:ids)
    """
)


def listing(
    connection: Connection,
    organization_id: OrganizationId,
    cut: Cut,
    *,
    directory_id: str | None = None,
    reason: str | None = None,
) -> Page[HeldChange]:
    """
    Newcomers in the order of their directory users, then members in that of their memberships;
    those for which all holds that is not None.
    """
    held = union_all(
        _OF_MEMBERS.where(parked_changes.c.organization_id == organization_id),
        _OF_NEWCOMERS.where(held_newcomers.c.organization_id == organization_id),
    ).subquery()
    query = select(held)
    if directory_id is not None:
        query = query.where(held.c.directory_id == directory_id)
    if reason is not None:
        query = query.where(held.c.reason == reason)
    return page(connection, query, held.c.id, cut, _read)


def _read(row: Row[*tuple[Any, ...]]) -> HeldChange:
    return HeldChange(**row._mapping)  # noqa: SLF001 - SQLAlchemy's API


def reasons(
    connection: Connection, organization_id: OrganizationId, ids: Sequence[MembershipId]
) -> dict[MembershipId, HoldReason]:
    """Of those of these memberships of which something is held."""
    rows = _REASONS.run(connection, {"organization_id": organization_id, "ids": list(ids)})
    return {row.membership_id: row.reason for row in rows}


def undecided(
    connection: Connection, organization_id: OrganizationId, directory_id: DirectoryId
) -> list[MembershipId]:
    """Whom the breaker of the directory holds."""
    bound = {"organization_id": organization_id, "directory_id": directory_id}
    return [row.membership_id for row in _OF_DIRECTORY.run(connection, bound)]


def decide(
    connection: Connection,
    organization_id: OrganizationId,
    ids: Sequence[MembershipId],
    decision: Verdict,
    *,
    decided_by: str,
    now: datetime,
) -> list[Decided]:
    """
    Those of them about whom that had not been said; the caller holds the organization's lock. The
    next drain looks at each.
    """
    here: dict[str, Any] = {"organization_id": organization_id, "now": now}
    bound = {**here, "ids": list(ids), "decision": decision, "decided_by": decided_by}
    changed = [row.membership_id for row in _DECIDE.run(connection, bound)]
    _NOTE.run(connection, {**here, "ids": changed})
    rows = _DECIDED.run(connection, {"organization_id": organization_id, "ids": changed})
    return [
        Decided(
            membership_id=row[0],
            user_id=row[1],
            status=row[2],
            suspended_by=suspended_by(row[2], kept_out=bool(row[5])),
            profile=profiles.decoded(row[3]) or Profile(*row[9:13]),
            break_glass=bool(row[4]),
            reason=row[6],
            wanted_status=row[7],
            directory_id=row[8],
        )
        for row in rows
    ]
