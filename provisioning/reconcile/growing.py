"""Whether a privileged group grows faster than somebody should know of (pure)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from provisioning.ids import DirectoryGroupId, DirectoryId, MappingId, RoleId

WINDOW = timedelta(days=1)
MORE = 10
"""So many people more within a window are told, however many there were."""
LEAST = 3
"""So many more are, where they are more than half as many as there were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """
    The window of a mapping: `people_before` had the role by it when the window began, and `people`
    do now, as far as drains have followed it; None: nobody has counted.
    """

    mapping_id: MappingId
    since: datetime
    people_before: int
    people: int | None
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A mapping of a privileged role after a drain."""

    mapping_id: MappingId
    directory_id: DirectoryId
    group_id: DirectoryGroupId
    group_name: str
    role_id: RoleId
    role: str
    window: Growth | None


def followed(window: Growth | None, came: int, now: datetime) -> Growth | None:
    """
    With those who `came` in this drain; None where the people have to be counted: no window is
    open, or there seem to be enough to tell. Counting takes as long as there are people.
    """
    if window is None or window.people is None or now >= window.since + WINDOW:
        return None
    after = replace(window, people=window.people + came)
    return None if is_to_be_told(after) else after


def counted(watched: Watched, people: int, came: int, now: datetime) -> Growth:
    """The window that is open, or one that begins before those who `came` in this drain."""
    window = watched.window
    if window is not None and now < window.since + WINDOW:
        return replace(window, people=people)
    return Growth(
        mapping_id=watched.mapping_id, since=now, people_before=people - came, people=people
    )


def is_to_be_told(window: Growth) -> bool:
    """Once per window."""
    if window.told_at is not None or window.people is None:
        return False
    more = window.people - window.people_before
    by_half = 0 < window.people_before < 2 * more and more >= LEAST
    return more > MORE or by_half
