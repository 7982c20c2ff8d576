"""Memberships as they are read: who is in an organization, with each role and its source."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from provisioning.folding import fold
from provisioning.ids import (
    DirectoryGroupId,
    DirectoryId,
    GrantId,
    MappingId,
    MembershipId,
    OrganizationId,
    UserId,
)
from provisioning.reconcile.facts import Profile, SourceType, Status
from provisioning.store.sql import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRole:
    """A grant; the last three are set when it comes from a mapping."""

    grant_id: GrantId
    role: str
    source_type: SourceType
    mapping_id: MappingId | None
    group_id: DirectoryGroupId | None
    group_name: str | None
    directory_id: DirectoryId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A suspended or removed member's roles are kept, and count for nothing."""

    membership_id: MembershipId
    status: Status
    user_id: UserId
    profile: Profile
    roles: tuple[HeldRole, ...]


_MEMBERS = """
    SELECT m.id, m.status, u.id AS user_id, u.email, u.display_name, u.given_name, u.family_name
    FROM memberships m JOIN users u ON u.id = m.user_id
    WHERE m.organization_id = :organization_id
"""
_LIST = Statement(f"{_MEMBERS} AND m.id > :after ORDER BY m.id LIMIT :limit")
# Folding is ours, not the database's; few accounts do not hold their own address.
_BY_EMAIL = Statement(
    f"""
    {_MEMBERS} AND (u.email_key = :email_key OR (u.email_key IS NULL AND u.email IS NOT NULL))
    ORDER BY m.id
    """
)
_ROLES = Statement(
    """
    SELECT g.membership_id, g.id, r.name, g.source_type, p.id AS mapping_id, p.group_id,
        COALESCE(d.display_name, p.group_name) AS group_name, p.directory_id
    FROM grants g JOIN roles r ON r.id = g.role_id
    LEFT JOIN mappings p ON g.source_type = 'mapping' AND p.id = g.source_id
    LEFT JOIN directory_groups d ON d.id = p.group_id
    WHERE g.organization_id = :organization_id AND g.membership_id = ANY(:memberships)
        AND g.revoked_at IS NULL
    ORDER BY r.rank DESC, r.name, g.id
    """
)


def page(
    connection: Connection, organization_id: OrganizationId, after: str, limit: int
) -> list[Member]:
    """In the order in which they joined, from the one that follows membership `after`."""
    bound = {"organization_id": organization_id, "after": after, "limit": limit}
    return _with_roles(connection, organization_id, _LIST.run(connection, bound).all())


def by_email(
    connection: Connection, organization_id: OrganizationId, email_key: str
) -> list[Member]:
    """Whoever speaks for the folded address, or is shown with it."""
    bound = {"organization_id": organization_id, "email_key": email_key}
    rows = [row for row in _BY_EMAIL.run(connection, bound) if fold(row.email) == email_key]
    return _with_roles(connection, organization_id, rows)


def _with_roles(
    connection: Connection, organization_id: OrganizationId, members: Sequence[Any]
) -> list[Member]:
    bound = {
        "organization_id": organization_id,
        "memberships": [row.id for row in members],
    }
    held: dict[str, list[HeldRole]] = {}
    for row in _ROLES.run(connection, bound):
        held.setdefault(row.membership_id, []).append(
            HeldRole(
                grant_id=row.id,
                role=row.name,
                source_type=row.source_type,
                mapping_id=row.mapping_id,
                group_id=row.group_id,
                group_name=row.group_name,
                directory_id=row.directory_id,
            )
        )
    return [
        Member(
            membership_id=row.id,
            status=row.status,
            user_id=row.user_id,
            profile=Profile(row.email, row.display_name, row.given_name, row.family_name),
            roles=tuple(held.get(row.id, ())),
        )
        for row in members
    ]
