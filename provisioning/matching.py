"""Whether a JSON object satisfies a predicate: the reading of RFC 7644 §3.4.2.2 without SQL."""

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from provisioning.filters import (
    All,
    AnyOf,
    Comparison,
    Not,
    Operator,
    Predicate,
    Present,
    Target,
    ValuePath,
)
from provisioning.folding import fold

_OPERATORS: Mapping[Operator, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "co": operator.contains,
    "sw": str.startswith,
    "ew": str.endswith,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


def matches(predicate: Predicate, element: Mapping[str, Any]) -> bool:
    """Whether `element`, of canonical names and values, satisfies `predicate`."""
    match predicate:
        case Comparison(target, name, value):
            compare = _OPERATORS[name]
            return any(compare(found, value) for found in _values(target, element))
        case Present(target):
            return any(True for _ in _values(target, element))
        case ValuePath(target, inner):
            return any(matches(inner, found) for found in _values(target, element))
        case Not(inner):
            return not matches(inner, element)
        case All(parts):
            return all(matches(part, element) for part in parts)
        case AnyOf(parts):
            return any(matches(part, element) for part in parts)


def _values(target: Target, element: Mapping[str, Any]) -> Iterator[Any]:
    found: list[Any] = [element]
    for name in target.path:
        found = [value for parent in found for value in _plain(parent.get(name))]
    for value in found:
        yield fold(value) if isinstance(value, str) and not target.case_exact else value


def _plain(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
