"""Pages of those that match a filter, or of all. Users and Groups are listed alike."""

from collections.abc import Sequence

from provisioning.store.engine import reading
from provisioning.store.resources import Resource
from scim_api import conditions, lookups, rendering
from scim_api.conditions import Paging
from scim_api.kinds import Kind
from scim_api.messages import Request, Response
from scim_api.protocol.filters import parse_filter, single_lookup
from scim_api.rendering import Page


def search(kind: Kind, request: Request) -> Response:
    """No hit is 200 with an empty list: a 404 sends Entra into quarantine."""
    text = request.query.get("filter")
    predicate = None if text is None else parse_filter(kind.resource_type, text)
    lookup = None if predicate is None else single_lookup(kind.resource_type, predicate)
    if lookup is not None and lookup[0] in kind.keys:
        return lookups.look_up_alone(kind, request)
    paging = conditions.paging(request, kind.prefix)
    projection = conditions.projection(request, kind.resource_type)
    listing = (kind.resource_type.name, text)
    counted = request.totals.of(request.context.directory_id)
    with reading(request.engine) as connection:
        shown: Sequence[Resource] = ()
        goes_on = False
        if paging.count:
            shown, goes_on = kind.page(
                connection,
                request.context,
                predicate,
                start=paging.start,
                limit=paging.count,
                with_references=projection is None or projection.wants(kind.references),
            )
        total = _known_total(counted.get(listing), paging, len(shown), goes_on=goes_on)
        if total is None:
            total = kind.count(connection, request.context, predicate)
            counted.put(listing, total)
    if shown:
        total = max(total, (paging.in_front or 0) + len(shown) + goes_on)
    return rendering.page(
        kind.resource_type,
        Page(shown, total, paging.start_index, shown[-1].id if goes_on else None),
        request.base_url,
        projection,
    )


def _known_total(counted: int | None, paging: Paging, shown: int, *, goes_on: bool) -> int | None:
    """
    What has not to be counted: a listing that is seen to its end, and one whose first page was
    counted a moment ago.
    """
    in_front = paging.in_front
    if paging.count and not goes_on and in_front is not None and (shown or not in_front):
        return in_front + shown
    return counted if in_front != 0 and shown else None
