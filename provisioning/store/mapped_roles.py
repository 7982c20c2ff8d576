"""The roles that mappings give to people by the groups they are in, directly or not."""

from collections.abc import Sequence

from sqlalchemy import Connection

from provisioning.ids import DirectoryUserId, OrganizationId
from provisioning.reconcile.facts import MappedRole
from provisioning.store.nested_groups import MEMBER_IS_GROUP
from provisioning.store.sql import Statement

_MANY = 100
"""From so many people on it is cheaper to begin with the groups that give a role."""

# From the few groups that give a role to the groups inside them, not from each of the many people
# to the groups around them.
GIVING = f"""
    giving (group_id, mapping_id, role_id, workspace_id) AS (
        SELECT p.group_id, p.id, p.role_id, p.workspace_id FROM mappings p
        JOIN directory_groups g ON g.id = p.group_id AND g.deleted_at IS NULL
        WHERE p.organization_id = :organization_id
        UNION
        SELECT m.member_id, giving.mapping_id, giving.role_id, giving.workspace_id FROM giving
        JOIN directory_group_members m ON m.group_id = giving.group_id
            AND m.organization_id = :organization_id AND m.removed_at IS NULL
            AND {MEMBER_IS_GROUP}
        JOIN directory_groups g ON g.id = m.member_id AND g.deleted_at IS NULL
    )
"""
# UNION, not UNION ALL: a cycle of nested groups ends when it brings nobody new.
_OF_FEW = Statement(
    f"""
    WITH RECURSIVE reach (person, group_id) AS (
        SELECT m.member_id, m.group_id FROM directory_group_members m
        JOIN directory_groups g ON g.id = m.group_id
        WHERE m.organization_id = :organization_id AND m.member_id = ANY(:ids)
            AND m.removed_at IS NULL AND g.deleted_at IS NULL
        UNION
        SELECT reach.person, m.group_id FROM reach
        JOIN directory_group_members m ON m.member_id = reach.group_id AND {MEMBER_IS_GROUP}
            AND m.organization_id = :organization_id AND m.removed_at IS NULL
        JOIN directory_groups g ON g.id = m.group_id AND g.deleted_at IS NULL
    )
    SELECT reach.person, p.id, p.role_id, p.group_id, w.id, w.name
    FROM reach JOIN mappings p ON p.group_id = reach.group_id
    LEFT JOIN workspaces w ON w.id = p.workspace_id
    WHERE p.organization_id = :organization_id
    """
)
# A run's people have ids side by side, and so have they in the key of each group.
_OF_MANY = Statement(
    f"""
    WITH RECURSIVE {GIVING}
    SELECT DISTINCT m.member_id, p.id, p.role_id, p.group_id, w.id, w.name
    FROM directory_group_members m JOIN giving ON giving.group_id = m.group_id
    JOIN mappings p ON p.id = giving.mapping_id
    LEFT JOIN workspaces w ON w.id = p.workspace_id
    WHERE m.organization_id = :organization_id AND m.member_id = ANY(:ids)
        AND m.member_id >= :first AND m.member_id <= :last AND m.removed_at IS NULL
    """
)


def of(
    connection: Connection, organization_id: OrganizationId, people: Sequence[DirectoryUserId]
) -> tuple[MappedRole, ...]:
    """In no particular order."""
    bound = {"organization_id": organization_id, "ids": list(people)}
    if len(people) < _MANY:
        rows = _OF_FEW.run(connection, bound)
    else:
        rows = _OF_MANY.run(connection, {**bound, "first": min(people), "last": max(people)})
    return tuple(MappedRole(*row) for row in rows)
