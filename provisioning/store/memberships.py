"""Memberships as they are read: who is in an organization, with each role and its source."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, exists, select

from provisioning.ids import (
    DirectoryGroupId,
    DirectoryId,
    GrantId,
    MappingId,
    MembershipId,
    OrganizationId,
    RoleId,
    UserId,
    WorkspaceId,
)
from provisioning.reconcile.facts import Profile, SourceType, Status, SuspendedBy, Way, suspended_by
from provisioning.store import addressed_members, profiles
from provisioning.store.pages import Cut, Page, page
from provisioning.store.people_tables import memberships, users
from provisioning.store.role_tables import grants, roles
from provisioning.store.sql import Statement
from provisioning.store.types import moment


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRole:
    """A grant; the mapping, the group and the directory are those of a mapped one."""

    grant_id: GrantId
    role_id: RoleId
    role: str
    source_type: SourceType
    mapping_id: MappingId | None
    group_id: DirectoryGroupId | None
    group_name: str | None
    directory_id: DirectoryId | None
    workspace_id: WorkspaceId | None
    """Where it holds; None: in the whole organization."""
    workspace: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A suspended or removed member's roles are kept, and count for nothing."""

    membership_id: MembershipId
    status: Status
    suspended_by: SuspendedBy | None
    user_id: UserId
    profile: Profile
    """Of who is removed, as the organization last knew it."""
    roles: tuple[HeldRole, ...]
    directories: tuple[DirectoryId, ...] | None
    """Those that know the person now, and so decide; None: not known of former days."""
    provisioned_by: Way | None
    created_at: datetime
    updated_at: datetime
    break_glass: bool | None
    """No machine suspends, removes or demotes the person; None: not known of former days."""
    purged_at: datetime | None = None
    """Since when nothing personal is known of it."""


_SHOWN = (
    memberships.c.id,
    memberships.c.status,
    memberships.c.suspended_by_admin_at,
    memberships.c.told_profile,
    memberships.c.provisioned_by,
    memberships.c.break_glass,
    memberships.c.created_at,
    memberships.c.updated_at,
    memberships.c.purged_at,
    users.c.id.label("user_id"),
    users.c.email,
    users.c.display_name,
    users.c.given_name,
    users.c.family_name,
)
_DIRECTORIES = Statement(
    """
    SELECT DISTINCT i.user_id, i.directory_id
    FROM identities i
    JOIN directory_users d ON d.id = i.directory_user_id AND d.deleted_at IS NULL
    JOIN directories ON directories.id = i.directory_id AND directories.deleting_at IS NULL
    WHERE i.organization_id = :organization_id AND i.user_id = ANY(:users)
    ORDER BY i.directory_id
    """
)
# By the memberships, never by the organization, whose index would give everybody's (ADR-0032).
_GRANTS = """
    SELECT g.membership_id, g.id, g.role_id, r.name, g.source_type, p.id AS mapping_id, p.group_id,
        COALESCE(d.display_name, p.group_name) AS group_name, p.directory_id,
        w.id AS workspace_id, w.name AS workspace
    FROM grants g JOIN roles r ON r.id = g.role_id
    LEFT JOIN mappings p ON g.source_type = 'mapping' AND p.id = g.source_id
    LEFT JOIN directory_groups d ON d.id = p.group_id
    LEFT JOIN workspaces w ON w.id = g.workspace_id
    WHERE g.organization_id || '' = :organization_id AND g.membership_id = ANY(:memberships)
        AND g.revoked_at IS {which}
    ORDER BY r.rank DESC, r.name, g.id
"""
_ROLES = Statement(_GRANTS.format(which="NULL"))
_ROLES_IN_WORKSPACE = Statement(_GRANTS.format(which="NULL AND g.workspace_id = :workspace_id"))
_FORMER_ROLES = Statement(_GRANTS.format(which="NOT NULL"))


def by_email(
    connection: Connection, organization_id: OrganizationId, email_key: str
) -> list[Member]:
    """Whoever speaks for the folded address, or is shown with it."""
    known = addressed_members.with_account(connection, organization_id, email_key)
    query = _members(organization_id).where(memberships.c.id.in_(known))
    rows = connection.execute(query.order_by(memberships.c.id)).all() if known else []
    return _with_roles(connection, organization_id, rows)


def get(
    connection: Connection, organization_id: OrganizationId, membership_id: MembershipId
) -> Member | None:
    """None: the organization has no such membership."""
    query = _members(organization_id).where(memberships.c.id == membership_id)
    found = _with_roles(connection, organization_id, connection.execute(query).all())
    return found[0] if found else None


