"""
Attribute paths: `attr`, `attr.sub`, `attr[filter]`, `attr[filter].sub`, each after a URN or not.

One reading for the `path` of a PATCH operation (RFC 7644 §3.5.2), for the keys of a body and for
`attributes`; names and URNs are found whatever their case.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from provisioning.filters import All, Comparison, Predicate
from provisioning.folding import fold
from provisioning.quoting import quoted
from scim_api.protocol.errors import InvalidPath
from scim_api.protocol.filter_tokens import texts
from scim_api.protocol.filters import parse_value_filter
from scim_api.protocol.schema import ENTERPRISE_USER_URN, Attribute, ResourceType

_PATH = re.compile(
    r"(?P<name>\$?[a-z][\w-]*)\s*(?:\[(?P<filter>.*)\])?(?:\.(?P<sub>\$?[a-z][\w-]*))?",
    re.IGNORECASE | re.DOTALL | re.ASCII,
)
_CACHED_LENGTH = 256

# OneLogin's template still says so (the schema's name before the RFC).
_ALIASES = {
    "urn:scim:schemas:extension:enterprise:1.0": ENTERPRISE_USER_URN,
    "urn:scim:schemas:extension:enterprise:2.0": ENTERPRISE_USER_URN,
}


@dataclass(frozen=True, slots=True)
class Path:
    """Where in a resource something is; without an attribute the extension, or all of it."""

    urn: str | None
    """Of the extension that holds the attribute, in the RFC's case; None: the core schema."""
    attribute: Attribute | None
    sub: Attribute | None = None
    filter: Predicate | None = None
    template: Mapping[str, Any] | None = None
    """What an element must hold to satisfy `filter`; None: more than an `and` of `eq` is asked."""

    @property
    def read_only(self) -> bool:
        """Whether clients may not write here."""
        outer, inner = self.attribute, self.sub
        return (outer is not None and outer.mutability == "readOnly") or (
            inner is not None and inner.mutability == "readOnly"
        )


def parse(resource_type: ResourceType, text: str) -> Path:
    """
    The path that `text` is.

    Raises:
        InvalidPath: malformed, or no attribute has that name: what cannot be kept is never
            answered with success.
        InvalidFilter: the filter in it is refused.
    """
    found = _resolve(resource_type, text)
    if isinstance(found, str):
        raise InvalidPath(found)
    return found


def find(resource_type: ResourceType, text: str) -> Path | None:
    """As `parse`, but None where there is no such attribute."""
    found = _resolve(resource_type, text)
    return None if isinstance(found, str) else found


def _resolve(resource_type: ResourceType, text: str) -> Path | str:
    if len(text) <= _CACHED_LENGTH:
        return _cached(resource_type, text)
    return _read(resource_type, text)


@lru_cache(maxsize=2048)
def _cached(resource_type: ResourceType, text: str) -> Path | str:
    return _read(resource_type, text)


def _read(resource_type: ResourceType, text: str) -> Path | str:
    """A sentence where `text` is no path: an exception would not stay in the cache."""
    urn, rest = _split_urn(resource_type, text.strip())
    if urn is not None and not rest:
        return Path(None if urn == resource_type.core.id else urn, None)
    match = _PATH.fullmatch(rest)
    if match is None:
        return f"{quoted(text)} is not an attribute path"
    for container, attributes in _scopes(resource_type, urn):
        if attribute := attributes.get(match["name"].lower()):
            return _inside(resource_type, container, attribute, match)
    return f"{resource_type.name} has no attribute {quoted(text)}"


def _split_urn(resource_type: ResourceType, text: str) -> tuple[str | None, str]:
    """The schema's URN where `text` begins with one, and the rest."""
    lowered = text.lower()
    if not lowered.startswith("urn:"):
        return None, text
    ours = {s.id.lower(): s.id for s in (resource_type.core, *resource_type.extensions)}
    for prefix, urn in (ours | _ALIASES).items():
        if lowered == prefix or lowered.startswith(prefix + ":"):
            return urn, text[len(prefix) + 1 :]
    return None, text


def _scopes(
    resource_type: ResourceType, urn: str | None
) -> Iterator[tuple[str | None, Mapping[str, Attribute]]]:
    if urn is None or urn == resource_type.core.id:
        yield None, resource_type.attributes
    for schema in resource_type.extensions:
        # Without a URN too: Entra's tutorial patches a bare `manager` and `department`.
        if urn is None or urn == schema.id:
            yield schema.id, schema.attributes


def _inside(
    resource_type: ResourceType, urn: str | None, attribute: Attribute, match: re.Match[str]
) -> Path | str:
    """What the rest of the path selects of `attribute`."""
    sub = None
    if match["sub"] is not None:
        sub = attribute.sub_attributes.get(match["sub"].lower())
        if sub is None:
            return f"{attribute.path} has no sub-attribute {quoted(match['sub'])}"
    if match["filter"] is None:
        return Path(urn, attribute, sub)
    if not attribute.multi_valued or not attribute.sub_attributes:
        return f"{attribute.path} has no values that a filter could select"
    predicate = parse_value_filter(resource_type, attribute, match["filter"])
    return Path(urn, attribute, sub, predicate, _template(predicate, match["filter"]))


def _template(predicate: Predicate, text: str) -> Mapping[str, Any] | None:
    comparisons = predicate.parts if isinstance(predicate, All) else (predicate,)
    # The predicate holds folded text; what is stored is the text as the client sent it.
    sent = {fold(literal): literal for literal in texts(text)}
    template: dict[str, Any] = {}
    for comparison in comparisons:
        if not isinstance(comparison, Comparison) or comparison.operator != "eq":
            return None
        value = comparison.value
        template[comparison.target.path[-1]] = (
            sent.get(fold(value), value) if isinstance(value, str) else value
        )
    return template
