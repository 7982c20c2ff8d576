"""
Who is in which group: one row each, changed by set operations.

Locks are taken in one order everywhere: users, then groups, then members, each by their ids.

Adding one person to a group of 100,000 touches the rows that adding one to a group of ten does.
On PostgreSQL a delta is one statement; SQLite has no data-modifying CTE, so there it is a few
inside a transaction.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from provisioning.context import Context
from provisioning.ids import DirectoryGroupId
from provisioning.store.bulk import folded, unfolding
from provisioning.store.notes import HERE, HERE_BY_ID, tenant
from provisioning.store.sql import Statement

_GROUP = f"SELECT id FROM directory_groups WHERE {HERE} AND id = :group_id AND deleted_at IS NULL"
_GROUPS = f"""
    SELECT id FROM directory_groups
    WHERE {HERE_BY_ID} AND id = ANY_OF(:group_ids) AND deleted_at IS NULL
"""
_KNOWN = f"""
    SELECT id FROM directory_users WHERE {HERE_BY_ID} AND id = ANY_OF(:ids) AND deleted_at IS NULL
    UNION ALL
    SELECT id FROM directory_groups WHERE {HERE_BY_ID} AND id = ANY_OF(:ids) AND deleted_at IS NULL
"""
# A row whose removal has not been told yet comes back to life: for the events nothing happened.
_INSERT = """
    INSERT INTO directory_group_members (group_id, member_id, organization_id, directory_id, told)
    SELECT group_id, member_id, :organization_id, :directory_id, FALSE FROM {{rows}}
    WHERE {condition} ORDER BY group_id, member_id
    ON CONFLICT (group_id, member_id) DO UPDATE SET removed_at = NULL
    WHERE directory_group_members.removed_at IS NOT NULL
    RETURNING group_id, member_id
"""
_PAIR = {"group_id": "text", "member_id": "text"}
# Locked by group and member first, as the drain locks whom it tells of.
_REMOVE = f"""
    UPDATE directory_group_members SET removed_at = :now
    WHERE {HERE_BY_ID} AND group_id = :group_id AND member_id IN (
        SELECT member_id FROM directory_group_members
        WHERE {HERE} AND group_id = :group_id AND removed_at IS NULL AND {{which}}
        ORDER BY member_id FOR NO KEY UPDATE
    )
    RETURNING group_id, member_id
"""
_NOTE = """
    INSERT INTO notes (organization_id, directory_id, kind, key, created_at)
    SELECT DISTINCT :organization_id, :directory_id,
        CASE WHEN substr(member_id, 1, 7) = 'dirgrp_' THEN 'group_members' ELSE 'user' END,
        member_id, :now
"""
_TOUCH = f"""
    UPDATE directory_groups SET version = version + 1, updated_at = :now
    WHERE {HERE_BY_ID} AND id = ANY_OF(:ids)
"""
# Within the statement that has locked the groups' rows, which may be newer than the snapshot. An
# UPDATE would begin at the version that the snapshot has, and as long as a foreign key's lock is on
# that one, wait there for somebody who waits for us; a conflict is found where the row is now.
_TOUCH_LOCKED = f"""
    INSERT INTO directory_groups SELECT * FROM directory_groups
    WHERE {HERE_BY_ID} AND id = ANY(ARRAY(SELECT group_id FROM {{changed}}))
    ON CONFLICT (id) DO UPDATE SET version = directory_groups.version + 1, updated_at = :now
"""

_EVERYONE_IS_THERE = """
    (SELECT count(*) FROM grp) = :groups AND (SELECT count(*) FROM known) = :count
