"""
A SCIM filter after parsing: what is asked of a resource, with every attribute already known to exist.

The protocol makes these values from text, `provisioning.store.filters` makes SQL of them; neither
knows the other. Semantics (RFC 7644 §3.4.2.2): an absent attribute matches no comparison, not even
`ne`; a multi-valued attribute matches when any of its values does; a value path is true when ONE
element satisfies all of it.
"""

from dataclasses import dataclass
from typing import Literal

Operator = Literal["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]
Value = str | bool | int | float | None
Type = Literal["string", "boolean", "decimal", "integer", "dateTime", "reference", "binary", "complex"]


@dataclass(frozen=True, slots=True)
class Target:
    """
    One attribute of a resource, resolved against its schema.

    `path` holds the canonical names: `("userName",)`, `("name", "familyName")`,
    `("emails", "value")`; of an extension the first is the schema URN:
    `("urn:…:enterprise:2.0:User", "manager", "value")`. Inside a value path it is relative to the
    element: `("type",)`.
    """

    path: tuple[str, ...]
    type: Type
    case_exact: bool
    multi_valued: bool
    """True when the first attribute of the path (after a URN) holds a list."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """`target operator value`; strings are folded already where the attribute is not caseExact."""

    target: Target
    operator: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class Present:
    """`target pr`: there is a non-empty value."""

    target: Target


@dataclass(frozen=True, slots=True)
class ValuePath:
    """`emails[type eq "work" and …]`: one element of `target` satisfies `inner`."""

    target: Target
    inner: "Predicate"


@dataclass(frozen=True, slots=True)
class Not:
    inner: "Predicate"


@dataclass(frozen=True, slots=True)
class All:
    """`and`; at least two."""

    parts: tuple["Predicate", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """`or`; at least two."""

    parts: tuple["Predicate", ...]


Predicate = Comparison | Present | ValuePath | Not | All | AnyOf
