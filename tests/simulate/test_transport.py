"""What the clients make of conflicts, busy servers and answers nobody could use."""

import pytest

from service.simulate.client import Client
from service.simulate.identities import Group, Idp
from service.simulate.ledger import NO_ANSWER
from service.simulate.wire import ENTERPRISE_USER
from tests.simulate.driving import (
    CREATED,
    INES,
    NO_CONTENT,
    NOBODY,
    OMAR,
    assign_ines,
    drive,
    found,
)
from tests.simulate.prompter import Prompter, Scripted


@pytest.mark.parametrize("idp", Idp)
def test_a_conflict_on_create_leads_to_adoption(prompter: Prompter, idp: Idp) -> None:
    prompter.script = [
        NOBODY,
        Scripted(409, {"detail": "userName is in use"}),
        found(id="u9", active=True),
        Scripted(200, {"id": "u9"}),
        NO_CONTENT,
    ]
    ledger = drive(prompter.url, idp, assign_ines)
    assert not ledger.failures
    assert ledger.created["user"] == []
    assert prompter.heard[-1].path == "/Users/u9"


def test_a_conflict_without_a_match_is_a_failure(prompter: Prompter) -> None:
    prompter.script = [NOBODY, Scripted(409, {"detail": "taken"}), NOBODY]
    failure = drive(prompter.url, Idp.ENTRA, assign_ines).failures[0]
    assert (failure.status, failure.kind) == (409, "create user")
    assert "taken" in failure.detail


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again(prompter: Prompter, status: int) -> None:
    prompter.script = [Scripted(status, headers={"Retry-After": "0"}), NOBODY, CREATED]
    ledger = drive(prompter.url, Idp.OKTA, assign_ines)
    assert (ledger.retries, ledger.failures) == (1, [])
    assert [status for status, _ in ledger.samples["look up user"]] == [status, 200]


def test_patience_ends_after_the_last_attempt(prompter: Prompter) -> None:
    prompter.script = [Scripted(429, {"detail": "slow down"})] * 3
    ledger = drive(prompter.url, Idp.OKTA, assign_ines, attempts=3)
    assert (ledger.retries, ledger.failures[0].status) == (2, 429)
    assert prompter.script == []


@pytest.mark.parametrize("status", [400, 401, 500])
def test_other_refusals_are_not_repeated(prompter: Prompter, status: int) -> None:
    prompter.script = [NOBODY, Scripted(status, {"detail": "userName: ines@x.test is refused"})]
    ledger = drive(prompter.url, Idp.OKTA, assign_ines)
    assert ledger.retries == 0
    assert ledger.failures[0].status == status
    assert ledger.failures[0].detail == "userName: <address> is refused"


def test_an_empty_lookup_told_as_404_is_tolerated_by_okta_alone(prompter: Prompter) -> None:
    prompter.script = [
        Scripted(404, {"detail": "none"}),
        CREATED,
        Scripted(404, {"detail": "none"}),
    ]
    assert not drive(prompter.url, Idp.OKTA, assign_ines).failures
    assert drive(prompter.url, Idp.ENTRA, assign_ines).failures[0].status == 404


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Scripted(200, "hello"), "not a JSON object"),
        (Scripted(200, ["a"]), "not a JSON object"),
        (Scripted(200, {"totalResults": "0"}), "not a ListResponse"),
        (Scripted(200, {"totalResults": 1, "Resources": ["u1"]}), "no resource"),
        (Scripted(200, {"totalResults": 2, "Resources": []}), "no resource"),
        (found(userName="ines@x.test"), "no id"),
        (Scripted(500, "<h1>Oops</h1>"), "<h1>Oops</h1>"),
    ],
)
def test_an_answer_no_idp_could_use_is_a_failure(
    prompter: Prompter, answer: Scripted, words: str
) -> None:
    prompter.script = [answer]
    assert words in drive(prompter.url, Idp.OKTA, assign_ines).failures[0].detail


@pytest.mark.parametrize("idp", Idp)
def test_an_oddly_shaped_resource_counts_as_unassigned(prompter: Prompter, idp: Idp) -> None:
    odd = {"id": "u1", "name": "Ines", "emails": ["ines"], ENTERPRISE_USER: []}
    prompter.script = [found(id="u1"), Scripted(200, odd), NO_CONTENT]
    assert not drive(prompter.url, idp, assign_ines).failures
    assert len(prompter.heard) == 3


def test_a_connection_that_breaks_is_made_again(prompter: Prompter) -> None:
    prompter.script = [NOBODY, Scripted(NO_ANSWER), CREATED]
    ledger = drive(prompter.url, Idp.OKTA, assign_ines)
    assert (ledger.retries, ledger.failures) == (1, [])
    assert [status for status, _ in ledger.samples["create user"]] == [NO_ANSWER, 201]


def test_an_answer_that_cannot_be_decoded_is_asked_for_again(prompter: Prompter) -> None:
    garbled = Scripted(200, "not gzip", {"Content-Encoding": "gzip"})
    prompter.script = [NOBODY, garbled, CREATED]
    ledger = drive(prompter.url, Idp.OKTA, assign_ines)
    assert (ledger.retries, ledger.failures) == (1, [])


def test_a_server_that_goes_away_is_given_up_after_the_last_attempt(prompter: Prompter) -> None:
    prompter.script = [NOBODY, *[Scripted(NO_ANSWER)] * 3]
    ledger = drive(prompter.url, Idp.OKTA, assign_ines, attempts=3)
    assert (ledger.retries, ledger.failures[0].status) == (2, NO_ANSWER)


def test_a_created_user_without_an_id_is_a_failure(prompter: Prompter) -> None:
    prompter.script = [NOBODY, Scripted(201, {"userName": "ines@x.test"})]
    assert "no id" in drive(prompter.url, Idp.OKTA, assign_ines).failures[0].detail


def test_people_who_were_never_provisioned_are_passed_over(prompter: Prompter) -> None:
    async def deed(client: Client) -> None:
        group = Group(external_id="00g1", display_name="Ops")
        await client.change_members(group, joined=(INES,), left=(OMAR,))
        await client.update(INES)
        await client.unassign(INES)
        await client.delete_group(group)
        await client.assign(INES)
        await client.change_members(group, joined=(INES,), left=())

    prompter.script = [NOBODY, CREATED] * 2
    for idp in Idp:
        drive(prompter.url, idp, deed)
    assert [line.split("?")[0] for line in prompter.lines()] == ["GET /Users", "POST /Users"] * 2


def test_a_server_that_never_answered_is_asked_once(unused_port: int) -> None:
    ledger = drive(f"http://127.0.0.1:{unused_port}", Idp.OKTA, assign_ines)
    assert ledger.retries == 0
    assert ledger.failures[0].status == NO_ANSWER