"""
_ADD_AT_ONCE = unfolding(
    f"""
    WITH grp AS ({_GROUPS} ORDER BY id FOR NO KEY UPDATE), known AS ({_KNOWN}),
    added AS ({_INSERT.format(condition=_EVERYONE_IS_THERE)}),
    noted AS ({_NOTE} FROM added),
    touched AS ({_TOUCH_LOCKED.format(changed="added")})
    SELECT (SELECT count(*) FROM grp), (SELECT count(*) FROM known), (SELECT count(*) FROM added)
    """,
    _PAIR,
)
_FIND_GROUPS = Statement(_GROUPS)
_FIND_KNOWN = Statement(_KNOWN)
_ADD_EACH = unfolding(_INSERT.format(condition="TRUE"), _PAIR)
_NOTE_ADDED = unfolding(f"{_NOTE} FROM {{rows}}", _PAIR)
_TOUCHED = Statement(_TOUCH)


@dataclass(frozen=True, slots=True)
class Added:
    """How many of the groups are there, and of the members; and how many joined a group."""

    groups: int
    known: int
    changed: int


def add(
    connection: Connection, context: Context, joining: Mapping[DirectoryGroupId, Collection[str]]
) -> Added:
    """
    To each group those who join it (each once): all of them, or nobody when a group or a member is
    unknown. Who is a member already stays one, and nothing is written for them.
    """
    rows = [
        {"group_id": group_id, "member_id": member_id}
        for group_id, member_ids in joining.items()
        for member_id in member_ids
    ]
    member_ids = list({row["member_id"] for row in rows})
    bound = {
        **tenant(context),
        "now": context.now,
        "group_ids": list(joining),
        "ids": member_ids,
        "rows": folded(rows),
    }
    if connection.dialect.name != "sqlite":
        counts = {"groups": len(joining), "count": len(member_ids)}
        return Added(*_ADD_AT_ONCE.run(connection, {**bound, **counts}).one())
    groups = len(_FIND_GROUPS.run(connection, bound).all())
    known = len(_FIND_KNOWN.run(connection, bound).all())
    if (groups, known) != (len(joining), len(member_ids)):
        return Added(groups, known, 0)
    added = [row._asdict() for row in _ADD_EACH.run(connection, bound)]
    if added:
        _NOTE_ADDED.run(connection, {**bound, "rows": folded(added)})
        _TOUCHED.run(connection, {**bound, "ids": list({row["group_id"] for row in added})})
    return Added(groups, known, len(added))


def unknown(connection: Connection, context: Context, ids: Sequence[str]) -> list[str]:
    """Those of `ids` that name no live resource of the directory, in the order given."""
    rows = _FIND_KNOWN.run(connection, {**tenant(context), "ids": list(ids)})
    known = {row.id for row in rows}
    return [member for member in ids if member not in known]


class _Removal:
    """`which` rows of a group go, their notes with them."""

    __slots__ = ("_at_once", "_note", "_remove")

    def __init__(self, which: str) -> None:
        remove = _REMOVE.format(which=which)
        # Through the group's own row, which is locked before any member's.
        of_locked = remove.replace("group_id = :group_id", "group_id = (SELECT id FROM grp)")
        self._remove = Statement(remove)
        self._note = Statement(
            f"{_NOTE} FROM directory_group_members"
            f" WHERE {HERE} AND group_id = :group_id AND member_id = ANY_OF(:ids)"
        )
        self._at_once = Statement(
            f"""
            WITH grp AS ({_GROUP} FOR NO KEY UPDATE),
            removed AS ({of_locked}),
            noted AS ({_NOTE} FROM removed),
            touched AS ({_TOUCH_LOCKED.format(changed="removed")})
            SELECT (SELECT count(*) FROM grp)
            """
        )

    def run(self, connection: Connection, bound: dict[str, Any]) -> bool:
        """Whether the group is there."""
        if connection.dialect.name != "sqlite":
            return bool(self._at_once.run(connection, bound).scalar_one())
        if not _FIND_GROUPS.run(connection, {**bound, "group_ids": [bound["group_id"]]}).all():
            return False
        removed = [row.member_id for row in self._remove.run(connection, bound)]
        if removed:
            self._note.run(connection, {**bound, "ids": removed})
            _TOUCHED.run(connection, {**bound, "ids": [bound["group_id"]]})
        return True


_REMOVE_NAMED = _Removal("member_id = ANY_OF(:ids)")
_REMOVE_OTHERS = _Removal("NOT (member_id = ANY_OF(:ids))")


def remove(
    connection: Connection, context: Context, group_id: DirectoryGroupId, ids: Sequence[str]
) -> bool:
    """
    Whether the group is there. Removing somebody who is no member changes nothing: Entra and
    Okta both retry removals.
    """
    return _REMOVE_NAMED.run(connection, _bound(context, group_id, ids=list(ids)))


def retain(
    connection: Connection, context: Context, group_id: DirectoryGroupId, ids: Sequence[str]
) -> bool:
    """Removes everybody but `ids`; whether the group is there."""
    return _REMOVE_OTHERS.run(connection, _bound(context, group_id, ids=list(ids)))


_HOLD = """
    SELECT 1 FROM directory_group_members WHERE {here} AND group_id = :group_id AND {which}
    ORDER BY member_id FOR NO KEY UPDATE
