"""
A SCIM filter after parsing: what is asked of a resource, every attribute known to exist.

The protocol makes these values from text, `provisioning.store.filters` makes SQL of them; neither
knows the other. Semantics (RFC 7644 §3.4.2.2): an absent attribute matches no comparison, not even
`ne`; a multi-valued attribute matches when any of its values does; a value path is true when ONE
element satisfies all of it. Two-valued: `not` of what does not match does.
"""

from dataclasses import dataclass
from typing import Literal, get_args

Operator = Literal["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]
COMPARISONS = frozenset(get_args(Operator))
Value = str | bool | int | float
Type = Literal[
    "string", "boolean", "decimal", "integer", "dateTime", "reference", "binary", "complex"
]


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
    """
    `target operator value`; comparison with null has become `Present` or its `Not`.

    Strings are folded where the attribute is not caseExact; a dateTime is RFC 3339 in UTC with
    six digits of fraction (`2026-11-21T08:00:00.000000Z`), so that text sorts as time does.
    """

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
    """`not (inner)`."""

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
