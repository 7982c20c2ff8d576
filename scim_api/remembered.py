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
_LISTINGS = 100
_DOCUMENT_BYTES = 4096

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

Listing = tuple[str, str | None]
"""Resource type, filter."""


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

    def forget(self, key: Key) -> None:
        """As if it had never been found."""
        with self._lock:
            self._values.pop(key, None)

    def __len__(self) -> int:
        return len(self._values)

    def _is_first_old(self, moment: float) -> bool:
        (_, until) = next(iter(self._values.values()))
        return until < moment and len(self._values) > 1


class Counted:
    """How many resources each listing of one directory has."""

    def __init__(self) -> None:
        self._totals: dict[Listing, int] = {}

    def get(self, listing: Listing) -> int | None:
        """What was counted a moment ago."""
        return self._totals.get(listing)

    def put(self, listing: Listing, total: int) -> None:
        """What was counted now. Nobody shall fill memory with filters."""
        if len(listing[1] or "") <= _FILTER_CHARACTERS and len(self._totals) < _LISTINGS:
            self._totals[listing] = total


class Totals:
    """
    Counting 100,000 people takes longer than reading a page of them, and a full import asks for a
    thousand pages: the ones behind the first are told what was counted for it.
    """

    def __init__(self) -> None:
        self._counted: Remembered[str, Counted] = Remembered(1000)

    def of(self, directory_id: str) -> Counted:
        """To be taken before one counts: a change meanwhile forgets it, and the count with it."""
        counted = self._counted.get(directory_id)
        if counted is None:
            counted = Counted()
            self._counted.put(directory_id, counted)
        return counted

    def forget(self, directory_id: str) -> None:
        """This process has changed something there: who wrote is told of what is there now."""
        self._counted.forget(directory_id)


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
