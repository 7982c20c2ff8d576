"""What an IdP does with the Groups of its directory: each function is one SCIM operation."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection

from provisioning import ids
from provisioning.clock import rfc3339
from provisioning.context import Context
from provisioning.directory_users import Edit
from provisioning.documents import Document
from provisioning.errors import NotFound, Stale, UnknownMember
from provisioning.folding import fold
from provisioning.ids import DirectoryGroupId
from provisioning.matching import matches
from provisioning.member_changes import MemberChange
from provisioning.store import directory_group_members as members
from provisioning.store import directory_groups, notes
from provisioning.store.resources import Resource

BODY_LIMIT_MEMBERS = 1000
"""Above this many members a PATCH answers without the group (RFC 7644 §3.5.2 allows 204)."""


def create(
    connection: Connection, context: Context, document: Document, member_ids: Sequence[str]
) -> Resource:
    """Raises `Taken` when the displayName is in use, `UnknownMember`; then nothing is written."""
    group_id = DirectoryGroupId(ids.new(ids.DIRECTORY_GROUP))
    directory_groups.insert(connection, context, group_id, _columns(document))
    if not member_ids:
        moment = rfc3339(context.now)
        return Resource(group_id, document.text, 1, moment, moment, ())
    add_members(connection, context, [Joining(group_id, member_ids)])
    return get(connection, context, group_id)


def get(connection: Connection, context: Context, group_id: DirectoryGroupId) -> Resource:
    """The group with its members. Raises `NotFound`."""
    found = directory_groups.get(connection, context, group_id)
    if found is None:
        raise NotFound("Group", group_id)
    return found


@dataclass(frozen=True, slots=True)
class Joining:
    """Who joins a group."""

    group_id: DirectoryGroupId
    member_ids: Sequence[str]


def add_members(connection: Connection, context: Context, joining: Sequence[Joining]) -> None:
    """
    All of them in one statement or, when a group or a member is unknown, nobody. Raises `NotFound`,
    `UnknownMember`.
    """
    groups: dict[DirectoryGroupId, dict[str, None]] = {}
    for one in joining:
        groups.setdefault(one.group_id, {}).update(dict.fromkeys(one.member_ids))
    member_ids = [*dict.fromkeys(one for joined in groups.values() for one in joined)]
    added = members.add(connection, context, groups)
    if added.groups != len(groups):
        known = directory_groups.names(connection, context, [*groups])
        raise NotFound("Group", next((one for one in groups if one not in known), ""))
    if added.known != len(member_ids):
        raise UnknownMember(members.unknown(connection, context, member_ids))


def remove_members(
    connection: Connection, context: Context, group_id: DirectoryGroupId, member_ids: Sequence[str]
) -> None:
    """Who is no member is not missed. Raises `NotFound`."""
    if not members.remove(connection, context, group_id, member_ids):
        raise NotFound("Group", group_id)


def change(
    connection: Connection,
    context: Context,
    group_id: DirectoryGroupId,
    edit: Edit | None,
    membership: MemberChange | None,
    *,
    if_version: Collection[int] | None,
) -> None:
    """
    PUT and PATCH, in a transaction that holds the group's row. Raises `NotFound`, `Stale`,
    `Taken`, `UnknownMember`; then nothing is written.
    """
    locked = directory_groups.lock(connection, context, group_id)
    if locked is None:
        raise NotFound("Group", group_id)
    text, version = locked
    if if_version is not None and version not in if_version:
        raise Stale("Group")
    document = None if edit is None else edit(orjson.loads(text))
    if document is not None:
        directory_groups.update(connection, context, group_id, _columns(document))
    if membership is not None:
        _change_members(connection, context, group_id, membership)


def delete(
    connection: Connection,
    context: Context,
    group_id: DirectoryGroupId,
    *,
    if_version: Collection[int] | None,
) -> None:
    """
    Its members are looked at again: they lose what the group gave them, and the drain lets its
    mappings wait for the next group of the name. Raises `NotFound`, `Stale`.
    """
    groups = members.lock_groups_of(connection, context, group_id)
    if if_version is not None:
        locked = directory_groups.lock(connection, context, group_id)
        if locked is not None and locked[1] not in if_version:
            raise Stale("Group")
    if not directory_groups.delete(connection, context, group_id):
        raise NotFound("Group", group_id)
    # While its member rows are still there to say who; the drain clears them.
    notes.add(connection, context, "group_members", group_id)
    members.leave(connection, context, group_id, [one for one in groups if one != group_id])


def _change_members(
    connection: Connection, context: Context, group_id: DirectoryGroupId, membership: MemberChange
) -> None:
    removed: Sequence[str] = membership.removed
    if membership.replaced:
        members.hold_others(connection, context, group_id, membership.added)
        members.retain(connection, context, group_id, membership.added)
    elif membership.removed_where:
        present = get(connection, context, group_id)
        matching = [
            member_id
            for (member_id,) in present.references
            if any(
                matches(predicate, _element(member_id)) for predicate in membership.removed_where
            )
        ]
        removed = [*removed, *matching]
    if removed and membership.added:
        members.hold(connection, context, group_id, [*removed, *membership.added])
    if removed:
        members.remove(connection, context, group_id, removed)
    if membership.added:
        add_members(connection, context, [Joining(group_id, membership.added)])


def _element(member_id: str) -> dict[str, str]:
    """A member as a filter sees it: `members[type eq "User"]`."""
    kind = "Group" if member_id.startswith(ids.DIRECTORY_GROUP) else "User"
    return {"value": member_id, "type": kind}


def _columns(document: Document) -> dict[str, Any]:
    display_name = document.tree["displayName"]
    return {
        "display_name": display_name,
        "display_name_folded": fold(display_name),
        "external_id": document.tree.get("externalId"),
        "document": document.text,
        "search": document.search,
    }
