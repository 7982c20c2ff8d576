"""
What the directories changed since it was last told: the drain tells it, so that a SCIM write never
waits for the organization's event counter. Several writes between two drains are one event.

The rows are locked while they are told, in the order in which SCIM writes lock them: users, then
groups, then members. So the drain tells last of all, and commits at once.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

import orjson
from sqlalchemy import Connection

from provisioning.events import Draft, EventType, former_values
from provisioning.ids import DirectoryGroupId, DirectoryUserId, OrganizationId
from provisioning.store.bulk import BulkStatement
from provisioning.store.sql import Statement

Kind = Literal["user", "group"]


class _Types(NamedTuple):
    created: EventType
    updated: EventType
    deleted: EventType


_TYPES: dict[Kind, _Types] = {
    "user": _Types("directory_user.created", "directory_user.updated", "directory_user.deleted"),
    "group": _Types(
        "directory_group.created", "directory_group.updated", "directory_group.deleted"
    ),
}

_NEWS = """
    SELECT id, directory_id, version, told_version, document, told_document, deleted_at
    FROM directory_{kind}s
    WHERE organization_id = :organization_id AND id = ANY(:ids) AND version <> told_version
        {only}
    ORDER BY id FOR NO KEY UPDATE {skip}
"""
_UNTOLD = {
    (kind, wait): Statement(_NEWS.format(kind=kind, only="", skip="" if wait else "SKIP LOCKED"))
    for kind in ("user", "group")
    for wait in (True, False)
}
# That a group is gone is told when its mappings are free of it, which is the drain's business.
_UNTOLD_BUT_GONE = Statement(
    _NEWS.format(kind="group", only="AND (told_version = 0 OR deleted_at IS NULL)", skip="")
)
_TOLD = {
    kind: Statement(
        f"""
        UPDATE directory_{kind}s SET told_version = version, told_document = NULL
        WHERE organization_id = :organization_id AND id = ANY(:ids)
        """
    )
    for kind in ("user", "group")
}


def resources(
    connection: Connection,
    organization_id: OrganizationId,
    kind: Kind,
    ids: Sequence[str],
    *,
    wait: bool,
) -> list[Draft]:
    """
    `directory_user.*` or `directory_group.*` for those of `ids` that have news. Without `wait` the
    news of those whom somebody is changing is left to the drain.
    """
    here = {"organization_id": organization_id}
    rows = _UNTOLD[kind, wait].run(connection, {**here, "ids": list(ids)}).all()
    return _tell(connection, organization_id, kind, rows)


_UNTOLD_USERS = """
    SELECT id FROM directory_users
    WHERE organization_id = :organization_id AND id = ANY(:ids) AND version <> told_version
    ORDER BY id {lock}
"""
_UNTOLD_PAIRS = """
    SELECT group_id, member_id FROM directory_group_members
    WHERE organization_id = :organization_id AND member_id = ANY(:ids)
        AND (removed_at IS NOT NULL OR NOT told)
    ORDER BY group_id, member_id {lock}
"""
_SEE_USERS, _HOLD_USERS, _SEE_PAIRS, _HOLD_PAIRS = (
    Statement(news.format(lock=lock))
    for news in (_UNTOLD_USERS, _UNTOLD_PAIRS)
    for lock in ("", "FOR NO KEY UPDATE SKIP LOCKED")
)


def changing(
    connection: Connection, organization_id: OrganizationId, ids: Sequence[DirectoryUserId]
) -> set[DirectoryUserId]:
    """
    Those who have news that cannot be told now, since somebody is changing them or who they are
    with: what follows from the news would be told before it. The news of the others are held.
    """
    here = {"organization_id": organization_id}
    users = {row.id for row in _SEE_USERS.run(connection, {**here, "ids": list(ids)})}
    if users:
        users -= {row.id for row in _HOLD_USERS.run(connection, {**here, "ids": list(users)})}
    pairs = {tuple(row) for row in _SEE_PAIRS.run(connection, {**here, "ids": list(ids)})}
    if pairs:
        members = list({member_id for _, member_id in pairs})
        pairs -= {tuple(row) for row in _HOLD_PAIRS.run(connection, {**here, "ids": members})}
    return users | {member_id for _, member_id in pairs}


def introduction(
    connection: Connection, organization_id: OrganizationId, group_id: DirectoryGroupId
) -> list[Draft] | None:
    """
    What has to be told before an event names the group; None if it was deleted before anybody was
    told of it. The caller holds the organization's lock, so that nobody is told of its end before.
    """
    bound = {"organization_id": organization_id, "ids": [group_id]}
    rows = _UNTOLD_BUT_GONE.run(connection, bound).all()
    if any(row.deleted_at is not None for row in rows):
        return None
    return _tell(connection, organization_id, "group", rows)


def _tell(
    connection: Connection, organization_id: OrganizationId, kind: Kind, rows: Sequence[Any]
) -> list[Draft]:
    drafts: list[Draft] = []
    for row in rows:
        drafts += _resource(kind, row)
    if rows:
        bound = {"organization_id": organization_id, "ids": [row.id for row in rows]}
        _TOLD[kind].run(connection, bound)
    return drafts


def _resource(kind: Kind, row: Any) -> Iterator[Draft]:
    document = orjson.loads(row.document)
    data = {"id": row.id, "directory_id": row.directory_id, "resource": document}
    context = {"directory_id": row.directory_id}
    types = _TYPES[kind]
    # What was told last; None: it is what there still is.
    before = document if row.told_document is None else orjson.loads(row.told_document)
    if row.deleted_at is not None:
        if row.told_version:  # created and deleted between two drains: nobody heard of it
            yield Draft(types.deleted, data, {"resource": before}, context)
    elif not row.told_version:
        yield Draft(types.created, data, None, context)
    else:
        # Its version also counts member changes; those have events of their own.
        changed = former_values(before, document)
        if changed:
            yield Draft(types.updated, data, changed, context)


# Who was deleted while somebody added them to a group: neither saw the other, and both left a note.
_DELETED = Statement(
    """
    SELECT id FROM directory_users
    WHERE organization_id = :organization_id AND id = ANY(:ids) AND deleted_at IS NOT NULL
    UNION ALL
    SELECT id FROM directory_groups
    WHERE organization_id = :organization_id AND id = ANY(:ids) AND deleted_at IS NOT NULL
    """
)
# A group that is not told yet is so new that its note still waits; its members are told after it.
_MEMBERS = """
    SELECT m.group_id, m.member_id, m.directory_id, m.removed_at, m.told, g.display_name,
        g.deleted_at
    FROM directory_group_members m JOIN directory_groups g ON g.id = m.group_id
    WHERE m.organization_id = :organization_id AND m.member_id = ANY(:ids)
        AND (m.removed_at IS NOT NULL OR NOT m.told OR m.member_id = ANY(:deleted))
        AND g.told_version > 0
    ORDER BY m.group_id, m.member_id FOR UPDATE OF m {skip}
