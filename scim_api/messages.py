"""A request and a response of the SCIM endpoint, apart from the server that carries them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

import orjson
from sqlalchemy import Engine

from provisioning.context import Context
from provisioning.store.resources import Resource
from scim_api.protocol.errors import ScimError
from scim_api.remembered import Seen, Totals

MEDIA_TYPE = b"application/scim+json"
"""Without a charset: JSON has none (RFC 8259 §11), and one conformance suite insists."""


PLAIN_MEDIA_TYPE = b"application/json"


def media_type(headers: Mapping[bytes, bytes]) -> bytes:
    """
    RFC 7644 §3.8: what the client accepts. Plain JSON only for who asks for it by name (OneLogin):
    Entra's validator stops on it, and sends no Accept at all.
    """
    accept = headers.get(b"accept", b"").lower()
    return (
        PLAIN_MEDIA_TYPE if PLAIN_MEDIA_TYPE in accept and MEDIA_TYPE not in accept else MEDIA_TYPE
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`base_url` is the directory's SCIM base URL; header names are lower-case."""

    engine: Engine
    totals: Totals
    seen: Seen
    context: Context
    base_url: str
    resource_id: str
    query: Mapping[str, str]
    headers: Mapping[bytes, bytes]
    body: bytes

    def header(self, name: bytes) -> str | None:
        """Its value, or None."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")


_LISTS = (b"accept", b"if-match", b"if-none-match")


def of_lines(lines: Collection[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """RFC 9110 §5.3: several lines of a list are one, with commas between them."""
    headers = dict(lines)
    if len(headers) < len(lines):
        for name in headers.keys() & _LISTS:
            headers[name] = b", ".join(value for key, value in lines if key == name)
    return headers


@dataclass(frozen=True, slots=True)
class Response:
    """
    `changed` says that something was committed which the workers should look at, `told` which
    resource the answer is about, if it is one.
    """

    status: int
    body: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    changed: bool = field(default=False, kw_only=True)
    told: Resource | None = field(default=None, kw_only=True)


def json_response(status: int, value: Any, *headers: tuple[bytes, bytes]) -> Response:
    """Any message that is not a stored resource."""
    return Response(status, orjson.dumps(value), headers)


def error_response(error: ScimError, *headers: tuple[bytes, bytes]) -> Response:
    """Every failure is SCIM JSON: Okta cannot parse plain text."""
    return json_response(error.status, error.body(), *headers)


def parse_query(raw: bytes) -> dict[str, str]:
    """
    Of a repeated key the first value counts. Unknown keys stay, and nobody asks for them: Entra
    forwards the query of the tenant URL (`?aadOptscim062020`).
    """
    query: dict[str, str] = {}
    for part in filter(None, raw.decode("latin-1").split("&")):
        name, _, value = part.partition("=")
        query.setdefault(_unquoted(name), _unquoted(value))
    return query


def _unquoted(text: str) -> str:
    text = text.replace("+", " ")
    if "%" not in text:
        return text
    # `unquote` looks for the runs of ASCII first, at twice the price.
    return unquote_to_bytes(text).decode(errors="replace") if text.isascii() else unquote(text)
