"""
What a web process remembers for a moment: the users whom it has told of, and of listings how many
resources one has, and with whom its pages end.

Counting 100,000 people takes longer than reading a page of them, and so does skipping 50,000: a
full import asks for a thousand pages. Only pages behind the first are told a remembered total; the
first one, and the one on which the listing ends, are always exact. And a page goes on behind the
last one whom the page before has shown: who is deleted meanwhile pushes nobody over the edge.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

from provisioning.store.resources import Resource

REMEMBERED_SECONDS = 10.0
_FILTER_CHARACTERS = 256
_DOCUMENT_CHARACTERS = 4096

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

Listing = tuple[str, str, str | None]
"""Directory, resource type, filter."""


class Remembered(Generic[Key, Value]):
    """Of so many keys; the oldest are forgotten first, and all of them in the end."""

    def __init__(self, keys: int, *, seconds: float = REMEMBERED_SECONDS) -> None:
        self._keys = keys
        self._seconds = seconds
        self._lock = threading.Lock()
        self._values: OrderedDict[Key, tuple[Value, float]] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """What was found a moment ago."""
        value, until = self._values.get(key, (None, 0.0))
        return value if time.monotonic() < until else None

    def put(self, key: Key, value: Value) -> None:
        """What was found now."""
        moment = time.monotonic()
        with self._lock:
            self._values.pop(key, None)  # a key that is there would keep its place
            self._values[key] = value, moment + self._seconds
            while len(self._values) > self._keys or self._is_first_old(moment):
                self._values.popitem(last=False)

    def __len__(self) -> int:
        return len(self._values)

    def _is_first_old(self, moment: float) -> bool:
        (_, until) = next(iter(self._values.values()))
        return until < moment and len(self._values) > 1


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


class Seen:
    """
    The users whom a web process has told of a moment ago. An IdP looks at a user before it changes
    one; that the change then meets the version that was seen the database says, and nobody else.
    """

    def __init__(self) -> None:
        self._users: Remembered[tuple[str, str], Resource] = Remembered(5000)

    def get(self, directory_id: str, user_id: str) -> Resource | None:
        """Without the groups: those change without the user."""
        return self._users.get((directory_id, user_id))

    def put(self, directory_id: str, user: Resource) -> None:
        """As it was just read or written; large ones are not worth the memory."""
        if len(user.text) <= _DOCUMENT_CHARACTERS:
            self._users.put((directory_id, user.id), user._replace(references=()))


def _is_short(listing: Listing) -> bool:
    return len(listing[2] or "") <= _FILTER_CHARACTERS
