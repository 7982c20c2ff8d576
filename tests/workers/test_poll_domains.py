"""From a claim to a verified domain, or a failed one: real DNS, and time that a test sets."""

import asyncio
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from provisioning import domain_changes, domain_checks, domains
from provisioning.context import Acting
from provisioning.domain_proofs import Challenge, Observation
from provisioning.errors import Refused
from provisioning.store import domains as store
from provisioning.store.domains import Domain
from provisioning.store.engine import reading, transaction
from tests.admin_serving import admin_at
from tests.domain_world import MINUTE, NAME, World, told
from tests.oracle import differences
from tests.serving import POLL_SECONDS, WAIT_SECONDS, application
from tests.tenant import Tenant
from workers.dns_txt import observe


def claims(tenant: Tenant) -> list[Domain]:
    with reading(tenant.engine) as connection:
        return store.all_of(connection, tenant.organization_id)


def test_a_published_claim_is_verified_and_resolves_what_waits_for_it(world: World) -> None:
    world.other.create(f"ada@{NAME}")
    world.other.drain()
    world.acme.create(f"ada@{NAME}")
    world.acme.drain()
    claim = world.claim()
    world.publish(claim)

    assert world.poll() == 0
    assert world.poll(MINUTE) == 1

    verified = world.now(claim)
    assert (verified.state, verified.method) == ("verified", "dns_txt")
    assert verified.verified_at == world.time
    assert verified.next_at is not None
    assert abs(verified.next_at - world.time - domains.EVERY) <= domains.EVERY / 10
    assert world.rung == [world.acme.organization_id]
    world.acme.drain()
    assert set(world.acme.people()) == {f"ada@{NAME}"}
    assert differences(world.acme.engine, world.acme.organization_id) == []
    assert told(world.acme) == ["organization_domain.created", "organization_domain.verified"]


def test_what_was_seen_is_kept(world: World) -> None:
    claim = world.claim()
    world.poll(MINUTE)

    kept = world.now(claim)
    assert kept.checked_at == world.time
    assert kept.last_check is not None
    (seen,) = kept.last_check["observations"]
    assert (seen["outcome"], seen["reason"]) == ("absent", "no_such_name")
    assert [answer["code"] for answer in seen["answers"]] == ["nxdomain"] * 2
    assert told(world.acme) == ["organization_domain.created"]


def test_the_pauses_grow_to_six_hours_and_end_after_thirty_days(world: World) -> None:
    claim = world.claim()
    began = world.time
    pauses = []
    while (next_at := world.now(claim).next_at) is not None:
        world.poll(next_at - world.time)
        if (after := world.now(claim).next_at) is not None:
            pauses.append(after - world.time)

    assert timedelta(seconds=54) <= pauses[0] <= timedelta(seconds=66)
    assert pauses[0] < pauses[1] < pauses[2]
    assert timedelta(hours=5, minutes=24) <= max(pauses) <= timedelta(hours=6, minutes=36)
    assert world.time - began == domains.PATIENCE
    failed = world.now(claim)
    assert failed.state == "failed"
    assert 100 < failed.attempts < 200
    (event,) = [one for one in world.acme.events() if one["type"] == "organization_domain.failed"]
    assert event["data"]["reason"] == f"there is no such name as _provisioning-challenge.{NAME}"


def test_a_claim_that_failed_begins_anew_with_another_token(world: World) -> None:
    claim = world.claim()
    world.poll(domains.PATIENCE)
    assert world.now(claim).state == "failed"

    anew = world.check(claim)
    assert (anew.state, anew.attempts) == ("pending", 0)
    assert anew.expires_at == world.time + domains.PATIENCE
    world.publish(claim)  # the former token
    world.poll(MINUTE)
    assert world.now(claim).state == "pending"
    world.publish(anew)
    world.poll(timedelta(hours=1))
    assert world.now(claim).state == "verified"


def test_dns_that_does_not_answer_fails_nothing_before_its_time(world: World) -> None:
    claim = world.claim()
    world.zone.faults[Challenge(NAME, "").record_name] = "servfail"
    world.poll(timedelta(days=29))
    assert world.now(claim).state == "pending"
    world.zone.faults.clear()
    world.publish(claim)
    world.poll(timedelta(days=2))

    assert world.now(claim).state == "verified"


def test_a_check_is_looked_at_with_the_next_tick_and_not_again_at_once(world: World) -> None:
    claim = world.claim()
    world.poll(timedelta(hours=5))
    world.time += timedelta(seconds=11)
    assert world.poll() == 0

    world.publish(claim)
    world.check(claim)
    assert world.poll() == 1
    assert world.now(claim).state == "verified"


def test_checks_follow_each_other_at_a_distance(world: World) -> None:
    claim = world.claim()
    world.poll(MINUTE)
    world.time += timedelta(seconds=9)

    with pytest.raises(Refused, match="10 seconds ago"):
        world.check(claim)


# --- two who claim the same ---------------------------------------------------------------------


def test_who_proves_a_domain_of_another_contests_it_and_gets_nothing(world: World) -> None:
    first = world.claim()
    world.publish(first)
    world.poll(MINUTE)
    second = world.claim(world.other)
    world.publish(first, second)
    world.poll(MINUTE)

    assert world.now(first).state == "verified"
    assert world.now(second).state == "contested"
    assert told(world.other) == ["organization_domain.created", "organization_domain.contested"]
    assert told(world.acme)[-1] == "organization_domain.contested"
    event = world.acme.events()[-1]
    assert world.other.organization_id not in str(event)
    world.other.create(f"bob@{NAME}")
    world.acme.create(f"bob@{NAME}")
    world.acme.drain()
    world.other.drain()
    assert len(world.other.conflicts()) == 1


