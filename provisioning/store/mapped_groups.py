"""The groups of an organization as its mappings see them: nested, and full or empty."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import Connection

from provisioning.ids import DirectoryGroupId, OrganizationId
from provisioning.nested_groups import Group, Nesting
from provisioning.store.bulk import BulkStatement
from provisioning.store.sql import Statement

_GROUPS = Statement(
    """
    SELECT g.id, g.directory_id, g.display_name, g.display_name_folded FROM directory_groups g
    JOIN directories d ON d.id = g.directory_id AND d.deleting_at IS NULL
    WHERE g.organization_id = :organization_id AND g.deleted_at IS NULL ORDER BY g.id
    """
)
# By the index of members: groups in groups are few, people in groups are not.
_STEPS = Statement(
    """
    SELECT m.group_id, m.member_id FROM directory_groups g
    JOIN directory_group_members m ON m.member_id = g.id AND m.directory_id = g.directory_id
    WHERE g.organization_id = :organization_id AND g.deleted_at IS NULL AND m.removed_at IS NULL
        AND m.organization_id = :organization_id
    """
)
_PEOPLE = BulkStatement(
    """
    SELECT r.root, count(DISTINCT m.member_id) FROM {rows}
    JOIN directory_group_members m ON m.group_id = r.group_id AND m.removed_at IS NULL
        AND m.organization_id || '' = :organization_id
    JOIN directory_users u ON u.id = m.member_id AND u.deleted_at IS NULL
    GROUP BY r.root
    """,
    {"root": "text", "group_id": "text"},
)


def groups(
    connection: Connection, organization_id: OrganizationId
) -> Mapping[DirectoryGroupId, Group]:
    """The living ones of all its directories."""
    rows = _GROUPS.run(connection, {"organization_id": organization_id})
    return {row[0]: Group(*row) for row in rows}


def nesting(connection: Connection, organization_id: OrganizationId) -> Nesting:
    """Which groups are in which."""
    inside: defaultdict[DirectoryGroupId, set[DirectoryGroupId]] = defaultdict(set)
    for group_id, member_id in _STEPS.run(connection, {"organization_id": organization_id}):
        inside[group_id].add(member_id)
    return Nesting(inside)


def people(
    connection: Connection,
    organization_id: OrganizationId,
    nested: Nesting,
    group_ids: Collection[DirectoryGroupId],
) -> Mapping[DirectoryGroupId, int]:
    """How many are in each of these groups, directly or not, each counted once."""
    rows = [
        {"root": root, "group_id": group_id}
        for root in sorted(group_ids)
        for group_id in sorted(nested.within(root))
    ]
    counted = _PEOPLE.run(connection, rows, {"organization_id": organization_id})
    found = {row[0]: row[1] for row in counted}
    return {group_id: found.get(group_id, 0) for group_id in group_ids}
