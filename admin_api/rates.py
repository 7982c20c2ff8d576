"""
How often each key has asked: a sliding window of a minute, counted by this process.

The `limits` package's windows weigh the minute before as a whole: what its `Retry-After` promises
may be refused, and counting took a fifth of a check.
"""

from collections import OrderedDict, deque
from dataclasses import dataclass, field

WINDOW_SECONDS = 60
_REMEMBERED = 10_000


@dataclass(slots=True)
class _Second:
    """`at` in seconds since 1970."""

    at: int
    requests: int


@dataclass(slots=True)
class _Counted:
    """What counts now, `total` in all; of seconds those with requests, the oldest first."""

    total: int = 0
    seconds: deque[_Second] = field(default_factory=deque)


@dataclass(frozen=True, slots=True)
class Rate:
    """`reset_at`, in seconds since 1970: when the oldest of what counts does so no more."""

    is_allowed: bool
    remaining: int
    reset_at: int


class Rates:
    """What was asked in the last sixty seconds counts; what was refused does not."""

    def __init__(self) -> None:
        self._counted: OrderedDict[str, _Counted] = OrderedDict()

    def hit(self, name: str, limit: int, moment: float) -> Rate:
        """One more request of `name`, `moment` in seconds since 1970; `limit` is of a minute."""
        counted = self._of(name)
        seconds, present = counted.seconds, int(moment)
        while seconds and seconds[0].at <= present - WINDOW_SECONDS:
            counted.total -= seconds.popleft().requests
        is_allowed = counted.total < limit
        if is_allowed:
            # A clock that was set back begins no second again.
            if not seconds or seconds[-1].at < present:
                seconds.append(_Second(present, 0))
            seconds[-1].requests += 1
            counted.total += 1
        remaining = max(0, limit - counted.total)
        return Rate(is_allowed, remaining, seconds[0].at + WINDOW_SECONDS)

    def _of(self, name: str) -> _Counted:
        counted = self._counted.get(name)
        if counted is None:
            counted = self._counted[name] = _Counted()
            while len(self._counted) > _REMEMBERED:
                self._counted.popitem(last=False)
        else:
            self._counted.move_to_end(name)
        return counted
