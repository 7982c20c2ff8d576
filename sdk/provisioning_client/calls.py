"""What a request is, and what its answer becomes: said once, for the client of either kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypedDict, TypeVar

import httpx

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """
    `path` begins after `/v1`; `read` makes of an answer's JSON and its ETag what is wanted.
    `done_when_gone`: after an attempt whose answer was lost, 404 says that it was done.
    """

    method: str
    path: str
    read: Callable[[Any, str | None], T]
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    done_when_gone: bool = False


class Paging(TypedDict, total=False):
    """
    Begins behind the one whose id is `after`, or is the page in front of `before` alone; `limit` is
    the size of a page.
    """

    after: str | None
    before: str | None
    limit: int | None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """`before` and `after` are the neighboring pages' cursors; None: there is none."""

    items: tuple[T, ...]
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Growth(Generic[T]):
    """Of a list that grows: the cursor behind an item, and the seconds until one looks again."""

    cursor: Callable[[T], str]
    pause: float


@dataclass(frozen=True, slots=True)
class Pages(Generic[T]):
    """A list, page by page; with `growth` it is not at its end where there is nothing more yet."""

    call: Call[Page[T]]
    growth: Growth[T] | None = None

    def behind(self, page: Page[T]) -> "Pages[T] | None":
        """What is left of the list."""
        if "before" in self.call.query:
            return None
        if page.after is not None:
            return self._after(page.after)
        if self.growth is not None and page.items:
            return self._after(self.growth.cursor(page.items[-1]))
        return None if self.growth is None else self

    def pause_behind(self, page: Page[T]) -> float | None:
        """Seconds until the next page is asked for, if not at once."""
        return None if self.growth is None or page.after is not None else self.growth.pause

    def _after(self, cursor: str) -> "Pages[T]":
        return replace(self, call=replace(self.call, query={**self.call.query, "after": cursor}))


def answered(call: Call[T], answer: httpx.Response) -> T:
    """Raises `KeyError`, `TypeError` or `ValueError` for an answer that is none of this API's."""
    return call.read(answer.json() if answer.content else None, answer.headers.get("etag"))
