"""
What a resync of a large directory takes: with everybody to create, and with nothing to do. Each is
measured in a process of its own, as a worker is one, so that its memory is its own.
"""

import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from sqlalchemy import Engine

from provisioning import garbage, sync_runs
from provisioning.clock import now
from provisioning.drain import drain
from provisioning.store import engine as engines
from provisioning.store.engine import reading, transaction
from provisioning.store.sql import Statement
from service import logs
from service.bench import population, scratch
from service.bench.ground import ACTOR, ANALYZE
from service.bench.population import Population
from service.failed import Failed

_UNTIL_THE_END = 3600.0
_TABLES = ("directory_users", "identities", "memberships", "grants", "directory_group_members")
# Every row that bears on these people, once, and nothing made of it.
_FLOOR = [
    Statement(
        f"SELECT count(*), count(DISTINCT organization_id) FROM {table}"  # noqa: S608 - ours
        " WHERE organization_id = :organization_id"
    )
    for table in _TABLES
]
_EVERY_USER = Statement("SELECT count(*), max(email), max(display_name) FROM users")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resync:
    """
    `floor_seconds`: what reading the same rows once took, in the same moment. `cpu_seconds` are the
    worker's own; the rest it waited for the database.
    """

    people: int
    changed: int
    seconds: float
    cpu_seconds: float
    people_per_second: float
    peak_mb: float
    floor_seconds: float
    ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    people: int
    groups: int
    everything_to_create: Resync
    nothing_to_do: Resync


def measure(database_url: str, people: int, groups: int, told: Callable[[str], None]) -> Report:
    """On a scratch database of that server. Raises `Failed`."""
    with scratch.database(database_url) as url:
        engine = engines.create(url, pool_size=1)
        try:
            told(f"settling {people:,} people in")
            settled = population.settle_in(engine, people, groups)
            told("creating everybody")
            created = _measured(engine, url, settled, people)
            with transaction(engine) as connection:
                ANALYZE.run(connection, {})
            told("looking at everybody again")
            looked = _measured(engine, url, settled, people)
        finally:
            engine.dispose()
    if (created.changed, looked.changed) != (people, 0):
        raise Failed(f"{created.changed} were created, and then {looked.changed} were changed")
    return Report(people=people, groups=groups, everything_to_create=created, nothing_to_do=looked)


def _measured(engine: Engine, url: str, settled: Population, people: int) -> Resync:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as worker:
        seconds, cpu_seconds, peak_mb, changed = worker.submit(_resync, url, settled).result()
    floor = _floor(engine, settled)
    return Resync(
        people=people,
        changed=changed,
        seconds=round(seconds, 2),
        cpu_seconds=round(cpu_seconds, 2),
        people_per_second=round(people / seconds),
        peak_mb=round(peak_mb, 1),
        floor_seconds=round(floor, 3),
        ratio=round(seconds / floor, 1),
    )


def _resync(url: str, settled: Population) -> tuple[float, float, float, int]:
    """Seconds, those of the processor, megabytes, and how many people were changed."""
    logs.configure("json")
    garbage.expect_little()
    engine = engines.create(url, pool_size=1)
    here = (settled.organization_id, settled.directory_id)
    try:
        with transaction(engine) as connection:
            run = sync_runs.begin(connection, *here, "admin", actor=ACTOR, now=now())
        started, processor = time.perf_counter(), time.process_time()
        drain(engine, settled.organization_id, now, budget_seconds=_UNTIL_THE_END)
        seconds, used = time.perf_counter() - started, time.process_time() - processor
        with reading(engine) as connection:
            done = sync_runs.get(connection, *here, run.id)
    finally:
        engine.dispose()
    return seconds, used, _peak_mb(), done.counts["changed"]


def _peak_mb() -> float:
    """Of this program: on Linux `ru_maxrss` remembers what forked it, too (getrusage(2))."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) / 2**10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def _floor(engine: Engine, settled: Population) -> float:
    started = time.perf_counter()
    with reading(engine) as connection:
        for statement in _FLOOR:
            statement.run(connection, {"organization_id": settled.organization_id}).one()
        _EVERY_USER.run(connection, {}).one()
    return time.perf_counter() - started
