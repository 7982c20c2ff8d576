"""How many requests a second, as a share of what the same process carries at the least."""

import asyncio
import os
import platform
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from sqlalchemy import Engine
from uvicorn.loops.auto import auto_loop_factory

from provisioning.store import engine as engines
from provisioning.store.sql import Statement
from service import children
from service.bench import floor, scratch
from service.bench.connection import drive
from service.bench.figures import Figures
from service.bench.operations import Operation

_WARM_UP_SECONDS = 0.3

# As autovacuum does within a minute: the rounds before and after it would differ.
_TIDY = Statement("VACUUM (ANALYZE)", sqlite="ANALYZE")
_VERSION = Statement("SELECT version()", sqlite="SELECT 'SQLite ' || sqlite_version()")


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """`seconds` are those of one side of one operation in one round; `users` at least a page."""

    connections: int
    seconds: float
    rounds: int
    processes: int
    users: int = 3000


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Medians of the rounds; `ratio` is the median of each round's measured / floor."""

    operation: str
    floor: Figures
    measured: Figures
    ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`circumstances` belong to the numbers wherever they are quoted."""

    comparisons: tuple[Comparison, ...]
    circumstances: tuple[str, ...]


Prepare = Callable[[Engine, int], Sequence[Operation]]
"""Lays the ground for so many users, and says what is asked there."""


def measure(
    database_url: str, load: Load, prepare: Prepare, on_operation: Callable[[str], None]
) -> Report:
    """
    On a scratch database of that server; `on_operation` hears of each that begins. Raises
    `Failed`, and `Unavailable` when the database cannot be reached.
    """
    with scratch.database(database_url) as url, tempfile.TemporaryDirectory() as directory:
        engine = engines.create(url, pool_size=1)
        try:
            operations = prepare(engine, load.users)
            with engines.reading(engine) as connection:
                _TIDY.run(connection, {})
                version = str(_VERSION.run(connection, {}).scalar_one())
        finally:
            engine.dispose()
        comparisons = _serve_and_compare(url, operations, load, Path(directory), on_operation)
    return Report(comparisons=comparisons, circumstances=_circumstances(load, version))


def _serve_and_compare(
    url: str,
    operations: Sequence[Operation],
    load: Load,
    directory: Path,
    on_operation: Callable[[str], None],
) -> tuple[Comparison, ...]:
    port = children.free_port()
    environment = {
        "PROVISIONING_DATABASE_URL": url,
        "PROVISIONING_LISTEN": f"{children.LOOPBACK}:{port}",
        "PROVISIONING_WEB_PROCESSES": str(load.processes),
    }
    with children.running(["service.bench"], environment, directory / "server.log") as server:
        children.wait_until_ready(server, f"http://{children.LOOPBACK}:{port}{floor.PREFIX}ready")
        compared = []
        for operation in operations:
            on_operation(operation.name)
            compared.append(_compare(operation, port, load))
    return tuple(compared)


def _compare(operation: Operation, port: int, load: Load) -> Comparison:
    """Floor and operation in turns: whatever else the machine does meets both."""

    async def turns() -> Comparison:
        floors: list[Figures] = []
        measured: list[Figures] = []
        sides = ((operation.floor, floors), (operation.measured, measured))
        for workload, _ in sides:
            # Connections are opened, and statements prepared on each of them.
            await drive(workload, port, connections=load.connections, seconds=_WARM_UP_SECONDS)
        for _ in range(load.rounds):
            for workload, figures in sides:
                taken = await drive(
                    workload, port, connections=load.connections, seconds=load.seconds
                )
                figures.append(Figures.of(taken))
        ratios = [
            ours.requests_per_second / floor.requests_per_second
            for floor, ours in zip(floors, measured, strict=True)
        ]
        return Comparison(
            operation=operation.name,
            floor=Figures.typical(floors),
            measured=Figures.typical(measured),
            ratio=round(median(ratios), 2),
        )

    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        return runner.run(turns())


def _circumstances(load: Load, version: str) -> tuple[str, ...]:
    return (
        f"{os.cpu_count()} cores, shared by client, server and database, over loopback",
        f"Python {platform.python_version()}, {platform.system()}; {version}",
        f"{load.processes} web process(es), {load.connections} connections, {load.users} users",
        f"medians of {load.rounds} rounds of {load.seconds:g} s, floor and operation in turns",
        "vacuumed beforehand; no worker drains meanwhile, the notes stay",
    )
