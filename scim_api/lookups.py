"""Reading: one resource, or a page of those that match. Users and Groups are read alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from provisioning.errors import NotFound
from provisioning.store import directory_groups, directory_users
from provisioning.store.resources import Resource
from scim_api import conditions, rendering
from scim_api.conditions import Paging
from scim_api.messages import Request, Response
from scim_api.protocol.filters import parse_filter, plain_lookup, single_lookup
from scim_api.protocol.schema import GROUP, USER, ResourceType
from scim_api.rendering import Page


@dataclass(frozen=True, slots=True)
class Kind:
    """
    How one kind of resource is read. `references` is its attribute that is a join (and not read
    when nobody wants it); `keys` are the columns that hold at most one resource for a value.
    """

    resource_type: ResourceType
    get: Callable[..., Resource | None]
    page: Callable[..., list[Resource]]
    count: Callable[..., int]
    references: str
    keys: Mapping[str, str]


USERS = Kind(
    USER,
    directory_users.get,
    directory_users.page,
    directory_users.count,
    "groups",
    {"id": "id", "userName": "user_name_folded"},
)
GROUPS = Kind(
    GROUP,
    directory_groups.get,
    directory_groups.page,
    directory_groups.count,
    "members",
    {"id": "id", "displayName": "display_name_folded"},
)


_USER_KEYS = frozenset(name.lower() for name in USERS.keys)


def is_of_one_user(resource_id: str | None, query: Mapping[str, str]) -> bool:
    """
    Whether it is answered by one row, as nine of ten requests of an IdP are: those are not worth a
    thread each. A group may have 100,000 members.
    """
    asked = plain_lookup(query.get("filter", ""))
    return resource_id is not None or (asked is not None and asked.lower() in _USER_KEYS)


def read(kind: Kind, request: Request) -> Response:
    """An inactive user is answered like any other: Okta and Entra look before they create."""
    projection = conditions.projection(request, kind.resource_type)
    with request.reading() as connection:
        stored = kind.get(
            connection,
            request.context,
            request.resource_id,
            with_references=projection is None or projection.wants(kind.references),
        )
    if stored is None:
        raise NotFound(kind.resource_type.name, request.resource_id)
    if conditions.is_unmodified(request, stored):
        return Response(304, headers=(rendering.etag(stored),))
    return rendering.answer(200, kind.resource_type, stored, request.base_url, projection)


def search(kind: Kind, request: Request) -> Response:
    """No hit is 200 with an empty list: a 404 sends Entra into quarantine."""
    paging = conditions.paging(request)
    projection = conditions.projection(request, kind.resource_type)
    found = _find(kind, request, paging, projection is None or projection.wants(kind.references))
    return rendering.page(
        kind.resource_type, found, paging.start_index, request.base_url, projection
    )


def _find(kind: Kind, request: Request, paging: Paging, with_references: bool) -> Page:  # noqa: FBT001
    text = request.query.get("filter")
    predicate = None if text is None else parse_filter(kind.resource_type, text)
    lookup = None if predicate is None else single_lookup(kind.resource_type, predicate)
    with request.reading() as connection:
        if lookup is not None and lookup[0] in kind.keys:
            one = kind.get(
                connection,
                request.context,
                lookup[1],
                column=kind.keys[lookup[0]],
                with_references=with_references,
            )
            if one is None:
                return Page([], 0)
            return Page([one] if paging.start_index == 1 and paging.count else [], 1)
        offset = paging.start_index - 1
        resources = kind.page(
            connection,
            request.context,
            predicate,
            offset=offset,
            limit=paging.count,
            with_references=with_references,
        )
        seen = offset + len(resources)
        if len(resources) < paging.count and (resources or offset == 0):
            return Page(resources, seen)  # the end is on this page
        listing = (request.context.directory_id, kind.resource_type.name, text)
        total = request.totals.known(listing) if offset and resources else None
        if total is None:
            total = kind.count(connection, request.context, predicate)
            request.totals.remember(listing, total)
        return Page(resources, max(total, seen) if resources else total)
