"""/Users: what an IdP writes of people."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Connection

from provisioning import directory_users
from provisioning.context import Context
from provisioning.directory_users import Editing
from provisioning.documents import Document
from provisioning.ids import DirectoryUserId
from provisioning.store.engine import transaction, write_each
from provisioning.store.resources import Resource
from scim_api import conditions, rendering
from scim_api.messages import Request, Response
from scim_api.protocol import documents, patch
from scim_api.protocol.projection import Projection
from scim_api.protocol.schema import USER
from scim_api.protocol.syntax import parse_object
from scim_api.sharing import Answer, at_once, each

_Wanted = tuple[Document, Projection | None]
_Edit = tuple[Editing, Projection | None]


def create(requests: Sequence[Request]) -> Sequence[Answer]:
    """201, or 409 when the userName is in use (RFC 7644 §3.3)."""
    return each(requests, _newcomer, partial(at_once, _create, _created))


def replace(requests: Sequence[Request]) -> Sequence[Answer]:
    """
    PUT. Absent attributes are cleared (RFC 7644 §3.5.1), but for two: leaving out `active`, or
    saying null, does not let a suspended person in again, and leaving out `externalId` does not
    lose whom the IdP means.
    """
    return each(requests, _replacement, partial(at_once, _edit, _edited))


def modify(requests: Sequence[Request]) -> Sequence[Answer]:
    """
    PATCH answers 200 with the user (RFC 7644 §3.5.2). Who removes `active` does not read it back,
    as scim2-tester has it; the person stays as they are.
    """
    return each(requests, _modification, partial(at_once, _edit, _edited))


def delete(request: Request) -> Response:
    """204; a second time 404, as every IdP expects."""
    with transaction(request.engine) as connection:
        directory_users.delete(
            connection,
            request.context,
            DirectoryUserId(request.resource_id),
            if_version=conditions.if_version(request),
        )
    return Response(204, changed=True)


def _newcomer(request: Request) -> _Wanted:
    tree = documents.normalize(USER, parse_object(request.body))
    # Okta and Entra create without it when it is not mapped, and read it.
    tree.setdefault("active", True)
    return rendering.document(USER, tree), conditions.projection(request, USER)


def _create(
    connection: Connection, context: Context, wanted: Sequence[_Wanted]
) -> Sequence[Resource | Exception]:
    create = partial(directory_users.create, connection, context)
    return write_each(create, [document for document, _ in wanted])


def _created(_: Connection, request: Request, wanted: _Wanted, stored: Resource) -> Response:
    return rendering.answer(201, USER, stored, request.base_url, wanted[1], changed=True)


def _replacement(request: Request) -> _Edit:
    body = parse_object(request.body)
    tree = documents.normalize(USER, body)
    kept = [] if "active" in tree else ["active"]
    if "externalid" not in {name.lower() for name in body}:
        kept.append("externalId")
    return _editing(
        request,
        lambda present: {**tree, **{name: present[name] for name in kept if name in present}},
    )


def _modification(request: Request) -> _Edit:
    operations = patch.parse(parse_object(request.body))
    return _editing(request, lambda present: patch.apply(USER, present, operations))


def _editing(request: Request, change: Callable[[dict[str, Any]], dict[str, Any]]) -> _Edit:
    def edit(present: dict[str, Any]) -> Document | None:
        wanted = change(present)
        return None if wanted == present else rendering.document(USER, wanted)

    user_id = DirectoryUserId(request.resource_id)
    known = request.seen.get(request.context.directory_id, user_id)
    editing = Editing(user_id, edit, conditions.if_version(request), known)
    return editing, conditions.projection(request, USER)


def _edit(
    connection: Connection, context: Context, wanted: Sequence[_Edit]
) -> Sequence[Resource | Exception]:
    return directory_users.edit(connection, context, [editing for editing, _ in wanted])


def _edited(_: Connection, request: Request, wanted: _Edit, stored: Resource) -> Response:
    if conditions.wants_minimal(request):
        return Response(204, changed=True, told=stored)
    return rendering.answer(200, USER, stored, request.base_url, wanted[1], changed=True)
