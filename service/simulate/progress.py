"""How far a simulation has come."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """`done` of `total` in a phase: "people", "managers", "groups" or "changes"."""

    phase: str
    done: int
    total: int


OnProgress = Callable[[Progress], None]
"""Called on the event loop after every step: it should not dawdle."""
