"""Looks at claimed domains that are due: all of a batch at once, outside of any transaction."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count

import structlog
from sqlalchemy import Engine

from provisioning import domain_checks
from provisioning.domain_proofs import Challenge, Observation
from provisioning.errors import Collision
from provisioning.ids import OrganizationId
from provisioning.store.domains import Domain

Look = Callable[[Challenge, datetime], Awaitable[Observation]]
"""One method: raises nothing, and takes a bounded time."""

BUDGET_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """
    Of a batch, in domains and seconds. It ends `begin_seconds` and `look_seconds` after it began,
    whatever zones and websites do; and the pass ends one batch after its budget, long before the
    task or the lease does. `each` says of one organization what is otherwise said of all.
    """

    batch: int = 500
    batch_each: int = 50
    at_once: int = 128
    """Each with a few questions. A resolver that is silent holds one for five seconds."""
    at_once_each: int = 16
    begin_seconds: float = 10.0
    """Whoever has not had their turn by then is due again."""
    look_seconds: float = 20.0
    """All methods together."""


DEFAULT_BOUNDS = Bounds()

log = structlog.get_logger(__name__)


def poll(
    engine: Engine,
    now: Callable[[], datetime],
    looks: Sequence[Look],
    ring: Callable[[OrganizationId], None],
    *,
    budget_seconds: float = BUDGET_SECONDS,
    bounds: Bounds = DEFAULT_BOUNDS,
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
        while monotonic() < deadline and (
            taken := domain_checks.take(engine, now(), bounds.batch, bounds.batch_each)
        ):
            seen = asyncio.run(_look(_in_turns(taken), looks, now(), bounds))
            looked_at = [domain for domain in taken if domain.id in seen]
            left = [domain for domain in taken if domain.id not in seen]
            domain_checks.put_back(engine, left, now())
            for organization_id in _noted(engine, looked_at, seen, now()):
                ring(organization_id)
            total += len(looked_at)
            log.info("polled domains", domains=len(looked_at), put_back=len(left))
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


def _in_turns(taken: Sequence[Domain]) -> list[Domain]:
    """The first one of each organization, then the second one of each."""
    turns: defaultdict[OrganizationId, Iterator[int]] = defaultdict(count)
    return sorted(taken, key=lambda domain: next(turns[domain.organization_id]))


def _no_look(domain: Domain, reason: str, sentence: str, now: datetime) -> Observation:
    """Of the method that counts: without one it would be taken for an absence of another's."""
    proven_by = domain.method
    return Observation(
        method="dns_txt" if proven_by is None or proven_by == "manual" else proven_by,
        outcome="unknown",
        reason=reason,
        sentence=sentence,
        at=now,
    )


async def _look(
    taken: Sequence[Domain], looks: Sequence[Look], now: datetime, bounds: Bounds
) -> dict[str, list[Observation]]:
    """Of those whose turn has come."""
    free = asyncio.Semaphore(bounds.at_once)
    free_each: defaultdict[OrganizationId, asyncio.Semaphore] = defaultdict(
        lambda: asyncio.Semaphore(bounds.at_once_each)
    )
    clock = asyncio.get_running_loop().time
    begun = clock()

    async def look_at(domain: Domain) -> list[Observation] | None:
        # The organization's first: whoever waits for that one keeps nobody else waiting.
        async with free_each[domain.organization_id], free:
            if clock() > begun + bounds.begin_seconds:
                return None
            return await _look_at(domain, looks, now, bounds.look_seconds)

    seen = await asyncio.gather(*(look_at(domain) for domain in taken))
    return {
        domain.id: found for domain, found in zip(taken, seen, strict=True) if found is not None
    }


async def _look_at(
    domain: Domain, looks: Sequence[Look], now: datetime, seconds: float
) -> list[Observation]:
    challenge = Challenge(domain.name, domain.token, domain.account_label)
    found: list[Observation] = []
    missed: list[Observation] = []
    try:
        async with asyncio.timeout(seconds):
            for look in looks:
                try:
                    found.append(await look(challenge, now))
                except Exception:
                    # A defect of ours that one domain's owner has met is no other domain's matter.
                    log.exception("a look failed", domain_id=domain.id)
                    sentence = "the looks themselves have failed: the installation's log says why"
                    missed.append(_no_look(domain, "resolvers_failed", sentence, now))
                    continue
                if found[-1].outcome == "found":
                    break
    except TimeoutError:
        sentence = f"servers of the domain have kept us waiting for {seconds:g} seconds"
        missed.append(_no_look(domain, "took_too_long", sentence, now))
    observed = {one.method for one in found}
    return [*found, *(one for one in missed[:1] if one.method not in observed)]
