"""
One resource by its id, or by the name that a filter asks for: nine of ten requests of an IdP.
Those that came at once are one statement.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from provisioning.errors import NotFound
from provisioning.store.engine import outcomes, reading
from provisioning.store.resources import Resource
from scim_api import conditions, rendering
from scim_api.kinds import Kind
from scim_api.messages import Request, Response
from scim_api.protocol.filters import parse_filter, plain_lookup, single_lookup
from scim_api.protocol.projection import Projection
from scim_api.rendering import Page
from scim_api.sharing import Answer, each


class _Key(NamedTuple):
    """A column, and whether who is found is read with what refers to it."""

    column: str
    with_references: bool


@dataclass(frozen=True, slots=True)
class _Sought:
    """`value` in one of the keys."""

    key: _Key
    value: str
    projection: Projection | None


_Tell = Callable[[Kind, Request, _Sought, Resource | None], Response]


def read(kind: Kind, requests: Sequence[Request]) -> Sequence[Answer]:
    """An inactive user is answered like any other: Okta and Entra look before they create."""
    return each(requests, partial(_by_id, kind), partial(_told, kind, _one))


def look_up(kind: Kind, requests: Sequence[Request]) -> Sequence[Answer]:
    """Of filters that `is_lookup`. No hit is 200 with an empty list: see `listings.search`."""
    return each(requests, partial(_by_filter, kind), partial(_told, kind, _list))


def look_up_alone(kind: Kind, request: Request) -> Response:
    """For a filter that means the same and is written in another way. Raises its refusal."""
    (answer,) = look_up(kind, [request])
    if isinstance(answer, Exception):
        raise answer
    return answer


def is_lookup(kind: Kind, query: Mapping[str, str]) -> bool:
    """Whether the whole filter asks for one resource by a key, in the plainest form."""
    name = plain_lookup(query.get("filter", ""))
    return name is not None and name.lower() in {key.lower() for key in kind.keys}


def _by_id(kind: Kind, request: Request) -> _Sought:
    return _sought(kind, request, "id", request.resource_id)


def _by_filter(kind: Kind, request: Request) -> _Sought:
    lookup = single_lookup(
        kind.resource_type, parse_filter(kind.resource_type, request.query["filter"])
    )
    if lookup is None:
        raise AssertionError("no lookup")
    name, value = lookup
    return _sought(kind, request, kind.keys[name], value)


def _sought(kind: Kind, request: Request, column: str, value: str) -> _Sought:
    projection = conditions.projection(request, kind.resource_type)
    with_references = projection is None or projection.wants(kind.references)
    return _Sought(_Key(column, with_references), value, projection)


def _told(kind: Kind, tell: _Tell, wanted: Sequence[tuple[Request, _Sought]]) -> Sequence[Answer]:
    if not wanted:
        return []
    (first, _) = wanted[0]
    values: defaultdict[_Key, set[str]] = defaultdict(set)
    for _, sought in wanted:
        values[sought.key].add(sought.value)
    with reading(first.engine) as connection:
        found = {
            key: kind.get_each(connection, first.context, [*sought], **key._asdict())
            for key, sought in values.items()
        }
    return outcomes(
        lambda one: tell(kind, *one),
        [(request, sought, found[sought.key].get(sought.value)) for request, sought in wanted],
    )


def _one(kind: Kind, request: Request, sought: _Sought, stored: Resource | None) -> Response:
    if stored is None:
        raise NotFound(kind.resource_type.name, request.resource_id)
    if conditions.is_unmodified(request, stored):
        return Response(304, headers=(rendering.etag(stored),), told=stored)
    return rendering.answer(200, kind.resource_type, stored, request.base_url, sought.projection)


def _list(kind: Kind, request: Request, sought: _Sought, stored: Resource | None) -> Response:
    paging = conditions.paging(request, kind.prefix)
    total = 0 if stored is None else 1
    shown = [stored] if stored is not None and paging.shows_alone(stored.id) else []
    return rendering.page(
        kind.resource_type,
        Page(shown, total, paging.start_index),
        request.base_url,
        sought.projection,
        told=stored,
    )
