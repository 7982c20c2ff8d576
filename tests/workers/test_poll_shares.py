"""Zones that never answer, and organizations with many domains, hold up nobody else's."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from provisioning import domain_checks, ids
from provisioning.domain_proofs import Challenge, Observation
from provisioning.ids import DomainId, OrganizationId
from provisioning.store import domains as store
from provisioning.store.domains import Domain
from provisioning.store.engine import reading, transaction
from tests.domain_world import MINUTE, World, told
from tests.tenant import Tenant
from workers.poll_domains import Bounds

SHORT = Bounds(batch=100, batch_each=50, begin_seconds=1.0, look_seconds=1.0)


def domains_of(tenant: Tenant) -> list[Domain]:
    with reading(tenant.engine) as connection:
        return store.all_of(connection, tenant.organization_id)


def claim_many(world: World, number: int) -> list[Domain]:
    """More than an organization may: as if it were several."""
    first = world.claim(name="acme-0.example")
    with transaction(world.acme.engine) as connection:
        for other in range(1, number):
            name, key = f"acme-{other}.example", DomainId(ids.new(ids.DOMAIN))
            store.insert(connection, replace(first, id=key, name=name))
    return domains_of(world.acme)


def reasons(domain: Domain) -> list[str]:
    assert domain.last_check is not None
    return [one["reason"] for one in domain.last_check["observations"]]


def test_a_thousand_domains_in_silent_zones_hold_up_no_other_organizations(world: World) -> None:
    for domain in claim_many(world, 1000):
        world.zone.faults[Challenge(domain.name, "").record_name] = "silence"
    world.time += MINUTE
    theirs = world.claim(world.other, "other.example")
    world.publish(theirs)

    looked_at = world.poll(MINUTE, bounds=SHORT, budget_seconds=0.1)

    assert world.now(theirs).state == "verified"
    # The first sixteen, and whoever else had a turn in time.
    assert 1 < looked_at <= 1 + SHORT.batch_each
    seen = [one for one in domains_of(world.acme) if one.last_check is not None]
    assert len(seen) == looked_at - 1
    assert all(reasons(one) == ["took_too_long"] for one in seen)


def test_whoever_had_no_turn_is_due_at_once_and_has_lost_no_attempt(world: World) -> None:
    claim_many(world, 40)

    async def look(challenge: Challenge, now: datetime) -> Observation:
        await asyncio.sleep(3600)
        raise AssertionError

    bounds = replace(SHORT, at_once_each=4, begin_seconds=0.2, look_seconds=0.5)
    assert world.poll(MINUTE, look, bounds=bounds, budget_seconds=0.1) == 4

    left = [one for one in domains_of(world.acme) if one.attempts == 0]
    assert len(left) == 36
    assert {one.next_at for one in left} == {world.time}
    assert world.poll() == 36


def test_of_what_is_taken_each_organization_has_its_share_and_its_turn(world: World) -> None:
    """Also who has waited for the shortest time."""
    claim_many(world, 10)
    world.time += MINUTE / 2
    theirs = world.claim(world.other, "other.example")
    world.time += MINUTE
    engine = world.acme.engine

    def taken(limit: int, share: int) -> list[OrganizationId]:
        return [one.organization_id for one in domain_checks.take(engine, world.time, limit, share)]

    mine = world.acme.organization_id
    assert sorted(taken(2, 10)) == sorted([mine, theirs.organization_id])
    assert taken(10, 3) == [mine] * 3
    assert taken(10, 10) == [mine] * 6


def test_organizations_take_turns(world: World) -> None:
    claim_many(world, 30)
    world.time += MINUTE / 2
    theirs = [world.claim(world.other, f"other-{number}.example") for number in range(3)]
    order: list[str] = []

    async def look(challenge: Challenge, now: datetime) -> Observation:
        order.append(challenge.name.partition("-")[0])
        return Observation(method="dns_txt", outcome="absent", reason="", sentence="", at=now)

    world.poll(MINUTE, look, bounds=Bounds(batch=10, batch_each=5))

    assert sorted(order[:6]) == ["acme"] * 3 + ["other"] * 3
    assert len(order) == 33
    assert all(world.now(one).attempts == 1 for one in theirs)


@pytest.mark.parametrize("fault", ["too slow", "a defect"])
def test_a_look_that_comes_to_no_end_is_no_absence(world: World, fault: str) -> None:
    """Proven by a file; that there is no record in DNS says nothing of that."""
    claim = world.claim()

    async def a_file(challenge: Challenge, now: datetime) -> Observation:
        return Observation(method="file", outcome="found", reason="found", sentence="", at=now)

    async def no_file(challenge: Challenge, now: datetime) -> Observation:
        if fault == "a defect":
            raise ZeroDivisionError
        await asyncio.sleep(3600)
        raise AssertionError

    world.more_looks = [a_file]
    world.poll(MINUTE)
    assert world.now(claim).method == "file"
    world.more_looks = [no_file]
    for _ in range(3):
        world.poll(timedelta(days=2), bounds=SHORT)

    domain = world.now(claim)
    assert (domain.state, domain.proof_missing_since) == ("verified", None)
    assert reasons(domain) == [
        "no_such_name",
        "took_too_long" if fault == "too slow" else "resolvers_failed",
    ]
    assert told(world.acme)[-1] == "organization_domain.verified"
