"""Who and what has a role: counted before it is deleted, and moved to another one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection

from provisioning import ids
from provisioning.ids import GrantId, MappingId, MembershipId, OrganizationId, RoleId, UserId
from provisioning.store.bulk import BulkStatement
from provisioning.store.json_columns import json_text
from provisioning.store.kept_roles import KEPT
from provisioning.store.removed_mappings import GIVING_NOW, MAPPING_OF_GRANT
from provisioning.store.sql import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """How many of each; `defaults` of the organization's two: for everybody, and for creators."""

    grants: int
    mappings: int
    defaults: int
    invitations: int
    extensions: int
    domains: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedGrant:
    """
    `became` is None where the person has the other role from the same source already, or the
    mapping has gone, since its group gives the other role by another one.
    """

    id: GrantId
    became: GrantId | None
    membership_id: MembershipId
    user_id: UserId
    source: Mapping[str, Any]
    """As events show it."""
    workspace_id: str
    """'': in the whole organization."""
    workspace: str | None


_COUNT = Statement(
    """
    SELECT
        (SELECT count(*) FROM grants
         WHERE organization_id = :organization_id AND role_id = :role_id AND revoked_at IS NULL),
        (SELECT count(*) FROM mappings
         WHERE organization_id = :organization_id AND role_id = :role_id),
        (SELECT count(*) FROM organizations WHERE id = :organization_id
            AND default_role_id = :role_id)
        + (SELECT count(*) FROM organizations WHERE id = :organization_id
            AND creator_role_id = :role_id),
        (SELECT count(*) FROM invitations
         WHERE organization_id = :organization_id AND status = 'pending'
            AND role_ids LIKE :listed),
        (SELECT count(*) FROM roles
         WHERE organization_id = :organization_id AND extends_role_id = :role_id
            AND deleted_at IS NULL),
        (SELECT count(*) FROM domains
         WHERE organization_id = :organization_id AND auto_join_role_id = :role_id)
    """
)
# What a drain owns it moves itself, as soon as the mapping or the organization names another role;
# but for whom a guard, a grace period or an administrator lets keep what no group gives them any
# more. A break-glass member loses no role by a mapping that has gone, unless the other is there.
_GRANTS = Statement(
    f"""
    SELECT g.id, g.membership_id, m.user_id, g.source_type, other.id, other.revoked_at,
        g.workspace_id, w.name, g.source_type <> 'mapping' OR {GIVING_NOW} IS NOT NULL
            OR (m.break_glass AND NOT EXISTS (
                SELECT 1 FROM grants had WHERE had.membership_id = m.id
                    AND had.organization_id = m.organization_id AND had.role_id = :other_id
                    AND had.workspace_id = g.workspace_id AND had.revoked_at IS NULL)),
        g.source_id, g.group_id, d.directory_id
    FROM grants g JOIN memberships m ON m.id = g.membership_id
    LEFT JOIN workspaces w ON w.id = g.workspace_id
    {MAPPING_OF_GRANT}
    LEFT JOIN grants other ON other.membership_id = g.membership_id AND other.role_id = :other_id
        AND other.source_type = g.source_type AND other.source_id = g.source_id
        AND other.workspace_id = g.workspace_id
    WHERE g.organization_id = :organization_id AND g.role_id = :role_id AND g.revoked_at IS NULL
        AND (g.source_type = 'direct' OR m.break_glass OR m.id IN {KEPT}
            OR (g.source_type = 'mapping' AND p.id IS NULL AND home.deleting_at IS NOT NULL)
            OR (g.source_type = 'default' AND (NOT m.directory_managed OR NOT EXISTS (
                SELECT 1 FROM identities i
                WHERE i.user_id = m.user_id AND i.organization_id = g.organization_id))))
    ORDER BY g.id
    """
)
_REVOKE = Statement(
    """
    UPDATE grants SET revoked_at = :now
    WHERE organization_id = :organization_id AND id = ANY(:ids)
    """
)
_GRANT = BulkStatement(
    """
    INSERT INTO grants (id, organization_id, membership_id, role_id, source_type, source_id,
        group_id, workspace_id, created_at)
    SELECT r.became, g.organization_id, g.membership_id, :other_id, g.source_type, g.source_id,
        g.group_id, g.workspace_id, :now
    FROM {rows} JOIN grants g ON g.id = r.id AND g.organization_id || '' = :organization_id
    WHERE TRUE
    ON CONFLICT (id) DO UPDATE SET revoked_at = NULL
    """,
    {"id": "text", "became": "text"},
)
# A group gives a role once: where it gives the other one already, this mapping goes.
_DELETE_MAPPINGS = Statement(
    """
    DELETE FROM mappings
    WHERE organization_id = :organization_id AND role_id = :role_id AND EXISTS (
        SELECT 1 FROM mappings other
        WHERE other.directory_id = mappings.directory_id AND other.role_id = :other_id
            AND other.workspace_id = mappings.workspace_id
            AND (other.group_id = mappings.group_id OR (
                other.group_id IS NULL AND mappings.group_id IS NULL
                AND other.group_name_folded = mappings.group_name_folded)))
    """
)
_MOVE_MAPPINGS = Statement(
    """
    UPDATE mappings SET role_id = :other_id
    WHERE organization_id = :organization_id AND role_id = :role_id RETURNING id
    """
)
_INVITATIONS = Statement(
    """
    SELECT id, role_ids FROM invitations
    WHERE organization_id = :organization_id AND status = 'pending' AND role_ids LIKE :listed
    FOR UPDATE
    """
)
_CHANGE_INVITATIONS = BulkStatement(
    """
    UPDATE invitations SET role_ids = r.role_ids, updated_at = :now FROM {rows}
    WHERE invitations.id = r.id AND invitations.organization_id = :organization_id
    """,
    {"id": "text", "role_ids": "text"},
)


