"""What a request is, and what its answer becomes: said once, for the client of either kind."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import httpx

from provisioning_client.values import record

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """`path` begins after `/v1`; `read` makes of an answer's JSON and its ETag what is wanted."""

    method: str
    path: str
    read: Callable[[Any, str | None], T]
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """`after` is where the next page begins; None: this is the last."""

    items: tuple[T, ...]
    after: str | None


@dataclass(frozen=True, slots=True)
class Pages(Generic[T]):
    """A list, page by page."""

    call: Call[Page[T]]

    def after(self, cursor: str) -> "Pages[T]":
        """The same list from there."""
        return Pages(replace(self.call, query={**self.call.query, "after": cursor}))


def path(*parts: str) -> str:
    """Of names and ids; what an id contains never makes another path."""
    return "".join(f"/{_segment(part)}" for part in parts)


def get(kind: type[T], where: str) -> Call[T]:
    """Reads one thing."""
    return Call("GET", where, _reading(kind))


def post(
    kind: type[T], where: str, body: Mapping[str, Any], idempotency_key: str | None = None
) -> Call[T]:
    """
    Makes or does something, once: the attempts of one call carry one key. The caller's own
    `idempotency_key` also makes one thing of two calls, for instance after a restart.
    """
    return Call("POST", where, _reading(kind), body=body, headers=_once(idempotency_key))


def act(where: str) -> Call[None]:
    """A POST that needs no words and gets no answer."""
    return Call("POST", where, _nothing, headers=_once(None))


def patch(
    kind: type[T], where: str, body: Mapping[str, Any], if_match: str | None = None
) -> Call[T]:
    """Changes what `body` names; with an ETag in `if_match` only that version."""
    return Call("PATCH", where, _reading(kind), body=body, headers=_condition(if_match))


def delete(
    where: str, query: Mapping[str, Any] | None = None, if_match: str | None = None
) -> Call[None]:
    """Ends something."""
    return Call("DELETE", where, _nothing, query=query or {}, headers=_condition(if_match))


def pages(kind: type[T], where: str, query: Mapping[str, Any]) -> Pages[T]:
    """Lists things; the filters of `query` that are None are left out."""

    def read(found: Any, _etag: str | None) -> Page[T]:
        items = tuple(record(kind, one) for one in found["data"])
        return Page(items, found["list_metadata"]["after"])

    wanted = {name: value for name, value in query.items() if value is not None}
    return Pages(Call("GET", where, read, query=wanted))


def answered(call: Call[T], answer: httpx.Response) -> T:
    """Raises `KeyError`, `TypeError` or `ValueError` for an answer that is none of this API's."""
    return call.read(answer.json() if answer.content else None, answer.headers.get("etag"))


def _reading(kind: type[T]) -> Callable[[Any, str | None], T]:
    def read(found: Any, etag: str | None) -> T:
        return record(kind, {**found, "etag": etag})

    return read


def _once(idempotency_key: str | None) -> dict[str, str]:
    return {"Idempotency-Key": idempotency_key or secrets.token_hex(16)}


def _nothing(_found: Any, _etag: str | None) -> None:
    return None


def _condition(if_match: str | None) -> dict[str, str]:
    return {} if if_match is None else {"If-Match": if_match}


def _segment(part: str) -> str:
    if part in {"", ".", ".."}:
        # HTTP clients and proxies resolve these: the request would go to another path.
        raise ValueError(f"{part!r} is no id")
    return quote(part, safe="")
