"""Bytes to JSON: what is no JSON, or would break what lies behind us, is refused here."""

from collections.abc import Iterator
from typing import Any

import orjson

from provisioning.quoting import shortened
from scim_api.protocol.errors import InvalidSyntax, InvalidValue

# RFC 7643 knows four levels (resource, extension, complex attribute, value); the rest is attack.
MAX_DEPTH = 32
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def parse_object(body: bytes) -> dict[str, Any]:
    """The JSON object that `body` is; see `parse_json`."""
    value = parse_json(body)
    if not isinstance(value, dict):
        raise InvalidSyntax("the body must be a JSON object")
    return value


def parse_json(body: bytes) -> Any:
    """
    The JSON value that `body` is. Of duplicate keys the last one counts.

    RFC 8259 §8.1: parsers "MAY ignore the presence of a byte order mark rather than treating it as
    an error". .NET's writers begin with one.

    Raises:
        InvalidSyntax: not JSON, not UTF-8, a lone surrogate, or nested deeper than `MAX_DEPTH`.
        InvalidValue: a string holds U+0000, which PostgreSQL cannot keep.
    """
    try:
        value = orjson.loads(body.removeprefix(_BYTE_ORDER_MARK))
    except orjson.JSONDecodeError as error:
        # Its position would count in another unit than the client's editor does.
        problem = str(error).partition(": line ")[0]
        raise InvalidSyntax(f"the body is not valid JSON: {problem}") from error
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH:
        _refuse_depth(value)
    # JSON has no raw U+0000; only this escape can bring one.
    if b"\\u0000" in body:
        for path in _nul_paths(value, ""):
            raise InvalidValue(shortened(path) or "the body", "U+0000 is not allowed in text")
    return value


def _refuse_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [
            child
            for parent in level
            if isinstance(parent, (dict, list))
            for child in (parent.values() if isinstance(parent, dict) else parent)
        ]
        if not level:
            return
    raise InvalidSyntax(f"the body nests deeper than {MAX_DEPTH} levels")


def _nul_paths(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, str):
        if "\0" in value:
            yield path
    elif isinstance(value, list):
        for element in value:
            yield from _nul_paths(element, path)
    elif isinstance(value, dict):
        for key, element in value.items():
            if "\0" in key:
                yield path
            yield from _nul_paths(element, f"{path}.{key}" if path else key)