def listing(
    connection: Connection,
    organization_id: OrganizationId,
    cut: Cut,
    *,
    status: str | None = None,
    user_id: str | None = None,
    role: str | None = None,
    email_key: str | None = None,
) -> Page[Member]:
    """
    Those for whom all of it holds that is not None, in the order in which they joined; `email_key`
    is a folded address that they are shown with.
    """
    query = _members(organization_id)
    if email_key is not None:
        known = addressed_members.shown_with(connection, organization_id, email_key)
        query = query.where(memberships.c.id.in_(known))
    if status is not None:
        query = query.where(memberships.c.status == status)
    if user_id is not None:
        query = query.where(memberships.c.user_id == user_id)
    if role is not None:
        held = (
            select(grants.c.id)
            .join(roles, roles.c.id == grants.c.role_id)
            .where(
                grants.c.organization_id == organization_id,
                grants.c.membership_id == memberships.c.id,
                grants.c.revoked_at.is_(None),
                roles.c.name == role,
            )
        )
        query = query.where(exists(held))
    rows = page(connection, query, memberships.c.id, cut, lambda row: row)
    found = _with_roles(connection, organization_id, rows.items)
    return Page(items=found, before=rows.before, after=rows.after)


def of_users(
    connection: Connection, organization_id: OrganizationId, users: Sequence[UserId]
) -> list[Member]:
    """Those of them who are, or have been, members."""
    query = _members(organization_id).where(memberships.c.user_id.in_(users))
    return _with_roles(connection, organization_id, connection.execute(query).all())


def roles_in_workspace(
    connection: Connection,
    organization_id: OrganizationId,
    workspace_id: WorkspaceId,
    members: Sequence[MembershipId],
) -> dict[str, list[HeldRole]]:
    """By membership: the roles that are held in the workspace, the highest rank first."""
    bound = {
        "organization_id": organization_id,
        "workspace_id": workspace_id,
        "memberships": list(members),
    }
    return _held(_ROLES_IN_WORKSPACE.run(connection, bound))


def former_roles(
    connection: Connection, organization_id: OrganizationId, members: Sequence[MembershipId]
) -> dict[str, list[HeldRole]]:
    """By membership: the roles that were granted, and revoked since."""
    bound = {"organization_id": organization_id, "memberships": list(members)}
    return _held(_FORMER_ROLES.run(connection, bound))


def _members(organization_id: OrganizationId) -> Select[Any]:
    return (
        select(*_SHOWN)
        .join(users, users.c.id == memberships.c.user_id)
        .where(memberships.c.organization_id == organization_id)
    )


def _with_roles(
    connection: Connection, organization_id: OrganizationId, members: Sequence[Any]
) -> list[Member]:
    bound = {
        "organization_id": organization_id,
        "memberships": [row.id for row in members],
    }
    held = _held(_ROLES.run(connection, bound))
    people = {"organization_id": organization_id, "users": [row.user_id for row in members]}
    directories: dict[str, list[DirectoryId]] = {}
    for row in _DIRECTORIES.run(connection, people):
        directories.setdefault(row.user_id, []).append(row.directory_id)
    return [
        Member(
            membership_id=row.id,
            status=row.status,
            suspended_by=suspended_by(row.status, kept_out=row.suspended_by_admin_at is not None),
            user_id=row.user_id,
            profile=_profile(row),
            roles=tuple(held.get(row.id, ())),
            directories=tuple(directories.get(row.user_id, ())),
            provisioned_by=row.provisioned_by,
            created_at=moment(row.created_at),
            updated_at=moment(row.updated_at),
            purged_at=None if row.purged_at is None else moment(row.purged_at),
            break_glass=bool(row.break_glass),
        )
        for row in members
    ]


def _held(rows: Iterable[Any]) -> dict[str, list[HeldRole]]:
    held: dict[str, list[HeldRole]] = {}
    for row in rows:
        held.setdefault(row.membership_id, []).append(
            HeldRole(
                grant_id=row.id,
                role_id=row.role_id,
                role=row.name,
                source_type=row.source_type,
                mapping_id=row.mapping_id,
                group_id=row.group_id,
                group_name=row.group_name,
                directory_id=row.directory_id,
                workspace_id=row.workspace_id,
                workspace=row.workspace,
            )
        )
    return held


def _profile(row: Any) -> Profile:
    if row.purged_at is not None:
        return Profile(None, None, None, None)
    told = profiles.decoded(row.told_profile) if row.status == "removed" else None
    return told or Profile(row.email, row.display_name, row.given_name, row.family_name)
