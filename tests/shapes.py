"""
What a JSON value may hold, as dotted paths: told by the OpenAPI document, by a sample, and by a
dataclass that is read of it.

`policies.seat_limit` is a member, `data[].id` one of each item; `name?` may be null, and
`type=okta` is a value that is allowed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

Document = Mapping[str, Any]


def of_schema(document: Document, schema: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Of a schema of the document, whichever choice it leaves."""
    schema = resolved(document, schema)
    for choices in ("anyOf", "oneOf"):
        for choice in schema.get(choices, ()):
            yield from of_schema(document, choice, path)
    if schema.get("type") == "null":
        yield f"{path}?"
        return
    if path:
        yield path
    for value in (*schema.get("enum", ()), *(("const" in schema) * [schema.get("const")])):
        yield f"{path}={value}"
    for name, member in schema.get("properties", {}).items():
        yield from of_schema(document, member, _joined(path, name))
    if "items" in schema:
        yield from of_schema(document, schema["items"], f"{path}[]")


def resolved(document: Document, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Without references."""
    while "$ref" in schema:
        found: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return schema


def of_kind(kind: Any, path: str = "") -> Iterator[str]:
    """Of a dataclass. Its `etag` is a header, no member."""
    if isinstance(kind, UnionType):
        (kind,) = (one for one in get_args(kind) if one is not NoneType)
        yield f"{path}?"
    if path:
        yield path
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        for one in fields(kind):
            if one.name != "etag":
                yield from of_kind(hints[one.name], _joined(path, one.name))
    elif get_origin(kind) is tuple:
        yield from of_kind(get_args(kind)[0], f"{path}[]")


class Choice(str):
    """One of the values that a parameter may have, all of which are tried."""

    __slots__ = ()


def of_sample(value: Any, path: str = "") -> Iterator[str]:
    """Of what was sent."""
    if path:
        yield path
    if isinstance(value, Choice):
        yield f"{path}={value}"
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield from of_sample(member, _joined(path, name))
    if isinstance(value, list):
        for item in value:
            yield from of_sample(item, f"{path}[]")


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
