"""Reads the body of a request, and no more than a body may be."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from scim_api.protocol.errors import InvalidSyntax, TooMany

MAX_BODY_BYTES = 16 * 1024 * 1024
"""A full push of a group of 100,000 members is 9 MB."""


async def read_body(
    receive: Callable[[], Awaitable[MutableMapping[str, Any]]], headers: Mapping[bytes, bytes]
) -> bytes:
    """Raises `TooMany` (413) as soon as it is known to be too long, `InvalidSyntax` if cut off."""
    announced = headers.get(b"content-length", b"")
    if announced.isdigit() and int(announced) > MAX_BODY_BYTES:
        raise _too_long()
    parts: list[bytes] = []
    length = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise InvalidSyntax("the body ended early")
        part = message.get("body", b"")
        length += len(part)
        if length > MAX_BODY_BYTES:
            raise _too_long()
        parts.append(part)
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


def _too_long() -> TooMany:
    return TooMany(f"the body is longer than {MAX_BODY_BYTES} bytes")
