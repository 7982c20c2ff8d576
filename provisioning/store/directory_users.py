"""The Users of a directory. Nothing here is ever edited by us: only the IdP's writes arrive."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from provisioning.context import Context
from provisioning.ids import DirectoryUserId
from provisioning.store import directory_groups
from provisioning.store.bulk import folded
from provisioning.store.directory_tables import directory_users as table
from provisioning.store.notes import HERE_BY_ID, NotedStatement
from provisioning.store.resources import Joined, Reader, References, references

_COLUMNS = {
    "user_name": "text", "user_name_folded": "text", "external_id": "text", "email": "text",
    "display_name": "text", "given_name": "text", "family_name": "text", "document": "text",
}  # fmt: skip
_GIVEN = {"id": "text", **_COLUMNS, "active": "boolean", "search": "jsonb"}

_INSERT = NotedStatement(
    f"""
    INSERT INTO directory_users (
        id, organization_id, directory_id, {", ".join(_COLUMNS)},
        active, search, version, created_at, updated_at, told_version
    )
    SELECT id, :organization_id, :directory_id, {", ".join(_COLUMNS)},
        COALESCE(active, TRUE), search, 1, :now, :now, 0
    FROM {{rows}} WHERE TRUE ORDER BY user_name_folded
    RETURNING id
    """,
    "user",
    _GIVEN,
)


def insert(connection: Connection, context: Context, rows: Sequence[Mapping[str, Any]]) -> None:
    """
    `active` None is active: Okta and Entra create without it when it is not mapped. Raises `Taken`
    when a live user of this directory has one of the userNames in any case; then nobody is there.
    """
    _INSERT.run(connection, context, {"rows": folded(rows)})


_MINE = """
    m.member_id = directory_users.id AND m.directory_id = directory_users.directory_id
        AND m.removed_at IS NULL
"""
_GROUPS = Joined(
    of_one=f"""
        (SELECT CAST(jsonb_agg(jsonb_build_array(g.id, g.display_name)) AS text)
         FROM directory_group_members m JOIN directory_groups g ON g.id = m.group_id
         WHERE {_MINE} AND g.deleted_at IS NULL)
    """,
    on_page=f"(SELECT string_agg(m.group_id, ',') FROM directory_group_members m WHERE {_MINE})",
    names=directory_groups.names,
)

# Locked by id first, as the drain locks whom it tells of: two orders would be a deadlock.
_UPDATE = NotedStatement(
    f"""
    UPDATE directory_users SET
        {", ".join(f"{name} = r.{name}" for name in _COLUMNS)},
        active = COALESCE(r.active, directory_users.active),
        search = r.search, version = directory_users.version + 1, updated_at = :now,
        told_document = COALESCE(
            directory_users.told_document,
            CASE WHEN directory_users.told_version > 0 THEN directory_users.document END
        )
    FROM {{rows}}
    WHERE directory_users.id = r.id AND directory_users.version = r.version
        AND directory_users.id IN (
            SELECT id FROM directory_users
            WHERE {HERE_BY_ID}
                AND id = ANY_OF(:ids) AND deleted_at IS NULL
            ORDER BY id FOR NO KEY UPDATE
        )
    RETURNING directory_users.id, {_GROUPS.of_one} AS groups
    """,
    "user",
    {**_GIVEN, "version": "integer"},
)


def update(
    connection: Connection, context: Context, rows: Sequence[Mapping[str, Any]]
) -> list[References | None]:
    """
    Of each row the groups of its user; None when it was not written, since the user has moved on
    from its `version`, or is gone. `active` None leaves it: to take the attribute away from a
    suspended person is not to let them in again. No two rows are of one user. Raises `Taken`; then
    nothing is written.
    """
    bound = {"ids": [row["id"] for row in rows], "rows": folded(rows)}
    written = {row.id: references(row.groups) for row in _UPDATE.run(connection, context, bound)}
    return [written.get(row["id"]) for row in rows]


_DELETE = NotedStatement(
    """
    UPDATE directory_users SET deleted_at = :now, updated_at = :now, version = version + 1
    WHERE organization_id = :organization_id AND directory_id = :directory_id
        AND id = :id AND deleted_at IS NULL
        AND (:whatever_version OR version = ANY(:if_version))
    RETURNING id
    """,
    "user",
)


def delete(
    connection: Connection,
    context: Context,
    user_id: DirectoryUserId,
    if_version: Collection[int] | None,
) -> bool:
    """
    Leaves a tombstone: who it was is needed to know the person who comes back. False when there is
    no such user, or in none of those versions.
    """
    bound = {
        "id": user_id,
        "whatever_version": if_version is None,
        "if_version": list(if_version or ()),
    }
    return bool(_DELETE.run(connection, context, bound))


# userName is unique among the living; externalId is the client's and need not be.
_READER = Reader("user", table, _GROUPS, ("id", "user_name_folded"))
get = _READER.get
get_each = _READER.get_each
page = _READER.page
count = _READER.count
