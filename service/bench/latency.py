"""From the answer of SCIM to the effective membership: how long a new colleague waits."""

import asyncio
import contextlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import Engine

from provisioning import directories, mappings, organizations
from provisioning.clock import now
from provisioning.context import Context
from provisioning.ids import DirectoryGroupId, OrganizationId
from provisioning.store import engine as engines
from service.bench import ground, installation, newcomers, scratch
from service.bench.watch import POLL_SECONDS, Watch
from service.percentiles import percentile
from service.simulate import cast
from service.simulate.identities import Idp

LIMIT_MS = 1000
"""What 99 of 100 people may wait."""
_PATIENCE_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Milliseconds; `missing` had no role half a minute after the last one was added."""

    mode: str
    people: int
    missing: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    circumstances: tuple[str, ...]

    @property
    def is_fast_enough(self) -> bool:
        """Nobody is missing, and 99 of 100 waited less than a second."""
        return self.missing == 0 and self.p99_ms < LIMIT_MS


@dataclass(frozen=True, slots=True)
class _Customer:
    organization_id: OrganizationId
    group_id: DirectoryGroupId
    path: str
    token: str


def measure(
    database_url: str, broker_url: str | None, *, per_second: float, seconds: float
) -> Report:
    """
    In a scratch database, with processes of its own; a broker's queue must be nobody else's.
    Raises `Failed`, and `Unavailable` when the database cannot be reached.
    """
    with scratch.database(database_url) as url, tempfile.TemporaryDirectory() as directory:
        engine = engines.create(url, pool_size=2)
        try:
            customer = _admit(engine)
            with installation.serving(url, broker_url, Path(directory)) as address:
                watch = Watch(engine, customer.organization_id)
                asyncio.run(_provision(customer, address, watch, per_second, seconds))
            database = engine.dialect.name
        finally:
            engine.dispose()
    return _report(watch, database, broker_url, per_second)


def _admit(engine: Engine) -> _Customer:
    moment = now()
    with engines.transaction(engine) as connection:
        organization = organizations.create(connection, "Bench", moment, actor=ground.ACTOR)
        directory = directories.create(
            connection, organization.id, "generic", "Bench", moment, actor=ground.ACTOR
        )
        _, token = directories.issue_token(connection, directory, moment, actor=ground.ACTOR)
        context = Context(
            organization_id=organization.id,
            directory_id=directory.id,
            actor=ground.ACTOR,
            now=moment,
        )
        group_id = ground.group(connection, context, "Everybody")
        mappings.declare(
            connection, directory, "Everybody", "admin", actor=ground.ACTOR, now=moment
        )
    return _Customer(organization.id, group_id, f"/scim/v2/{directory.id}", token)


async def _provision(
    customer: _Customer, address: str, watch: Watch, per_second: float, seconds: float
) -> None:
    people = cast.gather(
        Idp.OKTA, users=round(per_second * seconds), groups=0, seed=0, domain=ground.DOMAIN
    ).people
    client = httpx.AsyncClient(
        base_url=address + customer.path,
        headers={"Authorization": f"Bearer {customer.token}", "Accept": "application/scim+json"},
        timeout=newcomers.ANSWER_SECONDS,
        trust_env=False,
    )
    looking = asyncio.create_task(watch.look())
    try:
        async with client:
            await newcomers.arrive(client, customer.group_id, people, per_second, watch.expect)
        watch.expect_nobody_else()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(looking, _PATIENCE_SECONDS)
    finally:
        looking.cancel()


def _report(watch: Watch, database: str, broker_url: str | None, per_second: float) -> Report:
    took = sorted(watch.latencies) or [_PATIENCE_SECONDS]
    return Report(
        mode=f"{database}, {'web, worker and beat' if broker_url else 'embedded'}",
        people=len(watch.latencies) + watch.pending,
        missing=watch.pending,
        p50_ms=percentile(took, 50),
        p95_ms=percentile(took, 95),
        p99_ms=percentile(took, 99),
        max_ms=percentile(took, 100),
        circumstances=(
            f"{per_second:g} people a second, two requests each",
            "from the received answer of the group's PATCH to the grant in the database",
            f"looked for every {POLL_SECONDS * 1000:g} ms; client, servers and database together",
        ),
    )
