"""The Groups of a directory, without their members, which are rows of their own."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from provisioning.context import Context
from provisioning.ids import DirectoryGroupId, OrganizationId
from provisioning.store.directory_tables import directory_groups
from provisioning.store.notes import HERE_BY_ID, NotedStatement, tenant
from provisioning.store.resources import Joined, Reader
from provisioning.store.sql import Statement

_COLUMNS = ("display_name", "display_name_folded", "external_id", "document")

_INSERT = NotedStatement(
    f"""
    INSERT INTO directory_groups (
        id, organization_id, directory_id, {", ".join(_COLUMNS)},
        search, version, created_at, updated_at, told_version
    ) VALUES (
        :id, :organization_id, :directory_id, {", ".join(f":{name}" for name in _COLUMNS)},
        CAST(:search AS jsonb), 1, :now, :now, 0
    )
    RETURNING id
    """,
    "group",
)


def insert(
    connection: Connection, context: Context, group_id: DirectoryGroupId, columns: Mapping[str, Any]
) -> None:
    """Raises `Taken` when a live group of this directory has the displayName in any case."""
    _INSERT.run(connection, context, {"id": group_id, **columns})


_UPDATE = NotedStatement(
    f"""
    UPDATE directory_groups SET
        {", ".join(f"{name} = :{name}" for name in _COLUMNS)},
        search = CAST(:search AS jsonb), version = version + 1, updated_at = :now,
        first_name_folded = COALESCE(
            first_name_folded, CASE WHEN told_version = 0 THEN display_name_folded END),
        told_document = COALESCE(told_document, CASE WHEN told_version > 0 THEN document END)
    WHERE organization_id = :organization_id AND directory_id = :directory_id
        AND id = :id AND deleted_at IS NULL
    RETURNING id
    """,
    "group",
)


def update(
    connection: Connection, context: Context, group_id: DirectoryGroupId, columns: Mapping[str, Any]
) -> None:
    """The caller has locked the group. Raises `Taken` as `insert` does."""
    _UPDATE.run(connection, context, {"id": group_id, **columns})


_DELETE = NotedStatement(
    """
    UPDATE directory_groups SET deleted_at = :now, updated_at = :now, version = version + 1
    WHERE organization_id = :organization_id AND directory_id = :directory_id
        AND id = :id AND deleted_at IS NULL
    RETURNING id
    """,
    "group",
)


def delete(connection: Connection, context: Context, group_id: DirectoryGroupId) -> bool:
    """Leaves a tombstone; its name is free at once (Okta pushes again under the same name)."""
    return bool(_DELETE.run(connection, context, {"id": group_id}))


_LOCK = Statement(
    """
    SELECT document, version FROM directory_groups
    WHERE organization_id = :organization_id AND directory_id = :directory_id
        AND id = :id AND deleted_at IS NULL
    FOR NO KEY UPDATE
    """
)


def lock(
    connection: Connection, context: Context, group_id: DirectoryGroupId
) -> tuple[str, int] | None:
    """Its document and version; until the transaction ends nobody else changes it."""
    row = _LOCK.run(connection, {**tenant(context), "id": group_id}).one_or_none()
    return None if row is None else (row[0], row[1])


_NAMES = Statement(
    f"""
    SELECT id, display_name FROM directory_groups
    WHERE {HERE_BY_ID}
        AND id = ANY_OF(:ids) AND deleted_at IS NULL
    """
)


def names(connection: Connection, context: Context, ids: Sequence[str]) -> Mapping[str, str]:
    """The displayName of each of `ids` that names a live group."""
    rows = _NAMES.run(connection, {**tenant(context), "ids": list(ids)})
    return {row[0]: row[1] for row in rows}


_NAMES_OF = Statement(
    """
    SELECT id, display_name FROM directory_groups
    WHERE organization_id = :organization_id AND id = ANY(:ids)
    """
)


def names_of(
    connection: Connection, organization_id: OrganizationId, ids: Sequence[DirectoryGroupId]
) -> Mapping[DirectoryGroupId, str]:
    """The displayName of each of these groups, of whatever directory, deleted or not."""
    if not ids:
        return {}
    rows = _NAMES_OF.run(connection, {"organization_id": organization_id, "ids": list(ids)})
    return {row.id: row.display_name for row in rows}


# Whoever is deleted leaves every group in the same transaction, so nobody is looked up here.
_MINE = """
    m.group_id = directory_groups.id AND m.directory_id = directory_groups.directory_id
        AND m.removed_at IS NULL
"""
_MEMBERS = Joined(
    of_one=f"""
        (SELECT CAST(jsonb_agg(jsonb_build_array(m.member_id)) AS text)
         FROM directory_group_members m WHERE {_MINE})
    """,
    on_page=f"(SELECT string_agg(m.member_id, ',') FROM directory_group_members m WHERE {_MINE})",
    is_long=True,
)
_READER = Reader("group", directory_groups, _MEMBERS, ("id", "display_name_folded"))
get = _READER.get
get_each = _READER.get_each
page = _READER.page
count = _READER.count
