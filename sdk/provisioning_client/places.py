"""Where a request goes, and which requests can be made there."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote

from provisioning_client.calls import Call, Growth, Page, Pages
from provisioning_client.values import record

T = TypeVar("T")
Query = Mapping[str, Any]
Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """`path` begins after `/v1`. What is None in a query is left out, in a body it is null."""

    path: str

    def get(self, kind: type[T], query: Query | None = None) -> Call[T]:
        """Reads one thing."""
        return Call("GET", self.path, _one(kind), query=_wanted(query))

    def pages(self, kind: type[T], query: Query, growth: Growth[T] | None = None) -> Pages[T]:
        """Lists things."""

        def read(found: Any, _etag: str | None) -> Page[T]:
            cursors = found["list_metadata"]
            return Page(_several(kind)(found, None), cursors["before"], cursors["after"])

        return Pages(Call("GET", self.path, read, query=_wanted(query)), growth)

    def post(
        self, kind: type[T], body: Body | None = None, idempotency_key: str | None = None
    ) -> Call[T]:
        """
        Makes or does something, once: the attempts of one call carry one key. The caller's own
        `idempotency_key` also makes one thing of two calls, for instance after a restart.
        """
        return Call("POST", self.path, _one(kind), body=body, headers=_once(idempotency_key))

    def post_each(
        self, kind: type[T], body: Body, idempotency_key: str | None = None
    ) -> Call[tuple[T, ...]]:
        """As `post`, with an answer for each."""
        return Call("POST", self.path, _several(kind), body=body, headers=_once(idempotency_key))

    def act(self, body: Body | None = None) -> Call[None]:
        """A POST that gets no answer."""
        return Call("POST", self.path, _nothing, body=body, headers=_once(None))

    def ask(self, kind: type[T], body: Body) -> Call[T]:
        """A POST that does no harm twice: the server keeps no answer to it."""
        return Call("POST", self.path, _one(kind), body=body)

    def ask_each(self, kind: type[T], body: Body) -> Call[tuple[T, ...]]:
        """As `ask`, with an answer for each."""
        return Call("POST", self.path, _several(kind), body=body)

    def put(self, kind: type[T], body: Body | None = None) -> Call[T]:
        """Lets something be; twice is the same as once."""
        return Call("PUT", self.path, _one(kind), body=body)

    def patch(self, kind: type[T], body: Body, if_match: str | None = None) -> Call[T]:
        """Changes what `body` names; with an ETag in `if_match` only that version."""
        return Call("PATCH", self.path, _one(kind), body=body, headers=_condition(if_match))

    def delete(self, query: Query | None = None, if_match: str | None = None) -> Call[None]:
        """Ends something."""
        return Call(
            "DELETE",
            self.path,
            _nothing,
            query=_wanted(query),
            headers=_condition(if_match),
            done_when_gone=True,
        )

    def take(self, kind: type[T]) -> Call[T]:
        """Takes something away, and gets what is left."""
        return Call("DELETE", self.path, _one(kind))


def at(*parts: str) -> Place:
    """Of names and ids; what an id contains never makes another path."""
    return Place("".join(f"/{_segment(part)}" for part in parts))


def _segment(part: str) -> str:
    if part in {"", ".", ".."}:
        # HTTP clients and proxies resolve these: the request would go to another path.
        raise ValueError(f"{part!r} is no id")
    return quote(part, safe="")


def _one(kind: type[T]) -> Callable[[Any, str | None], T]:
    def read(found: Any, etag: str | None) -> T:
        return record(kind, {**found, "etag": etag})

    return read


def _several(kind: type[T]) -> Callable[[Any, str | None], tuple[T, ...]]:
    def read(found: Any, _etag: str | None) -> tuple[T, ...]:
        return tuple(record(kind, one) for one in found["data"])

    return read


def _nothing(_found: Any, _etag: str | None) -> None:
    return None


def _once(idempotency_key: str | None) -> dict[str, str]:
    return {"Idempotency-Key": idempotency_key or secrets.token_hex(16)}


def _condition(if_match: str | None) -> dict[str, str]:
    return {} if if_match is None else {"If-Match": if_match}


def _wanted(query: Query | None) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in (query or {}).items()
        if value is not None
    }
