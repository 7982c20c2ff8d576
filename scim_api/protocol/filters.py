"""
Filters as clients write them (RFC 7644 §3.4.2.2), checked against the schemas.

What is not understood is refused, never left out: a filter without one of its conditions answers
with people nobody asked for.
"""

import re
from functools import lru_cache

from provisioning.filters import Comparison, Predicate
from scim_api.protocol.filter_attributes import Found, Scope, find
from scim_api.protocol.filter_grammar import parse
from scim_api.protocol.filter_tokens import AttributePath
from scim_api.protocol.filter_values import compare
from scim_api.protocol.schema import GROUP, Attribute, ResourceType

# Clients repeat themselves: one lookup per person, then the same membership probes every cycle.
CACHED_FILTERS = 1024
CACHED_LENGTH = 256
"""Characters; longer texts are parsed each time, so that nobody can fill memory with them."""

# What every client asks before every create. The grammar would say the same, in ten times the time;
# a value with an escape, or with anything but printable ASCII, is left to it.
_LOOKUP = re.compile(r'([A-Za-z]\w{0,40}) eq "([ !#-\[\]-~]{1,200})"', re.ASCII)
_LOOKUPS = frozenset({"userName", "externalId", "id"})


def parse_filter(resource_type: ResourceType, text: str) -> Predicate:
    """Raises InvalidFilter naming the attribute or the place, and nothing else."""
    return _parse(resource_type, text)


def parse_value_filter(_resource_type: ResourceType, attribute: Attribute, text: str) -> Predicate:
    """
    What stands between the brackets of `emails[type eq "work"]`; targets start at the element.

    Raises InvalidFilter as parse_filter does.
    """
    return _parse(attribute, text)


def single_lookup(resource_type: ResourceType, predicate: Predicate) -> tuple[str, str] | None:
    """
    (attribute, value) where the whole filter asks for ONE resource by a key that is indexed.

    The attribute is userName, externalId, id, or displayName of groups; the value is folded as its
    column is.
    """
    if not isinstance(predicate, Comparison) or predicate.operator != "eq":
        return None
    name = predicate.target.path[0]
    if name in _LOOKUPS or (name == "displayName" and resource_type.name == GROUP.name):
        return name, str(predicate.value)
    return None


def plain_lookup(text: str) -> str | None:
    """The attribute, as it is written, that a filter of the plainest form compares; or None."""
    lookup = _LOOKUP.fullmatch(text)
    return None if lookup is None else lookup[1]


def _parse(scope: Scope, text: str) -> Predicate:
    lookup = _LOOKUP.fullmatch(text)
    if lookup is not None:
        return compare(_find(scope, lookup[1]), "eq", lookup[2])
    if len(text) < CACHED_LENGTH:
        return _cached(scope, text)
    return parse(text, scope)


@lru_cache(CACHED_FILTERS)
def _find(scope: Scope, name: str) -> Found:
    return find(scope, AttributePath(None, name, None))


@lru_cache(CACHED_FILTERS)
def _cached(scope: Scope, text: str) -> Predicate:
    return parse(text, scope)
