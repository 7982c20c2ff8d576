"""/Users: what an IdP writes of people."""

from typing import Any

from provisioning import directory_users
from provisioning.documents import Document
from provisioning.ids import DirectoryUserId
from provisioning.store.engine import statement, transaction
from scim_api import conditions, rendering
from scim_api.messages import Request, Response
from scim_api.protocol import documents, patch
from scim_api.protocol.schema import USER
from scim_api.protocol.syntax import parse_object


def create(request: Request) -> Response:
    """201, or 409 when the userName is in use (RFC 7644 §3.3)."""
    tree = documents.normalize(USER, parse_object(request.body))
    projection = conditions.projection(request, USER)
    with statement(request.engine) as connection:
        stored = directory_users.create(connection, request.context, rendering.document(USER, tree))
    return rendering.answer(201, USER, stored, request.base_url, projection, changed=True)


def replace(request: Request) -> Response:
    """
    PUT. Absent attributes are cleared (RFC 7644 §3.5.1), but for two: leaving out `active`, or
    saying null, does not let a suspended person in again, and leaving out `externalId` does not
    lose whom the IdP means.
    """
    body = parse_object(request.body)
    tree = documents.normalize(USER, body)
    kept = [] if "active" in tree else ["active"]
    if "externalid" not in {name.lower() for name in body}:
        kept.append("externalId")

    def edit(present: dict[str, Any]) -> Document | None:
        wanted = {**tree, **{name: present[name] for name in kept if name in present}}
        return None if wanted == present else rendering.document(USER, wanted)

    return _edit(request, edit)


def modify(request: Request) -> Response:
    """PATCH answers 200 with the user (RFC 7644 §3.5.2)."""
    operations = patch.parse(parse_object(request.body))

    def edit(present: dict[str, Any]) -> Document | None:
        wanted = patch.apply(USER, present, operations)
        return None if wanted == present else rendering.document(USER, wanted)

    return _edit(request, edit)


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


def _edit(request: Request, edit: directory_users.Edit) -> Response:
    # Whatever can be refused is, before anything is written.
    projection = conditions.projection(request, USER)
    with statement(request.engine) as connection:
        stored = directory_users.edit(
            connection,
            request.context,
            DirectoryUserId(request.resource_id),
            edit,
            if_version=conditions.if_version(request),
        )
    if conditions.wants_minimal(request):
        return Response(204, changed=True)
    return rendering.answer(200, USER, stored, request.base_url, projection, changed=True)
