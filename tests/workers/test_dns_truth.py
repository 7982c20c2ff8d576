"""What is there, against what resolvers remember: zones, delegations and caches on loopback."""

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta

import dns.flags
import dns.message
import dns.query

from tests.dns_trees import CHALLENGE, PLACE, PROOF, look, verdict
from tests.servers.dns import dns_server
from tests.servers.dns_tree import MOST_BYTES, Authority, SmallInternet, Tree
from tests.servers.ports import LOOPBACK

SECONDS = 5
LONG = [*(f'"{number}{"x" * 200}"' for number in range(10)), PROOF]


def asked_directly(server: Authority) -> int:
    """How often it was asked about the place since the last time."""
    asked = [(name, kind) for name, kind, _ in server.asked].count((PLACE, "TXT"))
    server.asked.clear()
    return asked


def test_a_record_is_found_along_delegations(tree: SmallInternet) -> None:
    tree.publish(PLACE, PROOF)

    seen = look(tree)

    assert verdict(seen) == ("found", "found")
    assert {answer.by for answer in seen.answers} == {"resolver"}


def test_what_resolvers_still_remember_as_absent_is_told_and_takes_nothing(
    tree: SmallInternet,
) -> None:
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


def test_a_former_record_that_is_remembered_is_told_likewise(tree: SmallInternet) -> None:
    tree.publish(PLACE, '"token=older"')
    assert verdict(look(tree)) == ("absent", "another_token")
    tree.publish(PLACE, PROOF)
    tree.pass_(20)

    seen = look(tree)

    assert verdict(seen) == ("unknown", "still_cached")
    assert seen.sentence.endswith("40 s left")


def test_a_zone_whose_servers_differ_is_told(tree: SmallInternet) -> None:
    look(tree)
    tree.pass_(10)
    tree.publish_at_first(PLACE, PROOF)

    assert look(tree).sentence.startswith("1 of 2 name servers of the domain have the record")


@dataclass(frozen=True)
class Forwarder:
    """As dnsmasq is: what it remembers as absent it tells without the zone's SOA."""

    port: int

    def answer(self, wire: bytes, transport: str) -> bytes | None:
        query = dns.message.from_wire(wire)
        found = dns.query.tcp(query, LOOPBACK, timeout=SECONDS, port=self.port)
        found.authority.clear()
        return found.to_wire()


def test_an_absence_whose_age_nobody_tells_may_be_a_memory(own_tree: Tree) -> None:
    with ExitStack() as stack:
        resolvers = [
            stack.enter_context(dns_server(Forwarder(port))) for port in own_tree.resolvers
        ]
        look(own_tree, resolvers=resolvers)
        own_tree.publish(PLACE, PROOF)

        seen = look(own_tree, resolvers=resolvers)

    assert verdict(seen) == ("unknown", "still_cached")
    assert seen.sentence.endswith("what was there before: they do not say for how long")


def test_an_absence_that_was_just_seen_needs_no_second_word(own_tree: Tree) -> None:
    for server in own_tree.acme:
        server.asked.clear()
    look(own_tree)
    assert sum(asked_directly(server) for server in own_tree.acme) == 2  # the two resolvers
    own_tree.pass_(10)
    look(own_tree)
    assert [asked_directly(server) for server in own_tree.acme] == [1, 1]


def test_an_absence_that_the_zone_itself_confirms_is_one(tree: SmallInternet) -> None:
    look(tree)
    tree.pass_(10)

    seen = look(tree)

    assert verdict(seen) == ("absent", "no_such_name")
    assert [one.code for one in seen.answers if one.by == "name_server"] == ["nxdomain"] * 2


def test_a_cname_into_another_zone_is_followed_by_resolvers_and_to_its_owners(
    tree: SmallInternet,
) -> None:
    tree.publish(PLACE, "acme.dcv.example.", kind="CNAME")
    assert look(tree).outcome == "absent"
    tree.pass_(10)
    tree.publish_elsewhere("acme.dcv.example", PROOF)

    assert verdict(look(tree)) == ("unknown", "still_cached")
    tree.pass_(4000)
    assert verdict(look(tree)) == ("found", "found")


