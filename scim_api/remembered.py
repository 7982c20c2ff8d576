"""
What a web process remembers for a moment: the users whom it has told of, and how many resources a
listing has.
"""

import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

from provisioning.ids import DIRECTORY_USER, is_of
from provisioning.store.resources import Resource

REMEMBERED_SECONDS = 10.0
_FILTER_CHARACTERS = 256
_DOCUMENT_BYTES = 4096

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


class Totals:
    """
    How many resources a listing has. Counting 100,000 people takes longer than reading a page of
    them, and a full import asks for a thousand pages: the ones behind the first are told what was
    counted for it.
    """

    def __init__(self) -> None:
        self._totals: Remembered[Listing, int] = Remembered(1000)

    def get(self, listing: Listing) -> int | None:
        """What was counted a moment ago."""
        return self._totals.get(listing)

    def put(self, listing: Listing, total: int) -> None:
        """What was counted now. Nobody shall fill memory with long filters."""
        if len(listing[2] or "") <= _FILTER_CHARACTERS:
            self._totals.put(listing, total)


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

    def put(self, directory_id: str, told: Resource) -> None:
        """As it was read, or written and committed; large users are not worth the memory."""
        is_user = is_of(told.id, DIRECTORY_USER)
        if is_user and sys.getsizeof(told.text) <= _DOCUMENT_BYTES:
            self._users.put((directory_id, told.id), told._replace(references=()))
