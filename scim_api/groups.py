"""/Groups. Members are rows: a change of membership is a delta, whatever the size of the group."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from provisioning import directory_groups
from provisioning.context import Context
from provisioning.directory_groups import BODY_LIMIT_MEMBERS, Joining
from provisioning.documents import Document
from provisioning.errors import NotFound
from provisioning.ids import DirectoryGroupId
from provisioning.member_changes import MemberChange
from provisioning.store import directory_group_members
from provisioning.store import directory_groups as store
from provisioning.store.engine import outcomes, statement, transaction, write_each
from scim_api import conditions, rendering
from scim_api.messages import Request, Response
from scim_api.protocol import documents, group_patch, patch
from scim_api.protocol.group_patch import GroupChange
from scim_api.protocol.projection import Projection
from scim_api.protocol.schema import GROUP
from scim_api.protocol.syntax import parse_object
from scim_api.sharing import MAX_BYTES, Answer, at_once, each

_TAKES_AWAY = re.compile(rb'"\s*(replace|remove|delete)', re.IGNORECASE)


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


def may_be_large(_body: bytes) -> bool:
    """Whether its answer takes long: a group may have 100,000 members."""
    return True


def may_take_long(body: bytes) -> bool:
    """Whether a PATCH may be more than a few additions: who leaves may be 100,000."""
    return len(body) > MAX_BYTES or _TAKES_AWAY.search(body) is not None


def modify(requests: Sequence[Request]) -> Sequence[Answer]:
    """
    PATCH. Members that are only added are a statement for all; anything else holds the group's row.

    Answers 200 with the group, but 204 to a client that accepts nothing in particular (Entra sends
    no Accept header, and Microsoft asks for 204) and for large groups.
    """
    return each(requests, _modification, _modify_each)


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


@dataclass(frozen=True, slots=True)
class _Modification:
    group_id: DirectoryGroupId
    change: GroupChange
    projection: Projection | None
    if_version: frozenset[int] | None

    @property
    def added(self) -> tuple[str, ...]:
        """Who joins, if that is all."""
        return self._delta.added

    @property
    def removed(self) -> tuple[str, ...]:
        """Who leaves, if that is all."""
        return self._delta.removed

    @property
    def _delta(self) -> MemberChange:
        members = self.change.members
        if members is None or self.change.operations or self.if_version is not None:
            return MemberChange()
        return members if members.is_delta else MemberChange()


def _modification(request: Request) -> _Modification:
    return _Modification(
        DirectoryGroupId(request.resource_id),
        group_patch.split(patch.parse(parse_object(request.body))),
        conditions.projection(request, GROUP),
        conditions.if_version(request),
    )


def _modify_each(wanted: Sequence[tuple[Request, _Modification]]) -> Sequence[Answer]:
    joining = [pair for pair in wanted if pair[1].added]
    joined = iter(at_once(_add, _joined, joining))
    others = [pair for pair in wanted if not pair[1].added]
    changed = iter(outcomes(lambda pair: _modify(*pair), others))
    return [next(joined if one.added else changed) for _, one in wanted]


def _add(
    connection: Connection, context: Context, wanted: Sequence[_Modification]
) -> Sequence[_Modification | Exception]:
    def add(some: Sequence[_Modification]) -> Sequence[_Modification]:
        joining = [Joining(one.group_id, one.added) for one in some]
        directory_groups.add_members(connection, context, joining)
        return some

    return write_each(add, wanted)


def _joined(
    connection: Connection, request: Request, wanted: _Modification, _: _Modification
) -> Response:
    return _changed(connection, request, wanted.projection)


def _modify(request: Request, wanted: _Modification) -> Response:
    if wanted.removed:
        with statement(request.engine) as connection:
            directory_groups.remove_members(
                connection, request.context, wanted.group_id, wanted.removed
            )
            return _changed(connection, request, wanted.projection)
    operations = wanted.change.operations

    def edit(present: dict[str, Any]) -> Document | None:
        changed = patch.apply(GROUP, present, operations)
        return None if changed == present else rendering.document(GROUP, changed)

    with transaction(request.engine) as connection:
        directory_groups.change(
            connection,
            request.context,
            wanted.group_id,
            edit if operations else None,
            wanted.change.members,
            if_version=wanted.if_version,
        )
        return _changed(connection, request, wanted.projection)


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
