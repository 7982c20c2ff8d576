"""How long a client waits before it asks again."""

from dataclasses import dataclass

_UNREADABLE_SECONDS = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """
    Okta's: at most ten attempts, waits that double, five minutes when Retry-After is not an
    integer. Entra publishes no numbers of its own, so it is played with the same.
    """

    attempts: int = 10
    longest_seconds: float = 300.0

    def wait_seconds(self, retry_after: str | None, attempt: int) -> float:
        """The pause after the `attempt`-th try (1 is the first), given the header, if any."""
        if retry_after is None:
            asked = 1.0
        elif retry_after.strip().isascii() and retry_after.strip().isdecimal():
            asked = float(retry_after)
        else:
            asked = _UNREADABLE_SECONDS
        return min(asked * 2.0 ** (attempt - 1), self.longest_seconds)
