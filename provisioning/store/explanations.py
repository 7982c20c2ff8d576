"""What an explanation has to know of a person: directories, the groups around, exceptions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from provisioning.email_domains import domain_of
from provisioning.folding import fold
from provisioning.ids import (
    DirectoryGroupId,
    DirectoryId,
    DirectoryUserId,
    OrganizationId,
    UserId,
)
from provisioning.reconcile.facts import HeldNewcomer, Parked
from provisioning.store import verified_elsewhere
from provisioning.store.nested_groups import MEMBER_IS_GROUP
from provisioning.store.people_tables import UNUSUAL_EMAIL
from provisioning.store.sql import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The person in one directory. `linked` to a user, or in conflict, or not looked at yet."""

    directory_user_id: DirectoryUserId
    directory_id: DirectoryId
    directory_name: str
    active: bool
    deleted: bool
    linked: bool
    conflict: bool
    rejected: bool
    """An administrator keeps the person out, whose conflict it is."""
    held: HeldNewcomer | None
    """The person is outside the scope."""


@dataclass(frozen=True, slots=True)
class Edge:
    """`member` (a directory user or group) is in the group, directly."""

    member: str
    group_id: DirectoryGroupId
    group_name: str


@dataclass(frozen=True, slots=True)
class AddressStanding:
    """Of the address that an account is shown with; None: it is shown with none."""

    email: str | None
    why: Literal["held", "held_by_another", "of_domain_elsewhere", "not_looked_at"]


_SHOWN_AS_TEXT = """
    SELECT id, email FROM directory_users
    WHERE organization_id = :organization_id AND email IS NOT NULL
        AND (lower(email) = :email_key OR {unusual} = 1)
    ORDER BY id
"""
_SHOWN_AS = Statement(
    _SHOWN_AS_TEXT.format(unusual=UNUSUAL_EMAIL["postgresql"]),
    sqlite=_SHOWN_AS_TEXT.format(unusual=UNUSUAL_EMAIL["sqlite"]),
)
_ADDRESS = Statement("SELECT email, email_key FROM users WHERE id = :user_id")
_HOLDERS = Statement("SELECT id FROM users WHERE email_key = :email_key")
_ENTRIES = Statement(
    """
    SELECT u.id, u.directory_id, d.display_name, u.active,
        COALESCE(u.deleted_at, d.deleting_at), i.user_id, c.id, u.email,
        c.rejected_at IS NOT NULL AND c.decision IS NULL,
        h.directory_user_id, h.email_key, h.decision, h.decided_by
    FROM directory_users u
    JOIN directories d ON d.id = u.directory_id
    LEFT JOIN identities i ON i.directory_user_id = u.id
    LEFT JOIN conflicts c ON c.directory_user_id = u.id AND c.resolved_at IS NULL
    LEFT JOIN held_newcomers h ON h.directory_user_id = u.id
    WHERE u.organization_id = :organization_id
        AND (
            i.user_id = ANY(:users)
            OR (
                i.user_id IS NULL AND u.email IS NOT NULL AND u.deleted_at IS NULL
                AND d.deleting_at IS NULL
            )
        )
    ORDER BY u.id
    """
)
_EDGES = Statement(
    f"""
    WITH RECURSIVE up (member, group_id) AS (
        SELECT m.member_id, m.group_id FROM directory_group_members m
        JOIN directory_groups g ON g.id = m.group_id AND g.deleted_at IS NULL
        WHERE m.organization_id = :organization_id AND m.member_id = ANY(:ids)
            AND m.removed_at IS NULL
        UNION
        SELECT m.member_id, m.group_id FROM up
        JOIN directory_group_members m ON m.member_id = up.group_id AND {MEMBER_IS_GROUP}
            AND m.organization_id = :organization_id AND m.removed_at IS NULL
        JOIN directory_groups g ON g.id = m.group_id AND g.deleted_at IS NULL
    )
    SELECT up.member, up.group_id, g.display_name FROM up
    JOIN directory_groups g ON g.id = up.group_id ORDER BY up.group_id
    """
)
_PARKED = Statement(
    """
    SELECT p.wanted_status, p.reason, p.directory_id, p.decision, p.decided_by, d.display_name
    FROM parked_changes p LEFT JOIN directories d ON d.id = p.directory_id
    WHERE p.organization_id = :organization_id AND p.membership_id = :membership_id
    """
)

