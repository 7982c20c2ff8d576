"""When a directory's losses are too many to be believed at once."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerPolicy:
    """
    More than `max_count` people, and more than `max_share` of those that the directory keeps
    active, lost within `window_seconds`: the rest is held, and the window is taken back.
    """

    enabled: bool = True
    max_count: int = 10
    max_share: float = 0.05
    window_seconds: int = 3600


MOST_PEOPLE = 1_000_000
"""That a `max_count` may be."""
DEFAULT = BreakerPolicy()
"""ADR-0028 says why these."""
