"""How many have a privileged role by a mapping, and how many had when its window began."""

from collections.abc import Sequence

from sqlalchemy import Connection

from provisioning.context import Context
from provisioning.ids import DirectoryGroupId, MappingId, OrganizationId
from provisioning.reconcile.facts import ADMIN
from provisioning.reconcile.growing import Grown, Growth
from provisioning.store.bulk import insertion
from provisioning.store.nested_groups import INSIDE
from provisioning.store.sql import Statement
from provisioning.store.types import moment

_GROWN = Statement(
    """
    SELECT p.id, p.directory_id, p.group_id, d.display_name, r.id, r.name,
        (SELECT count(*) FROM grants g
         WHERE g.organization_id = p.organization_id AND g.role_id = p.role_id
            AND g.source_type = 'mapping' AND g.source_id = p.id AND g.revoked_at IS NULL),
        w.since, w.people_before, w.told_at
    FROM mappings p JOIN roles r ON r.id = p.role_id
    JOIN directory_groups d ON d.id = p.group_id
    LEFT JOIN mapping_growths w ON w.mapping_id = p.id
    WHERE p.organization_id = :organization_id AND p.id = ANY(:ids)
    ORDER BY p.id
    """
)
_PUT = insertion(
    "mapping_growths",
    {
        "mapping_id": "text",
        "organization_id": "text",
        "since": "timestamptz",
        "people_before": "integer",
        "told_at": "timestamptz",
    },
    conflict="""ON CONFLICT (mapping_id) DO UPDATE SET since = excluded.since,
        people_before = excluded.people_before, told_at = excluded.told_at""",
)
# For each, and no join: one takes as many as there are times as many, without statistics.
_THERE = """(
    SELECT 1 FROM directory_users u
    WHERE u.organization_id = :organization_id AND u.id = inside.member_id AND u.deleted_at IS NULL
)"""
_BEGIN = Statement(
    f"""
    WITH RECURSIVE {INSIDE}
    INSERT INTO mapping_growths (mapping_id, organization_id, since, people_before)
    SELECT p.id, p.organization_id, :now, (SELECT count({_THERE}) FROM inside)
    FROM mappings p JOIN roles r ON r.id = p.role_id
    WHERE p.organization_id = :organization_id AND p.id = :mapping_id AND p.workspace_id = ''
        AND r.rank >= (SELECT rank FROM roles WHERE id = :admin)
    ON CONFLICT (mapping_id) DO NOTHING
    """
)


def grown(
    connection: Connection, organization_id: OrganizationId, ids: Sequence[str]
) -> list[Grown]:
    """Those of the mappings that still are, and give a role by a group."""
    rows = _GROWN.run(connection, {"organization_id": organization_id, "ids": list(ids)})
    return [
        Grown(
            mapping_id=row[0],
            directory_id=row[1],
            group_id=row[2],
            group_name=row[3],
            role_id=row[4],
            role=row[5],
            people=row[6],
            window=None
            if row[7] is None
            else Growth(
                mapping_id=row[0],
                since=moment(row[7]),
                people_before=row[8],
                told_at=None if row[9] is None else moment(row[9]),
            ),
        )
        for row in rows
    ]


def put(connection: Connection, organization_id: OrganizationId, windows: Sequence[Growth]) -> None:
    """In place of those that the mappings have."""
    _PUT.run(
        connection,
        [
            {
                "mapping_id": window.mapping_id,
                "organization_id": organization_id,
                "since": window.since,
                "people_before": window.people_before,
                "told_at": window.told_at,
            }
            for window in windows
        ],
    )


def begin(
    connection: Connection, context: Context, mapping_id: MappingId, group_id: DirectoryGroupId
) -> None:
    """
    Who is in the group of a new privileged mapping was known to who declared it: they are not
    growth. Nothing for other roles.
    """
    bound = {
        "organization_id": context.organization_id,
        "mapping_id": mapping_id,
        "ids": [group_id],
        "admin": ADMIN,
        "now": context.now,
    }
    _BEGIN.run(connection, bound)
