"""JSON into frozen dataclasses. What a newer server says beyond them is ignored."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


def record(kind: type[T], found: Mapping[str, Any]) -> T:
    """A dataclass from an object. Raises `KeyError`, `TypeError` or `ValueError` for another."""
    known: Any = kind
    return kind(
        **{
            name: _value(hint, found[name])
            for name, (hint, optional) in _members(known).items()
            if name in found or not optional
        }
    )


@lru_cache
def _members(kind: Any) -> Mapping[str, tuple[Any, bool]]:
    """Name, type, and whether it has a default: those need not be in an answer."""
    hints = get_type_hints(kind)
    return {one.name: (hints[one.name], one.default is None) for one in fields(kind)}


def _value(kind: Any, found: Any) -> Any:
    if isinstance(kind, UnionType):
        if found is None:
            return None
        (kind,) = (one for one in get_args(kind) if one is not NoneType)
    if isinstance(kind, type) and is_dataclass(kind):
        return record(kind, found)
    if get_origin(kind) is tuple:
        return tuple(_value(get_args(kind)[0], one) for one in found)
    return datetime.fromisoformat(found) if kind is datetime else found
