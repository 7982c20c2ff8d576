"""The only place that asks what time it is."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present in UTC, aware."""
    return datetime.now(UTC)


def rfc3339(moment: datetime) -> str:
    """`2026-11-21T09:30:00.000000Z`: RFC 3339, always six digits, so that text sorts like time."""
    # An eighth of what strftime takes, and a page of 100 has 200 of them.
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="microseconds")[:-6] + "Z"
