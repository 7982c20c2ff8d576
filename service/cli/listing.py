"""Lists that the API gives in pages, and the command line whole."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from provisioning.store.pages import Cut, Page

_PAGE = 1000

Item = TypeVar("Item")


def everything(read: Callable[[Cut], Page[Item]]) -> Iterator[Item]:
    """A page at a time."""
    cut = Cut(limit=_PAGE)
    while True:
        found = read(cut)
        yield from found.items
        if found.after is None:
            return
        cut = Cut(limit=_PAGE, after=found.after)
