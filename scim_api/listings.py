"""Pages of those that match a filter, or of all. Users and Groups are listed alike."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from provisioning.filters import Predicate
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
    listing = (request.context.directory_id, kind.resource_type.name, text)
    asked = _Asked(kind, request, listing, predicate, paging)
    with reading(request.engine) as connection:
        resources = _resources(
            connection, asked, projection is None or projection.wants(kind.references)
        )
        total = _total(connection, asked, len(resources))
    return rendering.page(
        kind.resource_type,
        Page(resources, total),
        paging.start_index,
        request.base_url,
        projection,
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """A page of a listing."""

    kind: Kind
    request: Request
    listing: Listing
    predicate: Predicate | None
    paging: Paging

    @property
    def skipped(self) -> int:
        """How many are in front of the page."""
        return self.paging.start_index - 1


def _resources(
    connection: Connection,
    asked: _Asked,
    with_references: bool,  # noqa: FBT001
) -> Sequence[Resource]:
    request = asked.request
    after: str | None = ""
    if asked.skipped:
        after = request.listings.last(asked.listing, asked.skipped) or asked.kind.number(
            connection, request.context, asked.predicate, asked.skipped
        )
    if after is None or not asked.paging.count:
        return []
    found = asked.kind.page(
        connection,
        request.context,
        asked.predicate,
        after=after,
        limit=asked.paging.count,
        with_references=with_references,
    )
    if found:
        request.listings.end(asked.listing, asked.skipped + len(found), found[-1].id)
    return found


def _total(connection: Connection, asked: _Asked, found: int) -> int:
    listings = asked.request.listings
    seen = asked.skipped + found
    if found < asked.paging.count and (found or not asked.skipped):
        return seen  # the end is on this page
    total = listings.total(asked.listing) if asked.skipped and found else None
    if total is None:
        total = asked.kind.count(connection, asked.request.context, asked.predicate)
        listings.count(asked.listing, total)
    return max(total, seen) if found else total
