"""One customer's whole provisioning job: connect, everybody, every group, then ordinary days."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.simulate import cast as casting
from service.simulate import changes
from service.simulate.actions import Action, Assign, PushGroup, ReportTo, perform
from service.simulate.cast import Cast
from service.simulate.client import Client
from service.simulate.identities import Idp
from service.simulate.ledger import Ledger
from service.simulate.progress import OnProgress, Progress
from service.simulate.report import Report, summarize
from service.simulate.target import Target, connect
from service.simulate.transport import Refused

_DOMAIN = "simulation.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """What to play, and against whom."""

    target: Target
    users: int
    groups: int
    changes: int | None = None
    """How many people something happens to after the first sync; None: every tenth."""
    seed: int = 0
    domain: str = _DOMAIN
    """Of everybody's address."""


def run(simulation: Simulation, on_progress: OnProgress) -> Report:
    """
    Plays `simulation` to its end. What the server refuses is in the report, and the rest goes on.

    Raises:
        Refused: the connection test failed; nothing else was tried.
        ValueError: a count below zero, no concurrency, or a URL that is none.
    """
    _check(simulation)
    return asyncio.run(_run(simulation, on_progress))


async def _run(simulation: Simulation, on_progress: OnProgress) -> Report:
    cast = casting.gather(
        simulation.target.idp,
        users=simulation.users,
        groups=simulation.groups,
        seed=simulation.seed,
        domain=simulation.domain,
    )
    ledger = Ledger()
    async with connect(simulation.target, ledger) as client:
        await client.test_connection()
        for phase, work in _phases(simulation, cast):
            await _play(client, phase, work, simulation.target.concurrency, on_progress)
    return summarize(ledger)


def _phases(
    simulation: Simulation, cast: Cast
) -> Iterator[tuple[str, Sequence[tuple[Action, ...]]]]:
    """In the order of an initial cycle; within a phase nothing depends on anything else."""
    yield "people", [(Assign(person),) for person in cast.people]
    if simulation.target.idp is Idp.ENTRA:  # Okta maps no manager unless told to
        yield "managers", [(ReportTo(person, manager),) for person, manager in cast.managers]
    yield "groups", [(PushGroup(group),) for group in cast.groups]
    count = simulation.users // 10 if simulation.changes is None else simulation.changes
    yield "changes", changes.draw(cast, count, simulation.seed)


async def _play(
    client: Client,
    phase: str,
    work: Sequence[tuple[Action, ...]],
    concurrency: int,
    on_progress: OnProgress,
) -> None:
    waiting = iter(work)
    done = 0

    async def worker() -> None:
        nonlocal done
        for actions in waiting:
            try:
                for action in actions:
                    await perform(client, action)
            except Refused:
                pass  # in the ledger already; the others go on, as in a real cycle
            done += 1
            on_progress(Progress(phase=phase, done=done, total=len(work)))

    async with asyncio.TaskGroup() as workers:
        for _ in range(concurrency):
            workers.create_task(worker())


def _check(simulation: Simulation) -> None:
    for name, count, least in (
        ("users", simulation.users, 0),
        ("groups", simulation.groups, 0),
        ("changes", simulation.changes or 0, 0),
        ("concurrency", simulation.target.concurrency, 1),
    ):
        if count < least:
            msg = f"{name}: {count} is less than {least}"
            raise ValueError(msg)
