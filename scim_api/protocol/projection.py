"""`attributes` and `excludedAttributes` (RFC 7644 §3.9): the part of a resource one returns."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from scim_api.protocol import paths
from scim_api.protocol.schema import ResourceType

# Entra asks for `emails[type eq "work"].value`; what is between the brackets selects no attribute.
_FILTER = re.compile(r'\[(?:[^\]"]|"(?:[^"\\]|\\.)*")*\]')

Names = dict[str, "Names"]
"""Canonical names, with those below; an empty one means everything below."""
_Part = Callable[[Mapping[str, Any], Names], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Projection:
    """The attributes that an answer holds, or those that it leaves out."""

    names: Names
    excluding: bool

    @classmethod
    def parse(
        cls, resource_type: ResourceType, attributes: str | None, excluded: str | None
    ) -> "Projection | None":
        """
        What the two query parameters ask for; None: the default set.

        Unknown names are ignored. RFC 7644 §3.9 allows one of the two; `attributes` wins. What is
        always returned is added to the one and taken from the other (§3.9, RFC 7643 §2.2).
        """
        always = [a.name for a in resource_type.attributes.values() if a.returned == "always"]
        if attributes and attributes.strip():
            names = _names(resource_type, attributes) | {name: {} for name in always}
            return cls(names, excluding=False)
        if excluded and excluded.strip():
            names = _names(resource_type, excluded)
            return cls({n: sub for n, sub in names.items() if n not in always}, excluding=True)
        return None

    def wants(self, name: str) -> bool:
        """Whether the top-level attribute of that canonical name is returned, at least in part."""
        return bool(self.names.get(name, True)) if self.excluding else name in self.names

    def apply(self, resource: Mapping[str, Any]) -> dict[str, Any]:
        """The part of a whole resource (canonical names) that is returned."""
        part = _without if self.excluding else _only
        returned = part(resource, self.names)
        return {name: value for name, value in returned.items() if value not in ({}, [])}


def _names(resource_type: ResourceType, text: str) -> Names:
    names: Names = {}
    for name in _FILTER.sub("", text).split(","):
        path = paths.find(resource_type, name)
        if path is not None and path.attribute is not None:
            subs = () if path.sub is None else (path.sub.name,)
            containers = () if path.urn is None else (path.urn,)
            _add(names, (*containers, path.attribute.name, *subs))
        elif path is not None and path.urn is not None:
            _add(names, (path.urn,))
    return names


def _add(names: Names, parts: tuple[str, ...]) -> None:
    head, *rest = parts
    if not rest:
        names[head] = {}
    elif names.get(head, True):  # not all of it is named already
        _add(names.setdefault(head, {}), tuple(rest))


def _only(value: Mapping[str, Any], names: Names) -> dict[str, Any]:
    return {
        name: found if not names[name] else _below(_only, found, names[name])
        for name, found in value.items()
        if name in names
    }


def _without(value: Mapping[str, Any], names: Names) -> dict[str, Any]:
    return {
        name: _below(_without, found, names[name]) if name in names else found
        for name, found in value.items()
        if names.get(name, True)
    }


def _below(part: _Part, value: Any, names: Names) -> Any:
    if isinstance(value, list):
        return [element for one in value if (element := part(one, names))]
    return part(value, names)