"""
_UNTOLD_MEMBERS = {
    wait: Statement(_MEMBERS.format(skip="" if wait else "SKIP LOCKED")) for wait in (True, False)
}
_TELL_MEMBERS = BulkStatement(
    """
    UPDATE directory_group_members SET told = TRUE FROM {rows}
    WHERE directory_group_members.organization_id || '' = :organization_id
        AND directory_group_members.group_id = r.group_id
        AND directory_group_members.member_id = r.member_id
    """,
    {"group_id": "text", "member_id": "text"},
)
_FORGET_MEMBERS = BulkStatement(
    """
    DELETE FROM directory_group_members
    WHERE organization_id || '' = :organization_id
        AND (group_id, member_id) IN (SELECT r.group_id, r.member_id FROM {rows})
    """,
    {"group_id": "text", "member_id": "text"},
)


def members(
    connection: Connection, organization_id: OrganizationId, ids: Sequence[str], *, wait: bool
) -> list[Draft]:
    """
    `directory_group.member_added|member_removed` for those of `ids` who joined or left; `wait` as
    for `resources`.
    """
    here = {"organization_id": organization_id}
    deleted = {row.id for row in _DELETED.run(connection, {**here, "ids": list(ids)})}
    bound = {**here, "ids": list(ids), "deleted": list(deleted)}
    drafts: list[Draft] = []
    joined: list[dict[str, str]] = []
    gone: list[dict[str, str]] = []
    for row in _UNTOLD_MEMBERS[wait].run(connection, bound).all():
        is_in = row.removed_at is None and row.member_id not in deleted
        (joined if is_in else gone).append(_key(row))
        # Joined and left between two drains, or the whole group went: nothing to tell.
        if row.deleted_at is None and is_in and not row.told:
            drafts.append(_member("directory_group.member_added", row))
        elif row.deleted_at is None and not is_in and row.told:
            drafts.append(_member("directory_group.member_removed", row))
    _TELL_MEMBERS.run(connection, joined, here)
    _FORGET_MEMBERS.run(connection, gone, here)
    return drafts


# Those who have a note are told with it: notes of a group come before those of its members, unless
# the batch was halved or the group was set aside.
_NOTE_UNTOLD_MEMBERS = Statement(
    """
    INSERT INTO notes (organization_id, directory_id, kind, key, created_at)
    SELECT organization_id, directory_id, kind, key, :now FROM (
        SELECT organization_id, directory_id, member_id AS key,
            CASE WHEN substr(member_id, 1, 7) = 'dirgrp_' THEN 'group_members' ELSE 'user' END
                AS kind
        FROM directory_group_members
        WHERE organization_id = :organization_id AND group_id = ANY(:ids) AND NOT told
            AND removed_at IS NULL
        EXCEPT
        SELECT organization_id, directory_id, key, kind FROM notes
        WHERE organization_id = :organization_id
    ) AS overlooked
    """
)


def note_untold_members(
    connection: Connection, organization_id: OrganizationId, group_ids: Sequence[str], now: datetime
) -> None:
    """Of groups that have just been told as created: who was settled before them."""
    bound = {"organization_id": organization_id, "ids": list(group_ids), "now": now}
    _NOTE_UNTOLD_MEMBERS.run(connection, bound)


_FORGET_MEMBERS_OF_DELETED = Statement(
    """
    DELETE FROM directory_group_members
    WHERE organization_id = :organization_id AND group_id IN (
        SELECT id FROM directory_groups
        WHERE organization_id = :organization_id AND id = ANY(:ids) AND deleted_at IS NOT NULL
    )
    """
)


def forget_members(
    connection: Connection, organization_id: OrganizationId, group_ids: Sequence[str]
) -> None:
    """Of those groups that are deleted: that is told already, and who was in them is noted."""
    bound = {"organization_id": organization_id, "ids": list(group_ids)}
    _FORGET_MEMBERS_OF_DELETED.run(connection, bound)


def _member(event_type: EventType, row: Any) -> Draft:
    data = {
        "directory_id": row.directory_id,
        "group": {"id": row.group_id, "display_name": row.display_name},
        "member_id": row.member_id,
    }
    return Draft(event_type, data, None, {"directory_id": row.directory_id})


def _key(row: Any) -> dict[str, str]:
    return {"group_id": row.group_id, "member_id": row.member_id}
