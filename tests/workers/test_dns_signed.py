"""What only Debian's servers show: signatures and their faults, and resolvers that know better."""

from datetime import timedelta
from functools import partial

from provisioning.domain_proofs import Challenge
from tests.dns_trees import CHALLENGE, PLACE, PROOF, look, verdict
from tests.domain_world import World
from tests.servers.ports import LOOPBACK
from tests.servers.signed_tree import SignedTree
from workers.dns_questions import Server
from workers.dns_txt import observe

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MONTHS = 90 * 86400.0


def test_what_is_signed_is_evidence(debian_tree: SignedTree) -> None:
    debian_tree.publish(PLACE, PROOF)

    seen = look(debian_tree)

    assert verdict(seen) == ("found", "found")
    assert [answer.authenticated for answer in seen.answers] == [True, True]


def test_what_a_signed_cname_says_in_an_unsigned_zone_is_no_evidence(
    debian_tree: SignedTree,
) -> None:
    debian_tree.publish(PLACE, "acme.dcv.example.", kind="CNAME")
    debian_tree.publish_elsewhere("acme.dcv.example", PROOF)

    seen = look(debian_tree)

    assert verdict(seen) == ("found", "found")
    assert [answer.authenticated for answer in seen.answers] == [False, False]


def test_a_ds_record_of_another_key_makes_unknown_what_is_there(debian_tree: SignedTree) -> None:
    debian_tree.publish(PLACE, PROOF)
    debian_tree.example.change("acme.example", *debian_tree.root.signers(), kind="DS")

    seen = look(debian_tree)

    assert verdict(seen) == ("unknown", "dnssec_bogus")
    assert {answer.code for answer in seen.answers} == {"bogus"}
    assert not any(answer.records for answer in seen.answers)


def test_a_ds_record_of_another_key_makes_unknown_what_is_not_there(
    debian_tree: SignedTree,
) -> None:
    """It would be an absence, which takes a domain away, if signatures were not looked at."""
    debian_tree.example.change("acme.example", *debian_tree.root.signers(), kind="DS")

    assert verdict(look(debian_tree)) == ("unknown", "dnssec_bogus")


def test_signatures_that_have_run_out_are_told(debian_tree: SignedTree) -> None:
    debian_tree.publish(PLACE, PROOF)
    debian_tree.pass_(MONTHS)

    seen = look(debian_tree)

    assert verdict(seen) == ("unknown", "dnssec_bogus")
    assert "signatures of the zone have run out" in seen.sentence


def test_a_verified_domain_outlives_broken_signatures(
    debian_tree: SignedTree, world: World
) -> None:
    """However long they are: only that the record is gone takes anything away."""
    asked = partial(observe, resolvers=[Server(LOOPBACK, port) for port in debian_tree.resolvers])
    claimed = world.claim()
    debian_tree.publish(PLACE, f'"{Challenge(claimed.name, claimed.token).record_value}"')
    world.poll(HOUR, asked)
    assert world.now(claimed).state == "verified"

    debian_tree.pass_(MONTHS)
    for _ in range(20):
        world.poll(DAY, asked)

    domain = world.now(claimed)
    assert (domain.state, domain.proof_missing_since) == ("verified", None)
    assert domain.last_check is not None
    assert domain.last_check["observations"][0]["reason"] == "dnssec_bogus"


def test_a_resolver_that_has_records_of_its_own_proves_nothing(debian_tree: SignedTree) -> None:
    """Whoever runs one of them, or stands before it, does not decide whose a domain is."""
    with debian_tree.another_resolver(f"local-data: '{PLACE}. TXT {PROOF}'") as liar:
        seen = look(debian_tree, resolvers=[liar.port, debian_tree.resolvers[0]])

    assert verdict(seen) == ("unknown", "resolvers_disagree")
    assert [answer.records for answer in seen.answers] == [(CHALLENGE.record_value,), ()]


def test_an_absence_that_a_resolver_infers_from_another_name_is_a_memory(
    debian_tree: SignedTree,
) -> None:
    """It knows from signatures what is not there, and need not have asked (RFC 8198)."""
    debian_tree.publish("_z.acme.example", '"v=spf1"')
    with debian_tree.another_resolver("aggressive-nsec: yes") as one:
        resolvers = [one.port, one.port]
        one.ask("_y.acme.example")
        one.advance(600)
        debian_tree.publish(PLACE, PROOF)

        seen = look(debian_tree, resolvers=resolvers)

    assert verdict(seen) == ("unknown", "still_cached")
    assert seen.again == timedelta(seconds=3000)


def test_a_resolver_that_shortens_what_it_remembers_is_taken_at_its_word(
    debian_tree: SignedTree,
) -> None:
    with debian_tree.another_resolver("cache-max-negative-ttl: 900") as one:
        resolvers = [one.port, one.port]
        look(debian_tree, resolvers=resolvers)
        one.advance(300)
        debian_tree.publish(PLACE, PROOF)

        assert look(debian_tree, resolvers=resolvers).again == timedelta(seconds=600)


def test_a_wildcard_that_was_there_before_the_record_is_a_memory(debian_tree: SignedTree) -> None:
    debian_tree.publish("*.acme.example", "site.dcv.example.", kind="CNAME")
    assert verdict(look(debian_tree)) == ("absent", "no_such_name")
    debian_tree.pass_(50)
    debian_tree.publish(PLACE, PROOF)

    assert verdict(look(debian_tree)) == ("unknown", "still_cached")


def test_a_resolver_that_filters_hides_no_record(debian_tree: SignedTree) -> None:
    """As those do that keep people from harm: some deny names, others answer nothing."""
    debian_tree.publish(PLACE, PROOF)
    with debian_tree.another_resolver('local-zone: "acme.example" always_nxdomain') as one:
        seen = look(debian_tree, resolvers=[one.port, *debian_tree.resolvers])

    assert verdict(seen) == ("found", "found")


def test_a_zone_whose_name_servers_have_stopped_is_unknown(debian_tree: SignedTree) -> None:
    debian_tree.break_("silence")

    assert verdict(look(debian_tree)) == ("unknown", "resolvers_failed")
