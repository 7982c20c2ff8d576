"""
What workers do about claimed domains: take those that are due, and note what was seen. Looking
itself is theirs, and happens between the two transactions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine

from provisioning import domain_changes, domain_contests, domains
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


def take(engine: Engine, now: datetime, limit: int, share: int) -> list[Domain]:
    """
    Those that are due, `share` of one organization at most, which are nobody else's until the lease
    is over.
    """
    with transaction(engine) as connection:
        return store.take_due(connection, now, now + LEASE, limit, share)


def put_back(engine: Engine, left: Sequence[Domain], now: datetime) -> None:
    """Those taken that nobody has come to look at."""
    if left:
        with transaction(engine) as connection:
            store.put_back(connection, left, now)


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
        is_calm = domain.proof_missing_since is None and domain.proof_unseen_since is None
        return is_calm and not _is_gone(domain, observations) and not _is_unseen(domain, now)
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
            domain_changes.verify(connection, before, proof.method, by, next_at=again, **found)
            return before.organization_id
        after = replace(after, method=proof.method)
        if before.state != "contested":
            domain_contests.contest(connection, before, after, holder, by)
            return None
    elif before.state == "contested" and _is_gone(before, observations):
        after = replace(after, state="pending", method=None)
        domain_changes.change(connection, "organization_domain.updated", before, after, by)
        return None
    elif before.state == "pending" and by.now >= before.expires_at:
        after = replace(after, state="failed", next_at=None)
        reason = observations[0].sentence
        domain_changes.change(
            connection, "organization_domain.failed", before, after, by, reason=reason
        )
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
    """
    Of a verified one. That the proof is gone takes something away, and that nobody can look, which
    may only be the fault of servers, after much longer; neither at once.
    """
    missing, unseen = before.proof_missing_since, before.proof_unseen_since
    if _proof(observations) is not None:
        if missing is None and unseen is None:
            store.update(connection, after)
            return
        back = replace(after, proof_missing_since=None, proof_unseen_since=None)
        domain_changes.change(connection, "organization_domain.updated", before, back, by)
        return
    if not _is_gone(before, observations):
        _go_unseen(connection, before, after, observations, by)
        return
    reason = _of_method(before, observations).sentence
    if missing is None:
        gone = replace(after, proof_missing_since=by.now)
        told: EventType = "organization_domain.proof_missing"
        domain_changes.change(connection, told, before, gone, by, reason=reason)
    elif by.now >= missing + domains.GRACE:
        domain_changes.lapse(connection, before, after, by, reason)
    else:
        store.update(connection, after)


def _go_unseen(
    connection: Connection,
    before: Domain,
    after: Domain,
    observations: Sequence[Observation],
    by: Acting,
) -> None:
    """
    Whoever answers no more has said nothing; but a zone that is unreadable for ever must not keep
    what may have been lost since. Told first: also where we have not looked for long ourselves.
    """
    last_seen_at, told_at = before.last_seen_at, before.proof_unseen_since
    sentence = _of_method(before, observations).sentence
    reason = f"the proof was last seen at {last_seen_at and rfc3339(last_seen_at)}: {sentence}"
    if told_at is None and _is_unseen(before, by.now):
        unseen = replace(after, proof_unseen_since=by.now)
        told: EventType = "organization_domain.proof_unseen"
        domain_changes.change(connection, told, before, unseen, by, reason=reason)
    elif (
        told_at is not None
        and last_seen_at is not None
        and by.now >= max(last_seen_at + domains.UNSEEN, told_at + domains.UNSEEN_TOLD)
    ):
        domain_changes.lapse(connection, before, after, by, reason)
    else:
        store.update(connection, after)


def _is_unseen(domain: Domain, now: datetime) -> bool:
    """For so long that it is told."""
    return domain.last_seen_at is not None and now >= domain.last_seen_at + domains.UNSEEN_TOLD


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
        last_seen_at=domain.last_seen_at if _proof(observations) is None else now,
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
