"""Challenges in DNS, asked of real servers on loopback ports: what proves, and what is said."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest

from provisioning.domain_proofs import Challenge, Observation
from tests.servers.dns import Zone, dns_server
from tests.servers.ports import LOOPBACK, free_port
from workers.dns_questions import Server
from workers.dns_txt import observe

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CHALLENGE = Challenge("acme.example", "a" * 32)
PLACE = CHALLENGE.record_name
PROOF = f'"{CHALLENGE.record_value}"'


class Internet:
    """Three resolvers; most tests let all of them see the same."""

    def __init__(self, zones: list[Zone], resolvers: list[Server]) -> None:
        self.zones = zones
        self.resolvers = resolvers

    def publish(self, name: str, *texts: str, kind: str = "TXT") -> None:
        for zone in self.zones:
            zone.publish(name, *texts, kind=kind)

    def break_(self, fault: str, *numbers: int) -> None:
        for number in numbers:
            self.zones[number].faults[PLACE] = fault

    def look(self, now: datetime = NOON) -> Observation:
        return asyncio.run(observe(CHALLENGE, now, resolvers=self.resolvers))


@pytest.fixture
def internet() -> Iterator[Internet]:
    zones = [Zone() for _ in range(3)]
    with ExitStack() as stack:
        ports = [stack.enter_context(dns_server(zone)) for zone in zones]
        found = Internet(zones, [Server(LOOPBACK, port) for port in ports])
        found.publish("acme.example", "192.0.2.1", kind="A")
        yield found


def verdict(seen: Observation) -> tuple[str, str]:
    return seen.outcome, seen.reason


def test_the_record_proves(internet: Internet) -> None:
    internet.publish(PLACE, PROOF)

    seen = internet.look()

    assert verdict(seen) == ("found", "found")
    assert [answer.records for answer in seen.answers] == [(CHALLENGE.record_value,)] * 3
    assert not any(answer.authenticated for answer in seen.answers)


@pytest.mark.parametrize(
    "texts",
    [
        [f'"{CHALLENGE.token}"'],
        [f'"token={CHALLENGE.token}"'],
        [f'"expiry=never token={CHALLENGE.token}"'],
        [f'"token={CHALLENGE.token} expiry=2026-11-22T12:00:01Z"'],
        [f'"token={CHALLENGE.token[:7]}" "{CHALLENGE.token[7:]} " "expiry=never"'],
        ['"v=spf1 -all"', PROOF, '"token=other"'],
    ],
    ids=["bare", "without expiry", "the other way round", "in time", "strings", "records"],
)
def test_other_ways_to_write_it_prove_as_well(internet: Internet, texts: list[str]) -> None:
    internet.publish(PLACE, *texts)

    assert verdict(internet.look()) == ("found", "found")


def test_strings_of_different_records_are_never_joined(internet: Internet) -> None:
    token = CHALLENGE.token
    internet.publish(PLACE, f'"token={token[:7]}"', f'"{token[7:]}"')

    assert internet.look().outcome == "absent"


def test_cnames_are_followed(internet: Internet) -> None:
    internet.publish(PLACE, "one.dcv.example.", kind="CNAME")
    internet.publish("one.dcv.example", "two.dcv.example.", kind="CNAME")
    internet.publish("two.dcv.example", PROOF)

    assert verdict(internet.look()) == ("found", "found")


def test_cnames_in_a_circle_end(internet: Internet) -> None:
    internet.publish(PLACE, "there.example.", kind="CNAME")
    internet.publish("there.example", f"{PLACE}.", kind="CNAME")

    assert internet.look().outcome != "found"


def test_what_is_cut_off_is_asked_for_by_tcp(internet: Internet) -> None:
    internet.publish(PLACE, *(f'"{number}{"x" * 200}"' for number in range(10)), PROOF)

    assert verdict(internet.look()) == ("found", "found")
    assert {transport for _, transport in internet.zones[0].asked} == {"udp", "tcp"}


def test_what_dnssec_says_is_kept_as_evidence(internet: Internet) -> None:
    internet.publish(PLACE, PROOF)
    internet.zones[1].signed = True

    assert [answer.authenticated for answer in internet.look().answers] == [False, True, False]


# --- not proven, and why ------------------------------------------------------------------------


def test_one_resolver_alone_proves_nothing(internet: Internet) -> None:
    """It may be lied to; or the others remember that there was nothing."""
    internet.zones[0].publish(PLACE, PROOF)

    seen = internet.look()

    assert verdict(seen) == ("unknown", "resolvers_disagree")
    assert seen.sentence.startswith(f"1 of 3 resolvers sees the record at {PLACE}")


def test_two_that_agree_do_without_the_third(internet: Internet) -> None:
    internet.publish(PLACE, PROOF)
    internet.break_("servfail", 2)

    assert verdict(internet.look()) == ("found", "found")


@pytest.mark.parametrize("fault", ["servfail", "refused"])
def test_a_failure_is_no_absence(internet: Internet, fault: str) -> None:
    internet.break_(fault, 0, 1, 2)

    seen = internet.look()

    assert verdict(seen) == ("unknown", "resolvers_failed")
    assert {answer.code for answer in seen.answers} == {"servfail"}


def test_signatures_that_do_not_hold_are_no_absence_and_told(internet: Internet) -> None:
    internet.break_("bogus", 0, 1, 2)

    seen = internet.look()

    assert verdict(seen) == ("unknown", "dnssec_bogus")
    assert "DNSSEC signatures of the zone have run out" in seen.sentence


def test_one_that_sees_it_is_told_beside_others_that_fail(internet: Internet) -> None:
    internet.publish(PLACE, PROOF)
    internet.break_("servfail", 1, 2)

    seen = internet.look()

    assert verdict(seen) == ("unknown", "resolvers_failed")
    assert seen.sentence.startswith("1 of 3 resolvers sees the record; no answer about")


def test_silence_is_no_absence(internet: Internet) -> None:
    internet.break_("silence", 0, 1)

    seen = internet.look()

    assert verdict(seen) == ("unknown", "resolvers_failed")
    assert [answer.code for answer in seen.answers] == ["timeout", "timeout", "nxdomain"]


def test_whoever_is_silent_is_not_waited_for_when_two_agree(internet: Internet) -> None:
    """Else one of them would make all polling slow."""
    internet.publish(PLACE, PROOF)
    internet.break_("silence", 1)

    seen = internet.look()

    assert seen.outcome == "found"
    assert [answer.code for answer in seen.answers] == ["answered", "timeout", "answered"]


def test_resolvers_that_are_not_there_are_no_absence(internet: Internet) -> None:
    internet.resolvers = [Server(LOOPBACK, free_port()) for _ in range(2)]

    assert verdict(internet.look()) == ("unknown", "resolvers_failed")


def test_a_name_that_is_not_there(internet: Internet) -> None:
    seen = internet.look()

    assert verdict(seen) == ("absent", "no_such_name")
    assert PLACE in seen.sentence


def test_a_name_without_a_txt_record(internet: Internet) -> None:
    internet.publish(f"deeper.{PLACE}", '"something"')

    assert verdict(internet.look()) == ("absent", "no_txt_record")


def test_a_record_at_the_apex_is_told(internet: Internet) -> None:
    internet.publish("acme.example", '"v=spf1 -all"', PROOF)

    seen = internet.look()

    assert verdict(seen) == ("absent", "at_the_apex")
    assert seen.sentence == f"the record is at acme.example itself; it is expected at {PLACE}"


def test_the_first_resolver_may_fail_and_the_reason_is_told_all_the_same(
    internet: Internet,
) -> None:
    internet.publish("acme.example", PROOF)
    internet.zones[0].faults |= {PLACE: "servfail", "acme.example": "servfail"}

    assert verdict(internet.look()) == ("absent", "at_the_apex")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f'"token={"b" * 32} expiry=never"', "another_token"),
        ('"v=spf1 -all"', "not_a_token"),
        (f'"token={CHALLENGE.token} expiry=2026-11-22T11:59:59Z"', "expired"),
    ],
)
def test_another_record_at_the_place_is_told(internet: Internet, text: str, reason: str) -> None:
    internet.publish(PLACE, text)

    assert verdict(internet.look()) == ("absent", reason)


def test_the_time_of_a_record_runs_out(internet: Internet) -> None:
    internet.publish(PLACE, f'"token={CHALLENGE.token} expiry=2026-11-23T00:00:00Z"')

    assert internet.look().outcome == "found"
    assert internet.look(NOON + timedelta(days=1)).outcome == "absent"


def test_what_is_kept_of_a_large_answer_is_small(internet: Internet) -> None:
    internet.publish(PLACE, *(f'"{number:03}{"x" * 200}"' for number in range(40)))

    kept = internet.look().kept

    assert [len(answer["records"]) for answer in kept["answers"]] == [10] * 3
    assert max(len(record) for record in kept["answers"][0]["records"]) <= 100


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:5300", "192.0.2.1:5300"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:5300", "[2001:db8::1]:5300"),
    ],
)
def test_a_resolver_is_written_as_addresses_are(text: str, shown: str) -> None:
    assert str(Server.parse(text)) == shown


@pytest.mark.parametrize("text", ["", "dns.example", "192.0.2.1:x", "https://192.0.2.1/"])
def test_what_is_no_address_is_no_resolver(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Server.parse(text)


LABELLED = Challenge(CHALLENGE.name, CHALLENGE.token, "_acct")


def look_for_labelled(internet: Internet) -> Observation:
    return asyncio.run(observe(LABELLED, NOON, resolvers=internet.resolvers))


def test_an_account_with_a_label_has_a_place_of_its_own(internet: Internet) -> None:
    assert LABELLED.record_name == f"_acct.{PLACE}"
    internet.publish(LABELLED.record_name, PROOF)

    assert verdict(look_for_labelled(internet)) == ("found", "found")
    assert internet.look().outcome == "absent"


def test_an_account_with_a_label_may_use_the_place_of_others_as_well(internet: Internet) -> None:
    internet.publish(PLACE, PROOF)

    assert verdict(look_for_labelled(internet)) == ("found", "found")


def test_two_accounts_delegate_their_places_apart(internet: Internet) -> None:
    other = Challenge(CHALLENGE.name, "b" * 32, "_other")
    for challenge, keeper in ((LABELLED, "one"), (other, "two")):
        internet.publish(challenge.record_name, f"{keeper}.dcv.example.", kind="CNAME")
        internet.publish(f"{keeper}.dcv.example", f'"{challenge.record_value}"')

    assert look_for_labelled(internet).outcome == "found"
    assert asyncio.run(observe(other, NOON, resolvers=internet.resolvers)).outcome == "found"


def test_what_is_at_one_of_both_places_explains_the_absence(internet: Internet) -> None:
    assert verdict(look_for_labelled(internet)) == ("absent", "no_such_name")
    internet.publish(PLACE, '"token=somebodyelses"')
    assert verdict(look_for_labelled(internet)) == ("absent", "another_token")


def test_silence_about_one_of_both_places_is_no_absence(internet: Internet) -> None:
    internet.break_("servfail", 0, 1, 2)

    assert verdict(look_for_labelled(internet)) == ("unknown", "resolvers_failed")
    for zone in internet.zones:
        zone.faults = {LABELLED.record_name: "servfail"}
    assert internet.look().outcome == "absent"
    assert verdict(look_for_labelled(internet)) == ("unknown", "resolvers_failed")
