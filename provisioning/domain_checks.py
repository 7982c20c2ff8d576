"""
What workers do about claimed domains: take those that are due, and note what was seen. Looking
itself is theirs, and happens between the two transactions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine

from provisioning import domain_contests, domains
from provisioning.clock import rfc3339
from provisioning.context import Acting
from provisioning.domain_proofs import Observation
from provisioning.events import EventType
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
    waiting = [after for domain, after in checked if _stays(domain, seen[domain.id], now)]
    with transaction(engine) as connection:
        store.keep_checks(connection, waiting)
    kept = {domain.id for domain in waiting}
    return [domain for domain in taken if domain.id not in kept]


def _stays(domain: Domain, observations: Sequence[Observation], now: datetime) -> bool:
    """Whether nothing follows, not for anybody else either."""
    if domain.state == "pending":
        return now < domain.expires_at and not _proof(observations)
    if domain.state == "verified":
        return domain.proof_missing_since is None and not _is_gone(domain, observations)
    return domain.state == "lapsed" and not _proof(observations)


def settle(
    engine: Engine, looked_at: Domain, observations: Sequence[Observation], now: datetime
) -> OrganizationId | None:
    """
    Verified, contested, failed or lapsed; whose drain should be rung for. Raises `Collision` when
    another organization was faster: the next look will see that.
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
    proof = _proof(observations)
    if before.state == "verified":
        _look_after(connection, before, after, observations, by)
        return None
    if proof is not None:
        holder = store.holder(connection, before.name)
        if holder is None:
            found: dict[str, Any] = {"last_check": after.last_check, "attempts": after.attempts}
            again = domains.next_look(before, by.now)
            domains.verify(connection, before, proof.method, by, next_at=again, **found)
            return before.organization_id
        after = replace(after, method=proof.method)
        if before.state != "contested":
            domain_contests.contest(connection, before, after, holder, by)
            return None
    elif before.state == "contested" and _is_gone(before, observations):
        after = replace(after, state="pending", method=None)
        domains.change(connection, "organization_domain.updated", before, after, by)
        return None
    elif before.state == "pending" and by.now >= before.expires_at:
        after = replace(after, state="failed", next_at=None)
        reason = observations[0].sentence
        domains.change(connection, "organization_domain.failed", before, after, by, reason=reason)
        return None
    store.update(connection, after)
    return None


def _look_after(
    connection: Connection,
    before: Domain,
    after: Domain,
    observations: Sequence[Observation],
    by: Acting,
) -> None:
    """Of a verified one. Only that the proof is gone takes anything away, and not at once."""
    missing = before.proof_missing_since
    if _proof(observations) is not None and missing is not None:
        back = replace(after, proof_missing_since=None)
        domains.change(connection, "organization_domain.updated", before, back, by)
        return
    if not _is_gone(before, observations):
        store.update(connection, after)
        return
    reason = _of_method(before, observations).sentence
    if missing is None:
        gone = replace(after, proof_missing_since=by.now)
        told: EventType = "organization_domain.proof_missing"
        domains.change(connection, told, before, gone, by, reason=reason)
    elif by.now >= missing + domains.GRACE:
        domains.lapse(connection, before, after, by, reason)
    else:
        store.update(connection, after)


def _proof(observations: Sequence[Observation]) -> Observation | None:
    return next((one for one in observations if one.outcome == "found"), None)


def _is_gone(domain: Domain, observations: Sequence[Observation]) -> bool:
    """Where it was proven; whoever did not answer takes nothing away."""
    return _proof(observations) is None and _of_method(domain, observations).outcome == "absent"


def _of_method(domain: Domain, observations: Sequence[Observation]) -> Observation:
    """The look for what proved it; the first, should nobody look for that any more."""
    by_method = (one for one in observations if one.method == domain.method)
    return next(by_method, observations[0])


def _checked(domain: Domain, observations: Sequence[Observation], now: datetime) -> Domain:
    next_at = domains.next_look(domain, now, _pause(domain, observations))
    if domain.state == "pending":
        next_at = min(next_at, max(domain.expires_at, now + _FIRST_PAUSE))
    return replace(
        domain,
        attempts=domain.attempts + 1,
        next_at=next_at,
        last_check={"at": rfc3339(now), "observations": [one.kept for one in observations]},
    )


def _pause(domain: Domain, observations: Sequence[Observation]) -> timedelta:
    """While a claim waits 1, 2, 4 … minutes up to 6 hours; of what is or was proven, a day."""
    if domain.state == "pending":
        pause: timedelta = _FIRST_PAUSE * 2 ** min(domain.attempts, 10)
        # Published, and not seen yet: nobody waits for hours for what is forgotten in minutes.
        sooner = [max(one.again, _FIRST_PAUSE) for one in observations if one.again is not None]
        return min(pause, _LONGEST_PAUSE, *sooner)
    is_calm = domain.state == "lapsed" or _proof(observations) is not None
    return domains.EVERY if is_calm else _LONGEST_PAUSE
