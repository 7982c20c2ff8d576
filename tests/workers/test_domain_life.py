"""A verified domain is looked at again: by and by it lapses, comes back, or is somebody else's."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from outbound.pages import Local
from provisioning import domain_contests, domains
from provisioning.context import Acting
from provisioning.domain_contests import Winner
from provisioning.domain_proofs import Challenge, Observation
from provisioning.errors import Refused
from provisioning.store.domains import Domain
from provisioning.store.engine import transaction
from tests.domain_world import MINUTE, NAME, World, told
from tests.oracle import differences
from tests.servers.ports import LOOPBACK, free_port
from workers.dns_txt import observe
from workers.web_proofs import observe_file

DAY = timedelta(days=1)
PLACE = Challenge(NAME, "").record_name


def verified(world: World) -> Domain:
    """Acme's, by a record."""
    claim = world.claim()
    world.publish(claim)
    world.poll(MINUTE)
    assert world.now(claim).state == "verified"
    return world.now(claim)


def lapsed(world: World) -> Domain:
    domain = verified(world)
    world.withdraw(domain)
    live(world, domains.GRACE + 2 * DAY)
    assert world.now(domain).state == "lapsed"
    return world.now(domain)


def live(world: World, time: timedelta) -> None:
    """Beat ticks twice a day, which is as often as anybody is looked at here."""
    for _ in range(2 * time // DAY):
        world.poll(DAY / 2)


def contested(world: World) -> tuple[Domain, Domain]:
    """Acme's, and the claim of the other organization that has shown a proof, too."""
    mine, theirs = verified(world), world.claim(world.other)
    world.publish(mine, theirs)
    world.poll(MINUTE)
    assert world.now(theirs).state == "contested"
    return mine, theirs


# --- a day, and another one ---------------------------------------------------------------------


def test_a_proof_is_looked_at_once_a_day(world: World) -> None:
    domain = verified(world)
    looks = [world.poll(DAY / 24) for _ in range(24 * 30)]

    assert sum(looks) in range(26, 34)
    assert world.now(domain).state == "verified"
    assert told(world.acme)[-1] == "organization_domain.verified"


def test_what_was_vouched_for_is_not_looked_at(world: World) -> None:
    domain = world.acme.own(NAME)
    assert world.poll(400 * DAY) == 0
    assert world.now(domain).state == "verified"


def test_a_missing_proof_is_told_at_once_and_takes_nothing_away_for_seven_days(
    world: World,
) -> None:
    domain = verified(world)
    world.withdraw(domain)
    world.poll(1.2 * DAY)

    missing = world.now(domain)
    assert (missing.state, missing.proof_missing_since) == ("verified", world.time)
    event = world.acme.events()[-1]
    assert event["type"] == "organization_domain.proof_missing"
    assert event["data"]["reason"] == f"there is no such name as {PLACE}"
    live(world, domains.GRACE - DAY)
    assert world.now(domain).state == "verified"
    live(world, DAY)
    assert world.now(domain).state == "lapsed"
    assert told(world.acme)[-2:] == [
        "organization_domain.proof_missing",
        "organization_domain.lapsed",
    ]


def test_a_proof_that_is_back_in_time_has_lost_nothing(world: World) -> None:
    domain = verified(world)
    world.withdraw(domain)
    live(world, 6 * DAY)
    world.publish(domain)
    live(world, DAY)

    assert world.now(domain).proof_missing_since is None
    assert told(world.acme)[-2:] == [
        "organization_domain.proof_missing",
        "organization_domain.updated",
    ]
    world.withdraw(domain)
    live(world, 6 * DAY)
    assert world.now(domain).state == "verified"


def test_a_missing_proof_is_looked_for_at_once_if_somebody_asks(world: World) -> None:
    domain = verified(world)
    with pytest.raises(Refused, match="is verified"):
        world.check(domain)
    world.withdraw(domain)
    world.poll(1.2 * DAY)
    world.publish(domain)
    world.time += MINUTE
    world.check(domain)
    world.poll()

    assert world.now(domain).proof_missing_since is None


# --- servers that do not answer ------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["servfail", "refused"])
def test_servers_that_are_broken_for_long_are_told_and_take_nothing_away_for_thirty_days(
    world: World, fault: str
) -> None:
    """Of the last look that saw it, which may have been a day and a tenth before."""
    domain = verified(world)
    live(world, 10 * DAY)
    seen_at = world.now(domain).last_seen_at
    world.zone.faults[PLACE] = fault
    live(world, 5 * DAY)
    assert told(world.acme)[-1] == "organization_domain.verified"
    live(world, 3 * DAY)
    event = world.acme.events()[-1]
    assert event["type"] == "organization_domain.proof_unseen"
    assert event["data"]["reason"].startswith("the proof was last seen at 20")
    assert f": no answer about {PLACE}" in event["data"]["reason"]
    live(world, 20 * DAY)
    unseen = world.now(domain)
    assert (unseen.state, unseen.proof_missing_since) == ("verified", None)
    assert unseen.last_seen_at == seen_at

    live(world, 3 * DAY)
    assert world.now(domain).state == "lapsed"
    assert told(world.acme)[-2:] == [
        "organization_domain.proof_unseen",
        "organization_domain.lapsed",
    ]


def test_a_domain_that_lapsed_unseen_comes_back_by_itself(world: World) -> None:
    domain = verified(world)
    world.zone.faults[PLACE] = "servfail"
    live(world, 33 * DAY)
    assert world.now(domain).state == "lapsed"
    world.zone.faults.clear()
    live(world, 2 * DAY)

    back = world.now(domain)
    assert (back.state, back.proof_unseen_since) == ("verified", None)
    assert back.last_seen_at is not None
    assert world.time - back.last_seen_at < 2 * DAY


def test_servers_that_answer_again_in_time_have_lost_nothing(world: World) -> None:
    domain = verified(world)
    world.zone.faults[PLACE] = "servfail"
    live(world, 20 * DAY)
    world.zone.faults.clear()
    live(world, DAY)

    assert world.now(domain).proof_unseen_since is None
    assert told(world.acme)[-2:] == [
        "organization_domain.proof_unseen",
        "organization_domain.updated",
    ]
    world.zone.faults[PLACE] = "servfail"
    live(world, 28 * DAY)
    assert world.now(domain).state == "verified"


def test_whoever_did_not_look_for_a_year_tells_it_a_week_before(world: World) -> None:
    """The installation was at rest, and its network is not there yet."""
    domain = verified(world)
    world.zone.faults[PLACE] = "servfail"
    world.poll(365 * DAY)
    assert told(world.acme)[-1] == "organization_domain.proof_unseen"
    live(world, 6 * DAY)
    assert world.now(domain).state == "verified"
    live(world, 2 * DAY)
    assert world.now(domain).state == "lapsed"


def test_a_missing_proof_that_nobody_can_look_for_any_more_lapses_as_well(world: World) -> None:
    domain = verified(world)
    world.withdraw(domain)
    live(world, 2 * DAY)
    assert world.now(domain).proof_missing_since is not None
    world.zone.faults[PLACE] = "servfail"
    live(world, 27 * DAY)
    assert world.now(domain).state == "verified"
    live(world, 3 * DAY)

    assert world.now(domain).state == "lapsed"


def test_an_unseen_proof_is_looked_for_at_once_if_somebody_asks(world: World) -> None:
    domain = verified(world)
    world.zone.faults[PLACE] = "servfail"
    live(world, 8 * DAY)
    world.zone.faults.clear()
    world.time += MINUTE
    world.check(domain)
    world.poll()

    assert world.now(domain).proof_unseen_since is None


def test_what_is_missing_does_not_lapse_by_looks_that_fail_before_thirty_days(world: World) -> None:
    domain = verified(world)
    world.withdraw(domain)
    world.poll(1.2 * DAY)
    world.zone.faults[PLACE] = "servfail"
    live(world, 28 * DAY)
    assert world.now(domain).state == "verified"
    world.zone.faults.clear()
    live(world, DAY)

    assert world.now(domain).state == "lapsed"


def test_the_record_of_another_organization_is_no_proof_of_this_one(world: World) -> None:
    """A domain that was sold: its new owner's record is there, and the old one's is not."""
    domain = verified(world)
    world.publish(world.claim(world.other))
    live(world, domains.GRACE + 2 * DAY)

    assert world.now(domain).state == "lapsed"


async def a_file(challenge: Challenge, now: datetime) -> Observation:
    return Observation(method="file", outcome="found", reason="found", sentence="Here.", at=now)


def test_a_site_that_does_not_answer_keeps_no_record_alive(world: World) -> None:
    """What it was proven by is what has to be gone."""
    world.zone.publish(NAME, LOOPBACK, kind="A")
    nobody = Local(free_port())
    world.more_looks.append(partial(observe_file, resolvers=world.resolvers, local=nobody))
    domain = verified(world)
    world.withdraw(domain)
    live(world, domains.GRACE + 2 * DAY)

    assert world.now(domain).state == "lapsed"


def test_another_method_proves_it_as_well(world: World) -> None:
    domain = verified(world)
    world.more_looks.append(a_file)
    world.withdraw(domain)
    live(world, domains.GRACE + 2 * DAY)

    assert world.now(domain).state == "verified"
    assert world.now(domain).proof_missing_since is None


def test_what_resolvers_are_about_to_forget_is_looked_at_when_they_have(world: World) -> None:
    async def cached(challenge: Challenge, now: datetime) -> Observation:
        seen = await observe(challenge, now, resolvers=world.resolvers)
        return replace(seen, outcome="unknown", reason="still_cached", again=20 * MINUTE)

    claim = world.claim()
    for _ in range(10):
        world.poll(DAY / 2)
    world.poll(DAY / 2, cached)

    next_at = world.now(claim).next_at
    assert next_at is not None
    assert 18 * MINUTE <= next_at - world.time <= 22 * MINUTE


# --- lapsed -------------------------------------------------------------------------------------


def test_policies_rest_while_it_has_lapsed_and_count_again_by_themselves(world: World) -> None:
    domain = lapsed(world)
    world.other.create(f"ada@{NAME}")
    world.other.drain()
    world.acme.create(f"ada@{NAME}")
    world.acme.drain()
    assert len(world.acme.conflicts()) == 1
    with transaction(world.acme.engine) as connection:
        by = Acting(actor="test", now=world.time)
        changes = {"auto_join": "role"}
        domains.update(connection, domain.organization_id, domain.id, changes, by)

    world.publish(domain)
    live(world, 2 * DAY)
    world.acme.drain()

    again = world.now(domain)
    assert (again.state, again.auto_join, again.proof_missing_since) == ("verified", "role", None)
    assert told(world.acme)[-1] == "organization_domain.verified"
    assert world.acme.conflicts() == []
    assert differences(world.acme.engine, world.acme.organization_id) == []


def test_a_lapsed_one_is_looked_for_once_a_day(world: World) -> None:
    lapsed(world)
    looks = [world.poll(DAY / 24) for _ in range(24 * 30)]

    assert sum(looks) in range(26, 34)


def test_who_comes_back_when_somebody_else_has_it_contests_it(world: World) -> None:
    domain = lapsed(world)
    theirs = world.claim(world.other)
    world.publish(theirs)
    world.poll(MINUTE)
    assert world.now(theirs).state == "verified"

    world.publish(domain, theirs)
    live(world, 2 * DAY)

    assert world.now(domain).state == "contested"
    assert world.now(theirs).state == "verified"


# --- a contest ----------------------------------------------------------------------------------


def test_a_contest_ends_when_the_holders_proof_lapses(world: World) -> None:
    mine, theirs = contested(world)
    world.publish(theirs)
    live(world, domains.GRACE - DAY)
    while world.now(mine).state == "verified":
        assert world.now(theirs).state == "contested"
        due = [world.now(one).next_at or world.time for one in (mine, theirs)]
        world.poll(min(due) - world.time)

    assert (world.now(mine).state, world.now(theirs).state) == ("lapsed", "verified")
    assert world.now(theirs).verified_at == world.now(mine).updated_at == world.time
    assert told(world.other)[-1] == "organization_domain.verified"


def test_a_contest_has_the_holder_looked_at_again_at_once(world: World) -> None:
    mine, theirs = verified(world), world.claim(world.other)
    world.publish(theirs)
    world.poll(MINUTE)

    assert world.now(theirs).state == "contested"
    assert world.now(mine).proof_missing_since == world.time


@pytest.mark.parametrize("winner", ["holder", "contester"])
@pytest.mark.parametrize("proof", [True, False])
@pytest.mark.parametrize("elder", ["holder", "contester"])
def test_an_administrator_decides(
    world: World, winner: Winner, elder: Winner, *, proof: bool
) -> None:
    """Whichever organization was there first, in whose order both are told."""
    if elder == "contester":
        world.acme, world.other = world.other, world.acme
    if proof:
        mine, theirs = contested(world)
    else:
        mine, theirs = world.acme.own(NAME), world.claim(world.other)
        world.publish(theirs)
        world.poll(MINUTE)
    decide(world, theirs, winner)

    states = (world.now(mine).state, world.now(theirs).state)
    assert states == (("verified", "failed") if winner == "holder" else ("failed", "verified"))
    loser = world.acme if winner == "contester" else world.other
    event = [one for one in loser.events() if one["type"] == "organization_domain.failed"][-1]
    assert event["data"]["reason"] == f"an administrator has decided who has {NAME}"
    assert world.now(theirs).note == "a contract"
    live(world, 20 * DAY)
    assert (world.now(mine).state, world.now(theirs).state) == states


def test_the_loser_may_begin_anew_with_another_token(world: World) -> None:
    _, theirs = contested(world)
    decide(world, theirs, "holder")

    anew = world.check(theirs)

    assert (anew.state, anew.token != theirs.token) == ("pending", True)


def test_only_a_contest_is_decided(world: World) -> None:
    mine, theirs = verified(world), world.claim(world.other)

    for domain in (mine, theirs):
        with pytest.raises(Refused, match="not contested"):
            decide(world, domain, "contester")


def decide(world: World, claim: Domain, winner: Winner) -> None:
    by = Acting(actor="test", now=world.time)
    with transaction(world.acme.engine) as connection:
        domain_contests.decide(
            connection, claim.organization_id, claim.id, winner, "a contract", by
        )


# --- another owner ------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["lapse", "give up", "decide"])
def test_the_next_owner_gets_none_of_the_former_ones_people(world: World, ending: str) -> None:
    """Neither who is a member there, nor who was: an administrator has to say so."""
    mine = verified(world)
    world.acme.create(f"ada@{NAME}")
    left = world.acme.create(f"bob@{NAME}")
    world.acme.drain()
    world.acme.delete(left)
    world.acme.drain()
    theirs = world.claim(world.other)
    if ending == "give up":
        world.acme.disown(mine)
    if ending == "decide":
        world.publish(mine, theirs)
        world.poll(MINUTE)
        decide(world, theirs, "contester")
    world.publish(theirs)
    live(world, domains.GRACE + 2 * DAY)
    assert world.now(theirs).state == "verified"

    world.other.create(f"ada@{NAME}")
    world.other.create(f"bob@{NAME}")
    world.other.create(f"new@{NAME}")
    world.other.drain()

    assert set(world.other.people()) == {f"new@{NAME}"}
    assert len(world.other.conflicts()) == 2


def test_who_never_had_it_keeps_nobody(world: World) -> None:
    """What a directory of somebody else's said of an address is no reason against its owner."""
    world.other.create(f"ada@{NAME}")
    world.other.drain()
    verified(world)
    world.acme.create(f"ada@{NAME}")
    world.acme.drain()

    assert set(world.acme.people()) == {f"ada@{NAME}"}
