"""Whether a privileged group grows faster than somebody should know of (pure)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from provisioning.ids import DirectoryGroupId, DirectoryId, MappingId, RoleId

WINDOW = timedelta(days=1)
MORE = 10
"""So many people more within a window are told, however many there were."""
LEAST = 3
"""So many more are, where they are more than half as many as there were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """The window of a mapping: `people_before` had the role by it when the window began."""

    mapping_id: MappingId
    since: datetime
    people_before: int
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """A mapping of a privileged role after a drain: `people` have the role by it now."""

    mapping_id: MappingId
    directory_id: DirectoryId
    group_id: DirectoryGroupId
    group_name: str
    role_id: RoleId
    role: str
    people: int
    window: Growth | None


def window_of(grown: Grown, came: int, now: datetime) -> Growth:
    """The window that is open, or one that begins before those who `came` in this drain."""
    window = grown.window
    if window is not None and now < window.since + WINDOW:
        return window
    return Growth(mapping_id=grown.mapping_id, since=now, people_before=grown.people - came)


def is_to_be_told(window: Growth, people: int) -> bool:
    """Once per window."""
    more = people - window.people_before
    by_half = 0 < window.people_before < 2 * more and more >= LEAST
    return window.told_at is None and (more > MORE or by_half)
