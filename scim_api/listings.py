"""Pages of those that match a filter, or of all. Users and Groups are listed alike."""

from collections.abc import Callable, Sequence

from provisioning.store.engine import reading
from provisioning.store.resources import Resource
from scim_api import conditions, lookups, rendering
from scim_api.conditions import Paging
from scim_api.kinds import Kind
from scim_api.messages import Request, Response
from scim_api.protocol.filters import parse_filter, single_lookup
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
    with_references = projection is None or projection.wants(kind.references)
    with reading(request.engine) as connection:
        resources: Sequence[Resource] = ()
        if paging.count:
            resources = kind.page(
                connection,
                request.context,
                predicate,
                skipped=paging.skipped,
                limit=paging.count,
                with_references=with_references,
            )
        total = _total(
            request,
            (request.context.directory_id, kind.resource_type.name, text),
            paging,
            len(resources),
            lambda: kind.count(connection, request.context, predicate),
        )
    return rendering.page(
        kind.resource_type,
        Page(resources, total),
        paging.start_index,
        request.base_url,
        projection,
    )


def _total(
    request: Request, listing: Listing, paging: Paging, found: int, count: Callable[[], int]
) -> int:
    """Exact on the first page, and on one that is not full: the listing ends there."""
    seen = paging.skipped + found
    if found < paging.count and (found or not paging.skipped):
        return seen
    total = request.totals.get(listing) if paging.skipped and found else None
    if total is None:
        total = count()
        request.totals.put(listing, total)
    return max(total, seen) if found else total