# An identity points at the latest of those that its directory had for the person.
_KNOWN_AS = Statement(
    """
    SELECT directory_user_id FROM identities
    WHERE organization_id = :organization_id AND user_id = :user_id
    UNION
    SELECT u.id FROM identities i JOIN directory_users u ON u.directory_id = i.directory_id
        AND (u.external_id = i.external_id OR u.user_name_folded = i.user_name_folded)
    WHERE i.organization_id = :organization_id AND i.user_id = :user_id
        AND u.deleted_at IS NOT NULL
    ORDER BY 1
    """
)


def entries(
    connection: Connection,
    organization_id: OrganizationId,
    users: Sequence[UserId],
    email_key: str,
) -> list[Entry]:
    """Where the directories know these users, or somebody with the address who is no user yet."""
    bound = {"organization_id": organization_id, "users": list(users)}
    return [
        Entry(
            directory_user_id=row[0],
            directory_id=row[1],
            directory_name=row[2],
            active=bool(row[3]),
            deleted=row[4] is not None,
            linked=row[5] is not None,
            conflict=row[6] is not None,
            rejected=bool(row[8]),
            held=None if row[9] is None else HeldNewcomer(*row[9:13]),
        )
        for row in _ENTRIES.run(connection, bound)
        if row[5] is not None or fold(row[7]) == email_key
    ]


def edges(
    connection: Connection, organization_id: OrganizationId, ids: Sequence[str]
) -> list[Edge]:
    """Every step from these directory users to a group, and from a group to one around it."""
    bound = {"organization_id": organization_id, "ids": list(ids)}
    return [Edge(*row) for row in _EDGES.run(connection, bound)]


def parked(
    connection: Connection, organization_id: OrganizationId, membership_id: str
) -> tuple[Parked, str | None] | None:
    """What is held of the membership, and the name of the directory that wants it."""
    bound = {"organization_id": organization_id, "membership_id": membership_id}
    row = _PARKED.run(connection, bound).one_or_none()
    return None if row is None else (Parked(*row[:5]), row[5])


def shown_as(
    connection: Connection, organization_id: OrganizationId, email_key: str
) -> list[DirectoryUserId]:
    """Whom the directories have, or had, with the folded address."""
    # Folding is ours, not the database's: of what is not ASCII every one may be meant.
    found = _SHOWN_AS.run(connection, {"organization_id": organization_id, "email_key": email_key})
    return [row.id for row in found if fold(row.email) == email_key]


def standing(
    connection: Connection, organization_id: OrganizationId, user_id: UserId
) -> AddressStanding:
    """Whether the account holds the address that it is shown with, and else why not."""
    row = _ADDRESS.run(connection, {"user_id": user_id}).one()
    email, email_key = row
    if email is None or email_key is not None:
        return AddressStanding(email, "held")
    domain = domain_of(email)
    if domain and verified_elsewhere.look_up(connection, organization_id, [domain]):
        return AddressStanding(email, "of_domain_elsewhere")
    holders = _HOLDERS.run(connection, {"email_key": fold(email)}).all()
    return AddressStanding(email, "held_by_another" if holders else "not_looked_at")


def known_as(
    connection: Connection, organization_id: OrganizationId, user_id: UserId
) -> list[DirectoryUserId]:
    """Whom the directories have, or had, for this user: as one knows it now."""
    bound = {"organization_id": organization_id, "user_id": user_id}
    return [row[0] for row in _KNOWN_AS.run(connection, bound)]