def test_a_cname_that_is_remembered_though_its_target_is_not_is_told(tree: SmallInternet) -> None:
    """Where it leads to was looked at just now; that it leads elsewhere since, was not."""
    tree.publish(PLACE, "wrong.dcv.example.", kind="CNAME", seconds=86400)
    assert look(tree).outcome == "absent"
    tree.pass_(4000)
    tree.publish(PLACE, "acme.dcv.example.", kind="CNAME", seconds=86400)
    tree.publish_elsewhere("acme.dcv.example", PROOF)

    seen = look(tree)

    assert verdict(seen) == ("unknown", "still_cached")
    assert seen.sentence.endswith("23 h left")


def test_a_dangling_cname_proves_nothing_to_whoever_takes_its_target(tree: SmallInternet) -> None:
    """The token is the claim's, so what stands there has to be this organization's own."""
    tree.publish(PLACE, "acme.dcv.example.", kind="CNAME")
    tree.publish_elsewhere("acme.dcv.example", '"token=of-somebody-else"')

    assert verdict(look(tree)) == ("absent", "another_token")


def test_name_servers_within_our_network_are_not_asked(own_tree: Tree) -> None:
    """A delegation says where to ask; nobody makes us ask ourselves."""
    look(own_tree)
    own_tree.pass_(10)
    own_tree.publish(PLACE, PROOF)
    for server in own_tree.acme:
        server.asked.clear()

    seen = look(own_tree, or_loopback=False)

    assert verdict(seen) == ("absent", "no_such_name")
    assert [asked_directly(server) for server in own_tree.acme] == [0, 0]


def test_name_servers_that_fail_explain_nothing_and_break_nothing(tree: SmallInternet) -> None:
    look(tree)
    tree.pass_(10)
    tree.break_("refused")

    assert verdict(look(tree)) == ("absent", "no_such_name")


def test_a_name_server_that_is_silent_does_not_hide_what_the_other_one_has(
    tree: SmallInternet,
) -> None:
    look(tree)
    tree.pass_(10)
    tree.publish(PLACE, PROOF)
    tree.silence_one()

    seen = look(tree)

    assert verdict(seen) == ("unknown", "still_cached")
    assert seen.sentence.startswith("1 of 2 name servers of the domain have the record")


def test_a_zone_that_is_broken_is_unknown(tree: SmallInternet) -> None:
    tree.break_("refused")

    assert verdict(look(tree)) == ("unknown", "resolvers_failed")


def test_a_zone_with_one_silent_server_is_as_good_as_any(tree: SmallInternet) -> None:
    tree.publish(PLACE, PROOF)
    tree.silence_one()

    assert verdict(look(tree)) == ("found", "found")


def test_long_answers_of_the_zone_come_by_tcp(own_tree: Tree) -> None:
    own_tree.publish(PLACE, *LONG)

    assert verdict(look(own_tree)) == ("found", "found")
    assert "tcp" in {transport for one in own_tree.acme for *_, transport in one.asked}


def test_long_answers_of_resolvers_come_by_tcp(tree: SmallInternet) -> None:
    tree.publish(PLACE, *LONG)
    query = dns.message.make_query(PLACE, "TXT", use_edns=0, payload=MOST_BYTES)
    by_udp = dns.query.udp(query, LOOPBACK, timeout=SECONDS, port=tree.resolvers[0])
    assert by_udp.flags & dns.flags.TC

    assert verdict(look(tree)) == ("found", "found")


def test_a_record_whose_name_has_the_domain_twice_is_told(tree: SmallInternet) -> None:
    twice = f"{PLACE}.acme.example"
    tree.publish(twice, PROOF)

    seen = look(tree)

    assert verdict(seen) == ("absent", "name_twice")
    assert seen.sentence.startswith(f"the record is at {twice}; it is expected at {PLACE}")
