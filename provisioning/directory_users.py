"""What an IdP does with the Users of its directory: each function is one SCIM operation."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
from sqlalchemy import Connection

from provisioning import ids
from provisioning.clock import rfc3339
from provisioning.context import Context
from provisioning.documents import Document
from provisioning.errors import NotFound, Stale, Unavailable
from provisioning.folding import fold
from provisioning.ids import DirectoryUserId
from provisioning.store import directory_group_members, directory_users
from provisioning.store.engine import write_each
from provisioning.store.resources import Resource

Edit = Callable[[dict[str, Any]], Document | None]
"""From the present tree to the wanted document; None when nothing would change."""

_ATTEMPTS = 20


def create(
    connection: Connection, context: Context, documents: Sequence[Document]
) -> list[Resource]:
    """One statement. Raises `Taken` when a userName is in use, in any case; then nobody is made."""
    rows = [{"id": ids.new(ids.DIRECTORY_USER), **_columns(document)} for document in documents]
    directory_users.insert(connection, context, rows)
    moment = rfc3339(context.now)
    return [
        Resource(row["id"], document.text, 1, moment, moment, ())
        for row, document in zip(rows, documents, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Editing:
    """
    One PUT or PATCH. `if_version`: the user must be in one of those; None: in any. `known` is how
    the user was a moment ago, its references aside: if that is still so, nothing is read.
    """

    user_id: DirectoryUserId
    edit: Edit
    if_version: Collection[int] | None = None
    known: Resource | None = None


def edit(
    connection: Connection, context: Context, edits: Sequence[Editing]
) -> list[Resource | Exception]:
    """
    Of each what it led to or why it was refused: `NotFound`, `Stale` (RFC 7644 §3.14), `Taken`,
    or what its `edit` raises. One that changes nothing writes nothing: version and lastModified
    stay.

    Reads, edits, and writes if the version is still the one that was read; of two writers at once
    the later one edits what the earlier one left, and so do two edits of one user in `edits`. What
    is only known is as good for that, and for nothing else: who is not written is read.
    """
    ended: dict[int, Resource | Exception] = {}
    known = {one.user_id: one.known for one in edits if one.known is not None}
    for _ in range(_ATTEMPTS + len(edits)):
        turn: dict[DirectoryUserId, int] = {}
        for place, one in enumerate(edits):
            if place not in ended:
                turn.setdefault(one.user_id, place)
        if not turn:
            break
        present: dict[str, Resource] = dict(known.items())
        unknown = [user_id for user_id in turn if user_id not in known]
        if unknown:
            present |= directory_users.get_each(connection, context, unknown)
        wanted: list[tuple[int, Resource, Document]] = []
        for user_id, place in turn.items():
            outcome = _outcome(edits[place], present.get(user_id))
            if isinstance(outcome, Document):
                wanted.append((place, present[user_id], outcome))
            elif user_id not in known:
                ended[place] = outcome
        ended |= _written(connection, context, wanted)
        known = {}
    return [ended.get(place, Unavailable()) for place in range(len(edits))]


def _outcome(one: Editing, present: Resource | None) -> Resource | Document | Exception:
    if present is None:
        return NotFound("User", one.user_id)
    if one.if_version is not None and present.version not in one.if_version:
        return Stale("User")
    try:
        return one.edit(orjson.loads(present.text)) or present
    except Exception as error:  # noqa: BLE001 - the others in `edits` have nothing to do with it
        return error


def _written(
    connection: Connection, context: Context, wanted: Sequence[tuple[int, Resource, Document]]
) -> Mapping[int, Resource | Exception]:
    """Of those that were still in the version that was edited."""
    if not wanted:
        return {}
    rows = [
        {"id": present.id, "version": present.version, **_columns(document)}
        for _, present, document in wanted
    ]
    done = write_each(partial(directory_users.update, connection, context), rows)
    moment = rfc3339(context.now)
    return {
        place: outcome
        if isinstance(outcome, Exception)
        else present._replace(
            text=document.text,
            version=present.version + 1,
            updated_at=moment,
            references=outcome,
        )
        for (place, present, document), outcome in zip(wanted, done, strict=True)
        if outcome is not None
    }


def delete(
    connection: Connection,
    context: Context,
    user_id: DirectoryUserId,
    *,
    if_version: Collection[int] | None,
) -> None:
    """In a transaction: the user goes, then leaves every group. Raises `NotFound`, `Stale`."""
    if not directory_users.delete(connection, context, user_id, if_version):
        if directory_users.get(connection, context, user_id, with_references=False) is None:
            raise NotFound("User", user_id)
        raise Stale("User")
    groups = directory_group_members.lock_groups_of(connection, context, user_id)
    directory_group_members.leave(connection, context, user_id, groups)


def _columns(document: Document) -> dict[str, Any]:
    """What is looked up, joined or shown without opening the document."""
    tree = document.tree
    user_name = tree["userName"]
    name = tree.get("name") or {}
    return {
        "user_name": user_name,
        "user_name_folded": fold(user_name),
        "external_id": tree.get("externalId"),
        "active": tree.get("active"),
        "email": _email(tree),
        "display_name": tree.get("displayName") or name.get("formatted"),
        "given_name": name.get("givenName"),
        "family_name": name.get("familyName"),
        "document": document.text,
        "search": orjson.Fragment(document.search),
    }


def _email(tree: Mapping[str, Any]) -> str | None:
    """The primary address, else the work one, else the first, else a userName that is one."""
    addresses = [entry for entry in tree.get("emails", ()) if entry.get("value")]
    ranked = sorted(
        addresses,
        key=lambda entry: (
            not entry.get("primary", False),
            str(entry.get("type", "")).lower() != "work",
        ),
    )
    if ranked:
        return str(ranked[0]["value"])
    user_name = str(tree["userName"])
    return user_name if "@" in user_name else None
