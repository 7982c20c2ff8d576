"""Finds the notes whose doorbell nobody heard: a broker may lose every message it has."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Engine

from provisioning.ids import OrganizationId
from provisioning.store import notes, periodic_jobs
from provisioning.store.engine import reading, transaction

INTERVAL = timedelta(seconds=5)
UNHEARD_AFTER = timedelta(seconds=2)
STALE_AFTER = timedelta(seconds=60)
"""No sweep for so long means that no worker works."""


def sweep(engine: Engine, now: datetime, ring: Callable[[OrganizationId], None]) -> int:
    """Rings for every organization with an old note; how many. Nothing when it is not due."""
    with transaction(engine) as connection:
        # Beat ticks once per interval; a tick that is a little early must not skip its turn.
        if not periodic_jobs.claim(connection, "sweep", now, INTERVAL - timedelta(seconds=1)):
            return 0
    with reading(engine) as connection:
        waiting = notes.waiting(connection, now - UNHEARD_AFTER)
    for organization_id in waiting:
        ring(organization_id)
    return len(waiting)


def is_stale(engine: Engine, now: datetime) -> bool:
    """Whether the workers have stopped working."""
    with reading(engine) as connection:
        last = periodic_jobs.last_run(connection, "sweep")
    return last is None or now - last > STALE_AFTER
