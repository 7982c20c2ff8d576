"""
When directories are resynced by themselves: each at an interval of its own, and at a moment of it
that its id decides, so that they do not come all at once.
"""

import zlib
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Engine

from provisioning import sync_runs
from provisioning.errors import Refused
from provisioning.ids import DirectoryId, OrganizationId
from provisioning.store import directory_schedules
from provisioning.store.engine import reading, transaction

SHORTEST = timedelta(minutes=5)
LONGEST = timedelta(days=30)
_AT_ONCE = 100
_ACTOR = "beat:schedule"


def first_run_at(directory_id: DirectoryId, interval: timedelta, now: datetime) -> datetime:
    """Half an interval from now at the earliest, one and a half at the latest."""
    share = zlib.crc32(directory_id.encode()) / 2**32
    return now + interval * (0.5 + share)


def start_due(engine: Engine, now: datetime, ring: Callable[[OrganizationId], object]) -> int:
    """
    Begins the runs whose time has come; how many. Whoever moves a directory's next time begins its
    run, so two beats are harmless. What was missed while nobody worked is made up for once.
    """
    with reading(engine) as connection:
        due = directory_schedules.due(connection, now, _AT_ONCE)
    begun = 0
    for schedule in due:
        with transaction(engine) as connection:
            later = _later(schedule, now)
            if not directory_schedules.claim(connection, schedule, later):
                continue
            if schedule.next_run_at is None:
                continue  # it has its first time now
            try:
                sync_runs.begin(
                    connection,
                    schedule.organization_id,
                    schedule.directory_id,
                    "schedule",
                    actor=_ACTOR,
                    now=now,
                )
            except Refused:
                continue  # a run is at it already
        ring(schedule.organization_id)
        begun += 1
    return begun


def _later(schedule: directory_schedules.Schedule, now: datetime) -> datetime:
    interval = timedelta(seconds=schedule.interval_seconds)
    if schedule.next_run_at is None:
        return first_run_at(schedule.directory_id, interval, now)
    missed = (now - schedule.next_run_at) // interval
    return schedule.next_run_at + interval * (missed + 1)
