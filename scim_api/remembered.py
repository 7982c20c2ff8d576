"""
What a web process remembers of listings, for a moment: how many resources one has, and with whom
its pages end.

Counting 100,000 people takes longer than reading a page of them, and so does skipping 50,000: a
full import asks for a thousand pages. Only pages behind the first are told a remembered total; the
first one, and the one on which the listing ends, are always exact. And a page goes on behind the
last one whom the page before has shown: who is deleted meanwhile pushes nobody over the edge.
"""

import time
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

REMEMBERED_SECONDS = 10.0
_FILTER_CHARACTERS = 256

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

Listing = tuple[str, str, str | None]
"""Directory, resource type, filter."""


class Remembered(Generic[Key, Value]):
    """Of so many keys, and the oldest are forgotten first."""

    def __init__(self, keys: int) -> None:
        self._keys = keys
        self._values: OrderedDict[Key, tuple[Value, float]] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """What was found a moment ago."""
        value, until = self._values.get(key, (None, 0.0))
        return value if time.monotonic() < until else None

    def put(self, key: Key, value: Value) -> None:
        """What was found now."""
        self._values[key] = value, time.monotonic() + REMEMBERED_SECONDS
        self._values.move_to_end(key)
        while len(self._values) > self._keys:
            self._values.popitem(last=False)


class Listings:
    """One per web process. Long filters are not remembered: nobody shall fill memory with them."""

    def __init__(self) -> None:
        self._totals: Remembered[Listing, int] = Remembered(1000)
        self._ends: Remembered[tuple[Listing, int], str] = Remembered(20_000)

    def total(self, listing: Listing) -> int | None:
        """How many there are."""
        return self._totals.get(listing)

    def count(self, listing: Listing, total: int) -> None:
        """So many there are now."""
        if _is_short(listing):
            self._totals.put(listing, total)

    def last(self, listing: Listing, number: int) -> str | None:
        """The id of the one who was shown in this place; the first is number 1."""
        return self._ends.get((listing, number))

    def end(self, listing: Listing, number: int, last: str) -> None:
        """A page ended in this place."""
        if _is_short(listing):
            self._ends.put((listing, number), last)


def _is_short(listing: Listing) -> bool:
    return len(listing[2] or "") <= _FILTER_CHARACTERS
