"""When what could not be done is tried again by itself."""

from datetime import timedelta

FIRST_RETRY = timedelta(minutes=1)
LAST_RETRY = timedelta(hours=6)


def retry_after(attempts: int) -> timedelta:
    """A minute after the first attempt, then twice as long each time, at most six hours."""
    doublings = min(attempts - 1, (LAST_RETRY // FIRST_RETRY).bit_length())
    return min(FIRST_RETRY * (1 << doublings), LAST_RETRY)