def count(connection: Connection, organization_id: OrganizationId, role_id: RoleId) -> Uses:
    """Of grants only those that are not revoked, and of invitations those that are pending."""
    bound = {**_here(organization_id, role_id), "listed": _listed(role_id)}
    found = _COUNT.run(connection, bound).one()
    return Uses(
        grants=found[0],
        mappings=found[1],
        defaults=found[2],
        invitations=found[3],
        extensions=found[4],
        domains=found[5],
    )


def move_grants(
    connection: Connection,
    organization_id: OrganizationId,
    role_id: RoleId,
    other_id: RoleId,
    now: datetime,
) -> list[MovedGrant]:
    """
    All but those that a directory gives, which the next drain moves, when the mappings have moved.
    Suspended and removed people's are moved, too: they are kept for a return.
    """
    bound = {**_here(organization_id, role_id), "other_id": other_id, "now": now}
    moved = [
        MovedGrant(
            id=row[0],
            became=_successor(row[4], row[5]) if row[8] else None,
            membership_id=row[1],
            user_id=row[2],
            source=_source(row[3], *row[9:12]),
            workspace_id=row[6],
            workspace=row[7],
        )
        for row in _GRANTS.run(connection, bound)
    ]
    if moved:
        rows = [
            {"id": grant.id, "became": grant.became} for grant in moved if grant.became is not None
        ]
        _GRANT.run(connection, rows, bound)
        _REVOKE.run(connection, {**bound, "ids": [grant.id for grant in moved]})
    return moved


def move_mappings(
    connection: Connection, organization_id: OrganizationId, role_id: RoleId, other_id: RoleId
) -> set[MappingId]:
    """Those that give the other role now; the others are gone, since their group gave it before."""
    bound = {**_here(organization_id, role_id), "other_id": other_id}
    _DELETE_MAPPINGS.run(connection, bound)
    return {row.id for row in _MOVE_MAPPINGS.run(connection, bound)}


def move_invitations(
    connection: Connection,
    organization_id: OrganizationId,
    role_id: RoleId,
    other_id: RoleId,
    now: datetime,
) -> None:
    """The pending ones."""
    bound = {**_here(organization_id, role_id), "listed": _listed(role_id), "now": now}
    rows = [
        {"id": row.id, "role_ids": _replaced(orjson.loads(row.role_ids), role_id, other_id)}
        for row in _INVITATIONS.run(connection, bound)
    ]
    _CHANGE_INVITATIONS.run(connection, rows, bound)


def _here(organization_id: OrganizationId, role_id: RoleId) -> dict[str, str]:
    return {"organization_id": organization_id, "role_id": role_id}


def _listed(role_id: RoleId) -> str:
    """Inside a JSON list; `_` is any character to LIKE, and no two ids differ only there."""
    return f'%"{role_id}"%'


def _successor(known: GrantId | None, revoked_at: object) -> GrantId | None:
    """A grant that comes back is the same row."""
    if known is None:
        return GrantId(ids.new(ids.GRANT))
    return None if revoked_at is None else known


def _source(
    source_type: str, source_id: str, group_id: str | None, directory_id: str | None
) -> dict[str, Any]:
    if source_type != "mapping":
        return {"type": source_type}
    giver = {"mapping_id": source_id, "group_id": group_id, "directory_id": directory_id}
    return {"type": source_type, **giver}


def _replaced(role_ids: Sequence[str], role_id: RoleId, other_id: RoleId) -> str:
    replaced = [other_id if one == role_id else one for one in role_ids]
    return json_text(list(dict.fromkeys(replaced)))
