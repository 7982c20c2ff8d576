"""
How many resources a listing has, counted once for the listing and not once per page.

Counting 100,000 people takes longer than reading a page of them, and a full import asks for a
thousand pages. Only pages behind the first are told a remembered total; the first one, and the one
on which the listing ends, are always exact.
"""

import time
from collections import OrderedDict

REMEMBERED_SECONDS = 10.0
_LISTINGS = 1000
_FILTER_CHARACTERS = 256

Listing = tuple[str, str, str | None]
"""Directory, resource type, filter."""


class Totals:
    """One per web process."""

    def __init__(self) -> None:
        self._totals: OrderedDict[Listing, tuple[int, float]] = OrderedDict()

    def known(self, listing: Listing) -> int | None:
        """What was counted a moment ago."""
        total, until = self._totals.get(listing, (0, 0.0))
        return total if time.monotonic() < until else None

    def remember(self, listing: Listing, total: int) -> None:
        """What was counted now."""
        if len(listing[2] or "") > _FILTER_CHARACTERS:
            return
        self._totals[listing] = total, time.monotonic() + REMEMBERED_SECONDS
        while len(self._totals) > _LISTINGS:
            self._totals.popitem(last=False)
