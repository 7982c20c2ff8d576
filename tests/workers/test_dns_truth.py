"""What is there, against what resolvers remember: zones, delegations and caches on loopback."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from provisioning.domain_proofs import Challenge, Observation
from tests.servers.dns_tree import Authority, Tree, dns_tree
from tests.servers.ports import LOOPBACK
from workers.dns_questions import Server
from workers.dns_txt import observe
from workers.name_servers import Reach

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CHALLENGE = Challenge("acme.example", "a" * 32)
PLACE = CHALLENGE.record_name
PROOF = f'"{CHALLENGE.record_value}"'


@pytest.fixture
def tree() -> Iterator[Tree]:
    with dns_tree() as found:
        yield found


def look(tree: Tree, *, or_loopback: bool = True) -> Observation:
    resolvers = [Server(LOOPBACK, port) for port in tree.resolvers]
    reach = Reach(tree.port, or_loopback)
    return asyncio.run(observe(CHALLENGE, NOON, resolvers=resolvers, reach=reach))


def verdict(seen: Observation) -> tuple[str, str]:
    return seen.outcome, seen.reason


def asked_directly(server: Authority) -> int:
    """How often it was asked about the place since the last time."""
    asked = [(name, kind) for name, kind, _ in server.asked].count((PLACE, "TXT"))
    server.asked.clear()
    return asked


def test_a_record_is_found_along_delegations(tree: Tree) -> None:
    tree.publish(PLACE, PROOF)

    seen = look(tree)

    assert verdict(seen) == ("found", "found")
    assert {answer.by for answer in seen.answers} == {"resolver"}


def test_what_resolvers_still_remember_as_absent_is_told_and_takes_nothing(tree: Tree) -> None:
    assert verdict(look(tree)) == ("absent", "no_such_name")
    tree.pass_(600)
    tree.publish(PLACE, PROOF)

    seen = look(tree)

    assert verdict(seen) == ("unknown", "still_cached")
    assert seen.sentence == (
        f"2 of 2 name servers of the domain have the record at {PLACE}; resolvers still remember "
        "what was there before: 50 min left"
    )
    assert seen.again == timedelta(minutes=50)
    assert [one.records for one in seen.answers if one.by == "name_server"] == [
        (CHALLENGE.record_value,)
    ] * 2
    tree.pass_(3001)
    assert verdict(look(tree)) == ("found", "found")


def test_a_former_record_that_is_remembered_is_told_likewise(tree: Tree) -> None:
    tree.publish(PLACE, '"token=older"')
    assert verdict(look(tree)) == ("absent", "another_token")
    tree.publish(PLACE, PROOF)
    tree.pass_(20)

    seen = look(tree)

    assert verdict(seen) == ("unknown", "still_cached")
    assert seen.sentence.endswith("40 s left")


def test_a_zone_whose_servers_differ_is_told(tree: Tree) -> None:
    look(tree)
    tree.pass_(10)
    tree.acme[1].publish(PLACE, PROOF)

    assert look(tree).sentence.startswith("1 of 2 name servers of the domain have the record")


def test_an_absence_that_was_just_seen_needs_no_second_word(tree: Tree) -> None:
    for server in tree.acme:
        server.asked.clear()
    look(tree)
    assert sum(asked_directly(server) for server in tree.acme) == 2  # the two resolvers
    tree.pass_(10)
    look(tree)
    assert [asked_directly(server) for server in tree.acme] == [1, 1]


def test_an_absence_that_the_zone_itself_confirms_is_one(tree: Tree) -> None:
    look(tree)
    tree.pass_(10)

    seen = look(tree)

    assert verdict(seen) == ("absent", "no_such_name")
    assert [one.code for one in seen.answers if one.by == "name_server"] == ["nxdomain"] * 2


def test_a_cname_into_another_zone_is_followed_by_resolvers_and_to_its_owners(tree: Tree) -> None:
    tree.publish(PLACE, "acme.dcv.example.", kind="CNAME")
    assert look(tree).outcome == "absent"
    tree.pass_(10)
    tree.dcv.publish("acme.dcv.example", PROOF)

    assert verdict(look(tree)) == ("unknown", "still_cached")
    tree.pass_(4000)
    assert verdict(look(tree)) == ("found", "found")


def test_a_dangling_cname_proves_nothing_to_whoever_takes_its_target(tree: Tree) -> None:
    """The token is the claim's, so what stands there has to be this organization's own."""
    tree.publish(PLACE, "acme.dcv.example.", kind="CNAME")
    tree.dcv.publish("acme.dcv.example", '"token=of-somebody-else"')

    assert verdict(look(tree)) == ("absent", "another_token")


def test_name_servers_within_our_network_are_not_asked(tree: Tree) -> None:
    """A delegation says where to ask; nobody makes us ask ourselves."""
    look(tree)
    tree.pass_(10)
    tree.publish(PLACE, PROOF)
    for server in tree.acme:
        server.asked.clear()

    seen = look(tree, or_loopback=False)

    assert verdict(seen) == ("absent", "no_such_name")
    assert [asked_directly(server) for server in tree.acme] == [0, 0]


@pytest.mark.parametrize("fault", ["servfail", "refused", "silence"])
def test_name_servers_that_fail_explain_nothing_and_break_nothing(tree: Tree, fault: str) -> None:
    look(tree)
    tree.pass_(10)
    for server in tree.acme:
        server.faults[PLACE] = fault

    assert verdict(look(tree)) == ("absent", "no_such_name")


def test_a_zone_that_is_broken_is_unknown(tree: Tree) -> None:
    for server in tree.acme:
        server.faults[PLACE] = "refused"

    assert verdict(look(tree)) == ("unknown", "resolvers_failed")


def test_long_answers_of_the_zone_come_by_tcp(tree: Tree) -> None:
    tree.publish(PLACE, *(f'"{number}{"x" * 200}"' for number in range(10)), PROOF)

    assert verdict(look(tree)) == ("found", "found")
    assert "tcp" in {transport for one in tree.acme for *_, transport in one.asked}


def test_a_record_whose_name_has_the_domain_twice_is_told(tree: Tree) -> None:
    twice = f"{PLACE}.acme.example"
    tree.publish(twice, PROOF)

    seen = look(tree)

    assert verdict(seen) == ("absent", "name_twice")
    assert seen.sentence.startswith(f"the record is at {twice}; it is expected at {PLACE}")
