"""How many have a privileged role by a mapping, and how many had when its window began."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import Connection

from provisioning.context import Context
from provisioning.ids import DirectoryGroupId, MappingId, OrganizationId
from provisioning.reconcile.facts import ADMIN
from provisioning.reconcile.growing import Growth, Watched
from provisioning.store.bulk import insertion
from provisioning.store.nested_groups import INSIDE
from provisioning.store.sql import Statement
from provisioning.store.types import moment

_WATCHED = Statement(
    """
    SELECT p.id, p.directory_id, p.group_id, d.display_name, r.id, r.name,
        w.since, w.people_before, w.people, w.told_at
    FROM mappings p JOIN roles r ON r.id = p.role_id
    JOIN directory_groups d ON d.id = p.group_id
    LEFT JOIN mapping_growths w ON w.mapping_id = p.id
    WHERE p.organization_id = :organization_id AND p.id = ANY(:ids)
    ORDER BY p.id
    """
)
_COUNT = Statement(
    """
    SELECT source_id, count(*) FROM grants
    WHERE organization_id = :organization_id AND role_id = ANY(:roles)
        AND source_type = 'mapping' AND source_id = ANY(:ids) AND revoked_at IS NULL
    GROUP BY source_id
    """
)
_PUT = insertion(
    "mapping_growths",
    {
        "mapping_id": "text",
        "since": "timestamptz",
        "people_before": "integer",
        "people": "integer",
        "told_at": "timestamptz",
    },
    conflict="""ON CONFLICT (mapping_id) DO UPDATE SET since = excluded.since,
        people_before = excluded.people_before, people = excluded.people,
        told_at = excluded.told_at""",
    shared={"organization_id": ":organization_id"},
)
_FORGET = Statement(
    """
    DELETE FROM mapping_growths
    WHERE organization_id = :organization_id AND mapping_id = :mapping_id
    """
)
# For each by its id, and no join (ADR 32).
_THERE = """(
    SELECT 1 FROM directory_users u
    WHERE u.id = inside.member_id AND u.organization_id || '' = :organization_id
        AND u.deleted_at IS NULL
)"""
_BEGIN = Statement(
    f"""
    WITH RECURSIVE {INSIDE}
    INSERT INTO mapping_growths (mapping_id, organization_id, since, people_before, people)
    SELECT p.id, p.organization_id, :now, (SELECT count({_THERE}) FROM inside), 0
    FROM mappings p JOIN roles r ON r.id = p.role_id
    WHERE p.organization_id = :organization_id AND p.id = :mapping_id AND p.workspace_id = ''
        AND r.rank >= (SELECT rank FROM roles WHERE id = :admin)
    ON CONFLICT (mapping_id) DO NOTHING
    """
)


def watched(
    connection: Connection, organization_id: OrganizationId, ids: Sequence[MappingId]
) -> list[Watched]:
    """Those of the mappings that still are, and give a role by a group."""
    rows = _WATCHED.run(connection, {"organization_id": organization_id, "ids": list(ids)})
    return [
        Watched(
            mapping_id=row[0],
            directory_id=row[1],
            group_id=row[2],
            group_name=row[3],
            role_id=row[4],
            role=row[5],
            window=None
            if row[6] is None
            else Growth(
                mapping_id=row[0],
                since=moment(row[6]),
                people_before=row[7],
                people=row[8],
                told_at=None if row[9] is None else moment(row[9]),
            ),
        )
        for row in rows
    ]


def count(
    connection: Connection, organization_id: OrganizationId, some: Sequence[Watched]
) -> dict[MappingId, int]:
    """How many have the role by each of them now; nobody: it is not there."""
    if not some:
        return {}
    bound = {
        "organization_id": organization_id,
        "roles": list({one.role_id for one in some}),
        "ids": [one.mapping_id for one in some],
    }
    return {row[0]: row[1] for row in _COUNT.run(connection, bound)}


def put(connection: Connection, organization_id: OrganizationId, windows: Sequence[Growth]) -> None:
    """In place of those that the mappings have."""
    rows = [asdict(window) for window in windows]
    _PUT.run(connection, rows, {"organization_id": organization_id})


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


def forget(connection: Connection, organization_id: OrganizationId, mapping_id: MappingId) -> None:
    """Of a mapping that is no more."""
    _FORGET.run(connection, {"organization_id": organization_id, "mapping_id": mapping_id})
