"""
What workers do about claimed domains: take those that are due, and note what was seen. Looking
itself is theirs, and happens between the two transactions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine

from provisioning import domains
from provisioning.clock import rfc3339
from provisioning.context import Acting
from provisioning.domain_proofs import Observation
from provisioning.ids import OrganizationId
from provisioning.store import domains as store
from provisioning.store import organizations, periodic_jobs, syncs
from provisioning.store.domains import Domain
from provisioning.store.engine import transaction

INTERVAL = timedelta(seconds=5)
"""How often there is a look for what is due."""
LEASE = timedelta(minutes=3)
"""Longer than a batch takes: whose worker has died is looked at again after that."""
_ACTOR = "worker:poll_domains"
_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=6)
_JITTER = 0.1

Seen = Mapping[str, Sequence[Observation]]
"""By the id of the domain: one observation for each method."""


def begin(engine: Engine, now: datetime) -> bool:
    """False while another worker is at it: servers that are silent must not hold up all of them."""
    with transaction(engine) as connection:
        return periodic_jobs.claim(connection, "poll_domains", now, LEASE)


def end(engine: Engine, now: datetime) -> None:
    """Whoever ticks next may begin."""
    with transaction(engine) as connection:
        periodic_jobs.put_off(connection, "poll_domains", now)


def take(engine: Engine, now: datetime, limit: int) -> list[Domain]:
    """Those that are due, which are nobody else's until the lease is over."""
    with transaction(engine) as connection:
        return store.take_due(connection, now, now + LEASE, limit)


def note(engine: Engine, taken: Sequence[Domain], seen: Seen, now: datetime) -> list[Domain]:
    """
    Writes what nothing follows from, all at once. The rest is to be settled, each by itself, for
    which the lock of its organization's drain is needed.
    """
    checked = [(domain, _checked(domain, seen[domain.id], now)) for domain in taken]
    waiting = [
        after
        for domain, after in checked
        if domain.state == "pending" and now < domain.expires_at and not _proof(seen[domain.id])
    ]
    with transaction(engine) as connection:
        store.keep_checks(connection, waiting)
    kept = {domain.id for domain in waiting}
    return [domain for domain in taken if domain.id not in kept]


def settle(
    engine: Engine, looked_at: Domain, observations: Sequence[Observation], now: datetime
) -> OrganizationId | None:
    """
    Verified, contested or failed; whose drain should be rung for. Raises `Collision` when another
    organization was faster: the next look will see that.
    """
    by = Acting(actor=_ACTOR, now=now)
    with transaction(engine) as connection:
        syncs.wait(connection, looked_at.organization_id)
        if organizations.lock(connection, looked_at.organization_id) is None:
            return None
        before = store.get(connection, looked_at.organization_id, looked_at.id)
        if before is None or (before.token, before.state) != (looked_at.token, looked_at.state):
            return None  # verified by hand, begun anew or given up meanwhile
        return _settle(connection, before, observations, by)


def _settle(
    connection: Connection, before: Domain, observations: Sequence[Observation], by: Acting
) -> OrganizationId | None:
    after = _checked(before, observations, by.now)
    found: dict[str, Any] = {"last_check": after.last_check, "attempts": after.attempts}
    proof = _proof(observations)
    if proof is not None:
        holder = store.holder(connection, before.name)
        if holder is None:
            domains.verify(connection, before, proof.method, by, next_at=None, **found)
            return before.organization_id
        if before.state != "contested":
            _contest(connection, before, replace(after, state="contested"), holder, by)
            return None
    elif before.state == "contested" and all(one.outcome == "absent" for one in observations):
        after = replace(after, state="pending", updated_at=by.now)
        domains.change(connection, "organization_domain.updated", before, after, by)
        return None
    elif before.state == "pending" and by.now >= before.expires_at:
        after = replace(after, state="failed", next_at=None)
        reason = observations[0].sentence
        domains.change(connection, "organization_domain.failed", before, after, by, reason=reason)
        return None
    store.update(connection, after)
    return None


def _contest(
    connection: Connection, before: Domain, after: Domain, holder: Domain, by: Acting
) -> None:
    """Both are told, and neither who the other is. Nothing changes for the holder."""
    after = replace(after, updated_at=by.now)
    store.update(connection, after)
    concerned = [(after, before), (holder, None)]
    # In one order, so that two contests at the same moment do not wait for each other in a circle.
    for domain, former in sorted(concerned, key=lambda pair: pair[0].organization_id):
        domains.tell(connection, "organization_domain.contested", domain, former, by)


def _proof(observations: Sequence[Observation]) -> Observation | None:
    return next((one for one in observations if one.outcome == "found"), None)


def _checked(domain: Domain, observations: Sequence[Observation], now: datetime) -> Domain:
    pause = _pause(domain)
    return replace(
        domain,
        attempts=domain.attempts + 1,
        next_at=min(now + pause, max(domain.expires_at, now + _FIRST_PAUSE)),
        last_check={"at": rfc3339(now), "observations": [one.kept for one in observations]},
    )


def _pause(domain: Domain) -> timedelta:
    """1, 2, 4 … minutes up to 6 hours; a tenth more or less, always the same for one domain."""
    pause: timedelta = min(_FIRST_PAUSE * 2 ** min(domain.attempts, 10), _LONGEST_PAUSE)
    share = int(domain.id[-4:], 16) / 0xFFFF
    return pause * (1 - _JITTER + 2 * _JITTER * share)
