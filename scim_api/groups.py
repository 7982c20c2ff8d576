"""/Groups. Members are rows: a change of membership is a delta, whatever the size of the group."""

from typing import Any

from sqlalchemy import Connection

from provisioning import directory_groups
from provisioning.directory_groups import BODY_LIMIT_MEMBERS
from provisioning.documents import Document
from provisioning.errors import NotFound
from provisioning.ids import DirectoryGroupId
from provisioning.member_changes import MemberChange
from provisioning.store import directory_group_members
from provisioning.store import directory_groups as store
from provisioning.store.engine import statement, transaction
from scim_api import conditions, rendering
from scim_api.messages import Request, Response
from scim_api.protocol import documents, group_patch, patch
from scim_api.protocol.projection import Projection
from scim_api.protocol.schema import GROUP
from scim_api.protocol.syntax import parse_object


def create(request: Request) -> Response:
    """201, or 409 when the displayName is in use: Entra matches groups by it."""
    tree, member_ids = documents.normalize_group(parse_object(request.body))
    projection = conditions.projection(request, GROUP)
    document = rendering.document(GROUP, tree)
    unit = transaction if member_ids else statement
    with unit(request.engine) as connection:
        stored = directory_groups.create(connection, request.context, document, member_ids)
    return rendering.answer(201, GROUP, stored, request.base_url, projection, changed=True)


def replace(request: Request) -> Response:
    """
    PUT. A body that does not say `members`, or says null, leaves them: people leave a group by
    explicit instruction only, and clients rename groups this way.
    """
    body = parse_object(request.body)
    tree, member_ids = documents.normalize_group(body)
    projection = conditions.projection(request, GROUP)
    named = {name.lower() for name in body}
    membership = None
    if any(raw is not None and documents.is_members(name) for name, raw in body.items()):
        membership = MemberChange(replaced=True, added=member_ids)

    def edit(present: dict[str, Any]) -> Document | None:
        kept = {} if "externalid" in named else _external_id(present)
        wanted = {**tree, **kept}
        return None if wanted == present else rendering.document(GROUP, wanted)

    with transaction(request.engine) as connection:
        directory_groups.change(
            connection,
            request.context,
            DirectoryGroupId(request.resource_id),
            edit,
            membership,
            if_version=conditions.if_version(request),
        )
        return _changed(connection, request, projection)


def modify(request: Request) -> Response:
    """
    PATCH. A pure delta of members is one statement; anything else holds the group's row.

    Answers 200 with the group, but 204 to a client that accepts nothing in particular (Entra sends
    no Accept header, and Microsoft asks for 204) and for large groups.
    """
    change = group_patch.split(patch.parse(parse_object(request.body)))
    projection = conditions.projection(request, GROUP)
    version = conditions.if_version(request)
    group_id = DirectoryGroupId(request.resource_id)
    membership = change.members
    if membership is not None and membership.is_delta and not change.operations and version is None:
        with statement(request.engine) as connection:
            if membership.added:
                directory_groups.add_members(
                    connection, request.context, group_id, membership.added
                )
            else:
                directory_groups.remove_members(
                    connection, request.context, group_id, membership.removed
                )
            return _changed(connection, request, projection)

    def edit(present: dict[str, Any]) -> Document | None:
        wanted = patch.apply(GROUP, present, change.operations)
        return None if wanted == present else rendering.document(GROUP, wanted)

    with transaction(request.engine) as connection:
        directory_groups.change(
            connection,
            request.context,
            group_id,
            edit if change.operations else None,
            membership,
            if_version=version,
        )
        return _changed(connection, request, projection)


def delete(request: Request) -> Response:
    """204; its members stay, and lose what it gave them."""
    with transaction(request.engine) as connection:
        directory_groups.delete(
            connection,
            request.context,
            DirectoryGroupId(request.resource_id),
            if_version=conditions.if_version(request),
        )
    return Response(204, changed=True)


def _changed(connection: Connection, request: Request, projection: Projection | None) -> Response:
    """
    The answer to a change; what it says was read after the change, on the same connection. The
    change may be committed, so nothing of the request may be refused here.
    """
    group_id = DirectoryGroupId(request.resource_id)
    if conditions.wants_minimal(request):
        return Response(204, changed=True)
    if projection is None:
        if b"accept" not in request.headers:
            return Response(204, changed=True)
        limit = BODY_LIMIT_MEMBERS + 1
        if directory_group_members.count(connection, request.context, group_id, limit) == limit:
            return Response(204, changed=True)
    stored = store.get(
        connection,
        request.context,
        group_id,
        with_references=projection is None or projection.wants("members"),
    )
    if stored is None:
        raise NotFound("Group", group_id)
    return rendering.answer(200, GROUP, stored, request.base_url, projection, changed=True)


def _external_id(present: dict[str, Any]) -> dict[str, Any]:
    return {"externalId": present["externalId"]} if "externalId" in present else {}
