"""Entra's client, as it comes over the wire."""

import pytest

from service.simulate.client import Client
from service.simulate.identities import Group, Idp
from tests.simulate.driving import (
    CREATED,
    INES,
    NO_CONTENT,
    NOBODY,
    OMAR,
    assign_and_push,
    assign_ines,
    drive,
    found,
)
from tests.simulate.prompter import Prompter, Scripted


def test_entra_says_neither_who_it_is_nor_what_it_accepts(prompter: Prompter) -> None:
    prompter.script = [NOBODY, CREATED]
    drive(prompter.url, Idp.ENTRA, assign_ines)
    lookup, create = (heard.headers for heard in prompter.heard)
    assert {"user-agent", "accept", "content-type"}.isdisjoint(lookup)
    assert {"user-agent", "accept"}.isdisjoint(create)
    assert create["content-type"] == "application/scim+json; charset=utf-8"


def test_entra_writes_spaces_as_plus(prompter: Prompter) -> None:
    prompter.script = [NOBODY, CREATED, NOBODY, Scripted(201, {"id": "g1"}), NO_CONTENT]
    drive(prompter.url, Idp.ENTRA, assign_and_push)
    name = "%22R%26D+%5C%22S%C3%BCd%5C%22%22"
    assert prompter.lines() == [
        "GET /Users?filter=userName+eq+%22ines%40x.test%22",
        "POST /Users",
        f"GET /Groups?excludedAttributes=members&filter=displayName+eq+{name}",
        "POST /Groups",
        "PATCH /Groups/g1",
    ]


def test_entra_s_connection_test_asks_for_somebody_who_cannot_exist(prompter: Prompter) -> None:
    prompter.script = [NOBODY, NOBODY]
    for _ in range(2):
        drive(prompter.url, Idp.ENTRA, lambda client: client.test_connection())
    first, second = prompter.lines()
    assert first.startswith("GET /Users?filter=userName+eq+%22")
    assert first != second


def test_entra_restores_a_match_with_the_text_true(prompter: Prompter) -> None:
    prompter.script = [
        found(id="u1", active=False),
        Scripted(
            200,
            {
                "id": "u1",
                "userName": "ines@x.test",
                "externalId": "00u1",
                "active": False,
                "displayName": "Inês Carvalho",
                "name": {
                    "givenName": "Inês",
                    "familyName": "Carvalho",
                    "formatted": "Inês Carvalho",
                },
                "emails": [{"type": "work", "value": "ines@x.test"}],
            },
        ),
        NO_CONTENT,
    ]
    drive(prompter.url, Idp.ENTRA, assign_ines)
    assert prompter.lines()[1:] == ["GET /Users/u1", "PATCH /Users/u1"]
    assert prompter.heard[2].body["Operations"] == [
        {"op": "Replace", "path": "active", "value": "True"}
    ]


def test_entra_checks_a_member_before_it_adds_one(prompter: Prompter) -> None:
    async def deed(client: Client) -> None:
        await client.assign(INES)
        await client.assign(OMAR)
        group = Group(external_id="g", display_name="Payroll")
        await client.push_group(group)
        await client.change_members(group, joined=(INES, OMAR), left=())

    prompter.script = [
        *(NOBODY, CREATED),
        *(NOBODY, Scripted(201, {"id": "u2"})),
        found(id="g1"),
        *(found(id="g1"), NOBODY),
        NO_CONTENT,
    ]
    drive(prompter.url, Idp.ENTRA, deed)
    check = "GET /Groups?attributes=id&filter=id+eq+%22g1%22+and+members+eq+"
    assert prompter.lines()[5:] == [f"{check}%22u1%22", f"{check}%22u2%22", "PATCH /Groups/g1"]
    added = prompter.heard[-1].body["Operations"][0]["value"]
    assert added == [{"$ref": None, "value": "u2"}]


@pytest.mark.parametrize(("query", "entra_flag"), [("/?aadOptscim062020", False), ("", True)])
def test_entra_s_flag_is_an_option_or_the_end_of_the_url(
    prompter: Prompter,
    query: str,
    entra_flag: bool,  # noqa: FBT001 - pytest gives it by name
) -> None:
    async def deed(client: Client) -> None:
        await client.assign(INES)
        await client.unassign(INES)

    prompter.script = [NOBODY, CREATED, NO_CONTENT]
    drive(f"{prompter.url}{query}", Idp.ENTRA, deed, entra_flag=entra_flag)
    assert prompter.lines()[1:] == ["POST /Users", "PATCH /Users/u1"]
    assert prompter.heard[2].body["Operations"] == [
        {"op": "replace", "path": "active", "value": False}
    ]
