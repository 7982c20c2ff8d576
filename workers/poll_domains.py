"""Looks at claimed domains that are due: all of a batch at once, outside of any transaction."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime

import structlog
from sqlalchemy import Engine

from provisioning import domain_checks
from provisioning.domain_proofs import Challenge, Observation
from provisioning.errors import Collision
from provisioning.ids import OrganizationId
from provisioning.store.domains import Domain

Look = Callable[[Challenge, datetime], Awaitable[Observation]]
"""One method: raises nothing, and takes a bounded time."""

BATCH = 500
AT_ONCE = 128
"""Domains, each with a few questions. A resolver that is silent holds one for five seconds."""
BUDGET_SECONDS = 30.0

log = structlog.get_logger(__name__)


def poll(
    engine: Engine,
    now: Callable[[], datetime],
    looks: Sequence[Look],
    ring: Callable[[OrganizationId], None],
    *,
    budget_seconds: float = BUDGET_SECONDS,
    monotonic: Callable[[], float] = time.monotonic,
) -> int:
    """
    Until nothing is due, or the budget is spent. How many domains were looked at: none while
    another worker is at it.
    """
    if not domain_checks.begin(engine, now()):
        return 0
    deadline = monotonic() + budget_seconds
    total = 0
    try:
        while monotonic() < deadline and (taken := domain_checks.take(engine, now(), BATCH)):
            seen = asyncio.run(_look(taken, looks, now()))
            for organization_id in _noted(engine, taken, seen, now()):
                ring(organization_id)
            total += len(taken)
            log.info("polled domains", domains=len(taken))
    finally:
        domain_checks.end(engine, now())
    return total


def _noted(
    engine: Engine, taken: Sequence[Domain], seen: domain_checks.Seen, now: datetime
) -> Iterator[OrganizationId]:
    """Those that have a domain more."""
    for domain in domain_checks.note(engine, taken, seen, now):
        try:
            verified = domain_checks.settle(engine, domain, seen[domain.id], now)
        except Collision:  # somebody else was faster: it is taken again after the lease
            continue
        except Exception:
            log.exception("a domain was not settled", domain_id=domain.id)
            continue
        if verified is not None:
            yield verified


def _no_look(now: datetime) -> Observation:
    sentence = "the looks themselves have failed: the installation's log says why"
    return Observation(
        method="dns_txt", outcome="unknown", reason="resolvers_failed", sentence=sentence, at=now
    )


async def _look(
    taken: Sequence[Domain], looks: Sequence[Look], now: datetime
) -> dict[str, list[Observation]]:
    free = asyncio.Semaphore(AT_ONCE)

    async def look_at(domain: Domain) -> list[Observation]:
        challenge = Challenge(domain.name, domain.token)
        async with free:
            found: list[Observation] = []
            for look in looks:
                try:
                    found.append(await look(challenge, now))
                except Exception:
                    # A defect of ours that one domain's owner has met is no other domain's matter.
                    log.exception("a look failed", domain_id=domain.id)
                    continue
                if found[-1].outcome == "found":
                    break
            return found or [_no_look(now)]

    seen = await asyncio.gather(*(look_at(domain) for domain in taken))
    return {domain.id: found for domain, found in zip(taken, seen, strict=True)}