"""
_HOLD_NAMED = Statement(_HOLD.format(here=HERE_BY_ID, which="member_id = ANY(:ids)"))
# Who is in and shall not be, or was and shall be again.
_HOLD_OTHERS = Statement(
    _HOLD.format(here=HERE_BY_ID, which="(removed_at IS NULL) <> (member_id = ANY(:ids))")
)


def hold(
    connection: Connection, context: Context, group_id: DirectoryGroupId, ids: Sequence[str]
) -> None:
    """Before some of `ids` are removed and others added: all at once, as the drain does."""
    _HOLD_NAMED.run(connection, _bound(context, group_id, ids=list(ids)))


def hold_others(
    connection: Connection, context: Context, group_id: DirectoryGroupId, ids: Sequence[str]
) -> None:
    """Before everybody but `ids` is removed, and those are added."""
    _HOLD_OTHERS.run(connection, _bound(context, group_id, ids=list(ids)))


# Not the deleted ones, whose member rows wait for the drain: a tombstone that gets a new version
# has news, and its deletion would be told once more.
_LOCK_GROUPS_OF = Statement(
    f"""
    SELECT id FROM directory_groups WHERE {HERE} AND deleted_at IS NULL AND (
        id = :member_id OR id IN (
            SELECT group_id FROM directory_group_members
            WHERE {HERE} AND member_id = :member_id AND removed_at IS NULL
        )
    )
    ORDER BY id FOR NO KEY UPDATE
    """
)
_LEAVE = Statement(
    f"""
    UPDATE directory_group_members SET removed_at = :now
    WHERE {HERE_BY_ID} AND member_id = :member_id AND group_id IN (
        SELECT group_id FROM directory_group_members
        WHERE {HERE_BY_ID} AND member_id = :member_id AND group_id = ANY_OF(:ids)
            AND removed_at IS NULL
        ORDER BY group_id FOR NO KEY UPDATE
    )
    """
)


def lock_groups_of(connection: Connection, context: Context, member_id: str) -> list[str]:
    """The ids of the live groups that it is directly in, and its own, by their ids."""
    whom = {**tenant(context), "member_id": member_id}
    return [row[0] for row in _LOCK_GROUPS_OF.run(connection, whom)]


def leave(
    connection: Connection, context: Context, member_id: str, group_ids: Sequence[str]
) -> None:
    """
    Takes a deleted user or group out of these groups, which the caller has locked. Its own note is
    the caller's; a group that it joins meanwhile is left to the drain.
    """
    if group_ids:
        bound = {**tenant(context), "now": context.now, "ids": list(group_ids)}
        _LEAVE.run(connection, {**bound, "member_id": member_id})
        _TOUCHED.run(connection, bound)


_COUNT = Statement(
    f"""
    SELECT count(*) FROM (
        SELECT 1 FROM directory_group_members
        WHERE {HERE} AND group_id = :group_id AND removed_at IS NULL LIMIT :at_most
    ) AS some_of_them
    """
)


def count(
    connection: Connection, context: Context, group_id: DirectoryGroupId, at_most: int
) -> int:
    """How many members, counted no further than `at_most`."""
    bound = {**tenant(context), "group_id": group_id, "at_most": at_most}
    return int(_COUNT.run(connection, bound).scalar_one())


def _bound(context: Context, group_id: DirectoryGroupId, **more: Any) -> dict[str, Any]:
    return {**tenant(context), "group_id": group_id, "now": context.now, **more}
