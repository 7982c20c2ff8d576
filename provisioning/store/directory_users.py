"""The Users of a directory. Nothing here is ever edited by us: only the IdP's writes arrive."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection

from provisioning.context import Context
from provisioning.ids import DirectoryUserId
from provisioning.store import directory_groups
from provisioning.store.directory_tables import directory_users as table
from provisioning.store.notes import NotedStatement
from provisioning.store.resources import Joined, Reader

_COLUMNS = (
    "user_name", "user_name_folded", "external_id", "email", "display_name",
    "given_name", "family_name", "document",
)  # fmt: skip

_INSERT = NotedStatement(
    f"""
    INSERT INTO directory_users (
        id, organization_id, directory_id, {", ".join(_COLUMNS)},
        active, search, version, created_at, updated_at, told_version
    ) VALUES (
        :id, :organization_id, :directory_id, {", ".join(f":{name}" for name in _COLUMNS)},
        COALESCE(CAST(:active AS boolean), TRUE), CAST(:search AS jsonb), 1, :now, :now, 0
    )
    RETURNING id
    """,
    "user",
)


def insert(
    connection: Connection, context: Context, user_id: DirectoryUserId, columns: Mapping[str, Any]
) -> None:
    """
    `active` None is active: Okta and Entra create without it when it is not mapped. Raises `Taken`
    when a live user of this directory has the userName in any case.
    """
    _INSERT.run(connection, context, {"id": user_id, **columns})


_UPDATE = NotedStatement(
    f"""
    UPDATE directory_users SET
        {", ".join(f"{name} = :{name}" for name in _COLUMNS)},
        active = COALESCE(CAST(:active AS boolean), active),
        search = CAST(:search AS jsonb), version = version + 1, updated_at = :now,
        told_document = COALESCE(told_document, CASE WHEN told_version > 0 THEN document END)
    WHERE organization_id = :organization_id AND directory_id = :directory_id
        AND id = :id AND deleted_at IS NULL AND version = :version
    RETURNING id, version
    """,
    "user",
)


def update(
    connection: Connection,
    context: Context,
    user_id: DirectoryUserId,
    version: int,
    columns: Mapping[str, Any],
) -> bool:
    """
    `active` None leaves it: to take the attribute away from a suspended person is not to let them
    in again. False when the user has moved on from `version`, or is gone. Raises `Taken`.
    """
    rows = _UPDATE.run(connection, context, {"id": user_id, "version": version, **columns})
    return bool(rows)


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
# userName is unique among the living; externalId is the client's and need not be.
_READER = Reader("user", table, _GROUPS, ("id", "user_name_folded"))
get = _READER.get
page = _READER.page
count = _READER.count
