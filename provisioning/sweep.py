"""
Finds the notes whose doorbell nobody heard: a broker may lose every message it has. And those that
were set aside, and runs that failed, when their time has come; and runs whose worker has died.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Engine

from provisioning import sync_runs
from provisioning.ids import OrganizationId
from provisioning.store import notes, periodic_jobs, set_aside_notes
from provisioning.store import sync_runs as runs
from provisioning.store.engine import reading, transaction

INTERVAL = timedelta(seconds=5)
UNHEARD_AFTER = timedelta(seconds=2)
STALE_AFTER = timedelta(seconds=60)
"""No sweep for so long means that no worker works."""


def sweep(engine: Engine, now: datetime, ring: Callable[[OrganizationId], object]) -> int:
    """
    Rings for every organization with an old note, one to try again, or a run that nobody goes on
    with; how many. Nothing when it is not due.
    """
    with transaction(engine) as connection:
        # Beat ticks once per interval; a tick that is a little early must not skip its turn.
        if not periodic_jobs.claim(connection, "sweep", now, INTERVAL - timedelta(seconds=1)):
            return 0
        retried = set_aside_notes.retry(connection, now)
    again = sync_runs.retry_failed(engine, now)
    with reading(engine) as connection:
        waiting = retried.union(
            again,
            notes.waiting(connection, now - UNHEARD_AFTER),
            runs.waiting(connection, now - UNHEARD_AFTER),
        )
    for organization_id in waiting:
        ring(organization_id)
    return len(waiting)


def age(engine: Engine, now: datetime) -> timedelta | None:
    """How long ago the last sweep was; None: there was none yet."""
    with reading(engine) as connection:
        last = periodic_jobs.last_run(connection, "sweep")
    return None if last is None else now - last


def is_stale(since_last: timedelta | None) -> bool:
    """
    Whether the workers have stopped working, by the age of the last sweep. One that lies ahead
    says nothing: a clock was wrong.
    """
    return since_last is None or abs(since_last) > STALE_AFTER
