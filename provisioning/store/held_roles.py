"""Which roles members hold now, with the version of the roles: what a check reads."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection

from provisioning.errors import NotFound
from provisioning.ids import GrantId, MembershipId, OrganizationId, RoleId, UserId
from provisioning.reconcile.facts import Status
from provisioning.store.sql import Statement


@dataclass(frozen=True, slots=True)
class HeldGrant:
    """`workspace_id` '': in the whole organization."""

    id: GrantId
    role_id: RoleId
    source_type: str
    source_id: str
    group_id: str | None
    workspace_id: str


@dataclass(frozen=True, slots=True)
class Holder:
    """Grants count for an active membership only; the others have none here."""

    membership_id: MembershipId
    user_id: UserId
    status: Status
    grants: tuple[HeldGrant, ...]


@dataclass(frozen=True, slots=True)
class Holders:
    """`roles_version` tells whether remembered roles are those of this moment."""

    roles_version: int
    holders: tuple[Holder, ...]


# The grants in one column, since each column of a result costs the client more than the database.
_HELD = """
    SELECT o.roles_version, m.id, m.user_id, m.status, (
        SELECT CAST(jsonb_agg(jsonb_build_array(
            g.id, g.role_id, g.source_type, g.source_id, g.group_id, g.workspace_id)) AS text)
        FROM grants g WHERE g.membership_id = m.id AND g.organization_id = o.id
            AND g.revoked_at IS NULL AND m.status = 'active')
    FROM organizations o
    LEFT JOIN memberships m
        ON m.organization_id = o.id AND m.purged_at IS NULL AND {whose}
    WHERE o.id = :organization_id AND o.deleted_at IS NULL
"""
# For a list PostgreSQL plans at each execution, which takes three times what one id takes.
_OF_USER = Statement(_HELD.format(whose="m.user_id = :id"))
_OF_USERS = Statement(_HELD.format(whose="m.user_id = ANY(:ids)"))
_OF_MEMBERSHIP = Statement(_HELD.format(whose="m.id = :id"))
_OF_MEMBERSHIPS = Statement(_HELD.format(whose="m.id = ANY(:ids)"))


def of_users(
    connection: Connection, organization_id: OrganizationId, users: Sequence[UserId]
) -> Holders:
    """Those of them who are or were members. Raises `NotFound` for the organization."""
    return _held(connection, organization_id, users, _OF_USER, _OF_USERS)


def of_memberships(
    connection: Connection, organization_id: OrganizationId, memberships: Sequence[MembershipId]
) -> Holders:
    """Those of them that are the organization's. Raises `NotFound` for the organization."""
    return _held(connection, organization_id, memberships, _OF_MEMBERSHIP, _OF_MEMBERSHIPS)


def _held(
    connection: Connection,
    organization_id: OrganizationId,
    ids: Sequence[str],
    one: Statement,
    many: Statement,
) -> Holders:
    bound: dict[str, object] = {"organization_id": organization_id}
    if len(ids) == 1:
        rows = one.run(connection, {**bound, "id": ids[0]}).all()
    else:
        rows = many.run(connection, {**bound, "ids": list(ids)}).all()
    if not rows:
        raise NotFound("organization", organization_id)
    holders = (
        Holder(row[1], row[2], row[3], tuple(_grants(row[4]))) for row in rows if row[1] is not None
    )
    return Holders(rows[0][0], tuple(holders))


def _grants(listed: str | None) -> list[HeldGrant]:
    return [HeldGrant(*values) for values in sorted(orjson.loads(listed))] if listed else []
