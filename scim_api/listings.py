"""Pages of those that match a filter, or of all. Users and Groups are listed alike."""

from collections.abc import Sequence

from sqlalchemy import Connection

from provisioning.filters import Predicate
from provisioning.store.engine import reading
from provisioning.store.resources import Resource
from scim_api import conditions, lookups, rendering
from scim_api.conditions import Paging
from scim_api.kinds import Kind
from scim_api.messages import Request, Response
from scim_api.protocol.filters import parse_filter, single_lookup
from scim_api.protocol.projection import Projection
from scim_api.remembered import Listing
from scim_api.rendering import Page


def search(kind: Kind, request: Request) -> Response:
    """No hit is 200 with an empty list: a 404 sends Entra into quarantine."""
    text = request.query.get("filter")
    predicate = None if text is None else parse_filter(kind.resource_type, text)
    lookup = None if predicate is None else single_lookup(kind.resource_type, predicate)
    if lookup is not None and lookup[0] in kind.keys:
        return lookups.look_up_alone(kind, request)
    paging = conditions.paging(request)
    projection = conditions.projection(request, kind.resource_type)
    listing = (request.context.directory_id, kind.resource_type.name, text)
    with reading(request.engine) as connection:
        resources = _resources(connection, kind, request, listing, predicate, paging, projection)
        total = _total(connection, kind, request, listing, predicate, paging, len(resources))
    return rendering.page(
        kind.resource_type,
        Page(resources, total),
        paging.start_index,
        request.base_url,
        projection,
    )


def _resources(
    connection: Connection,
    kind: Kind,
    request: Request,
    listing: Listing,
    predicate: Predicate | None,
    paging: Paging,
    projection: Projection | None,
) -> Sequence[Resource]:
    skipped = paging.start_index - 1
    after: str | None = ""
    if skipped:
        after = request.listings.last(listing, skipped) or kind.number(
            connection, request.context, predicate, skipped
        )
    if after is None or not paging.count:
        return []
    found = kind.page(
        connection,
        request.context,
        predicate,
        after=after,
        limit=paging.count,
        with_references=projection is None or projection.wants(kind.references),
    )
    if len(found) == paging.count:
        request.listings.end(listing, skipped + len(found), found[-1].id)
    return found


def _total(
    connection: Connection,
    kind: Kind,
    request: Request,
    listing: Listing,
    predicate: Predicate | None,
    paging: Paging,
    found: int,
) -> int:
    skipped = paging.start_index - 1
    seen = skipped + found
    if found < paging.count and (found or not skipped):
        return seen  # the end is on this page
    total = request.listings.total(listing) if skipped and found else None
    if total is None:
        total = kind.count(connection, request.context, predicate)
        request.listings.count(listing, total)
    return max(total, seen) if found else total
