"""What an IdP does with the Users of its directory: each function is one SCIM operation."""

from collections.abc import Callable, Collection, Mapping
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
from provisioning.store.resources import Resource

Edit = Callable[[dict[str, Any]], Document | None]
"""From the present tree to the wanted document; None when nothing would change."""

_ATTEMPTS = 20


def create(connection: Connection, context: Context, document: Document) -> Resource:
    """One statement on PostgreSQL. Raises `Taken` when the userName is in use, in any case."""
    user_id = DirectoryUserId(ids.new(ids.DIRECTORY_USER))
    directory_users.insert(connection, context, user_id, _columns(document))
    moment = rfc3339(context.now)
    return Resource(user_id, document.text, 1, moment, moment, ())


def edit(
    connection: Connection,
    context: Context,
    user_id: DirectoryUserId,
    change: Edit,
    *,
    if_version: Collection[int] | None,
) -> Resource:
    """
    PUT and PATCH. A change that changes nothing writes nothing: version and lastModified stay.

    Reads, edits, and writes if the version is still the one that was read; of two writers at once
    the later one edits what the earlier one left. Raises `NotFound`, `Stale` (RFC 7644 §3.14),
    `Taken`.
    """
    for _ in range(_ATTEMPTS):
        present = directory_users.get(connection, context, user_id)
        if present is None:
            raise NotFound("User", user_id)
        if if_version is not None and present.version not in if_version:
            raise Stale("User")
        document = change(orjson.loads(present.text))
        if document is None:
            return present
        columns = _columns(document)
        if directory_users.update(connection, context, user_id, present.version, columns):
            return Resource(
                user_id,
                document.text,
                present.version + 1,
                present.created_at,
                rfc3339(context.now),
                present.references,
            )
    raise Unavailable


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
    directory_group_members.leave_all(connection, context, user_id)


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
        "search": document.search,
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