def test_a_contest_is_told_once(world: World) -> None:
    first, second = world.claim(), world.claim(world.other)
    world.publish(first)
    world.poll(MINUTE)
    world.publish(first, second)
    for _ in range(3):
        world.poll(timedelta(hours=7))

    assert told(world.other).count("organization_domain.contested") == 1


def test_the_contester_has_it_as_soon_as_the_holder_gives_it_up(world: World) -> None:
    first, second = world.claim(), world.claim(world.other)
    world.publish(first)
    world.poll(MINUTE)
    world.publish(first, second)
    world.poll(timedelta(hours=7))
    assert world.now(second).state == "contested"

    world.acme.disown(first)
    world.poll(MINUTE)

    assert world.now(second).state == "verified"


def test_a_contest_whose_proof_is_gone_is_a_claim_again(world: World) -> None:
    first, second = world.claim(), world.claim(world.other)
    world.publish(first)
    world.poll(MINUTE)
    world.publish(first, second)
    world.poll(timedelta(hours=7))
    world.publish(first)
    world.poll(timedelta(hours=7))

    assert world.now(second).state == "pending"
    assert told(world.other)[-1] == "organization_domain.updated"


def test_of_two_who_prove_it_at_the_same_moment_one_has_it(world: World) -> None:
    claims = world.claim(), world.claim(world.other)
    world.publish(*claims)
    world.poll(MINUTE)

    assert sorted(world.now(claim).state for claim in claims) == ["contested", "verified"]


# --- workers ------------------------------------------------------------------------------------


def test_what_is_taken_is_nobody_elses_until_the_lease_is_over(world: World) -> None:
    claim = world.claim()
    world.time += MINUTE
    (taken,) = domain_checks.take(world.acme.engine, world.time, 10, 10)
    assert taken.id == claim.id

    assert world.poll() == 0
    assert world.poll(domain_checks.LEASE) == 1


def test_one_worker_looks_at_a_time(world: World) -> None:
    world.claim()
    world.time += MINUTE / 4
    world.claim(name="later.example")
    meanwhile: list[int] = []

    async def look(challenge: Challenge, now: datetime) -> Observation:
        await asyncio.to_thread(lambda: meanwhile.append(world.poll(MINUTE / 3)))
        return await observe(challenge, now, resolvers=world.resolvers)

    assert world.poll(MINUTE * 3 / 4, look) == 2
    assert meanwhile == [0, 0]


def test_no_transaction_is_open_while_somebody_looks(world: World) -> None:
    """Whoever writes meanwhile does not wait: on SQLite there is one writer at a time."""
    world.claim()

    async def look(challenge: Challenge, now: datetime) -> Observation:
        world.acme.create("somebody")
        return await observe(challenge, now, resolvers=world.resolvers)

    assert world.poll(MINUTE, look) == 1


@pytest.mark.parametrize("act", ["give up", "vouch", "begin anew"])
def test_what_was_decided_meanwhile_stands(world: World, act: str) -> None:
    claim = world.claim()
    world.publish(claim)

    async def look(challenge: Challenge, now: datetime) -> Observation:
        by = Acting(actor="test", now=now)
        here = claim.organization_id, claim.id
        with transaction(world.acme.engine) as connection:
            if act == "give up":
                domains.delete(connection, *here, by)
            elif act == "vouch":
                domains.verify_manually(connection, *here, "a contract", by)
            else:
                before = domains.get(connection, *here)
                failed = replace(before, state="failed")
                domain_changes.change(connection, "organization_domain.failed", before, failed, by)
                domains.check(connection, *here, by)
        return await observe(challenge, now, resolvers=world.resolvers)

    world.poll(MINUTE, look)

    assert "organization_domain.verified" not in told(world.acme) or act == "vouch"
    if act == "vouch":
        assert world.now(claim).method == "manual"


def test_many_are_looked_at_in_batches(world: World) -> None:
    for number in range(40):
        world.claim(name=f"acme-{number}.example")

    assert world.poll(MINUTE) == 40
    assert world.poll() == 0


def test_the_running_service_verifies(world: World, engine: Engine, tmp_path: Path) -> None:
    """Claimed by the API, looked for by the embedded worker; a check keeps nobody waiting."""
    with (
        application(engine, tmp_path, dns_resolvers=tuple(world.resolvers)) as address,
        admin_at(address, engine, ["*"]) as admin,
    ):
        path = f"/organizations/{world.acme.organization_id}/domains"
        made = admin.post(path, {"name": NAME})
        (claim,) = claims(world.acme)
        world.publish(claim)
        admin.post(f"{path}/{made['id']}/check")
        deadline = time.monotonic() + WAIT_SECONDS
        while world.now(claim).state != "verified":
            assert time.monotonic() < deadline, "nobody looks"
            time.sleep(POLL_SECONDS)
        shown = admin.get(f"{path}/{made['id']}")

    assert shown["last_check"]["observations"][0]["sentence"].startswith("2 of 2 resolvers see")


def test_a_claim_with_a_label_is_verified_at_its_own_place(world: World) -> None:
    claim = world.claim(with_account_label=True)
    assert claim.account_label is not None
    world.publish(claim)
    world.poll(MINUTE)

    assert world.now(claim).state == "verified"
    assert world.now(world.claim(world.other)).account_label is None
