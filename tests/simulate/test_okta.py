"""Okta's client, as it comes over the wire."""

from dataclasses import replace

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


def test_okta_introduces_itself(prompter: Prompter) -> None:
    prompter.script = [NOBODY, CREATED]
    drive(prompter.url, Idp.OKTA, assign_ines)
    lookup, create = (heard.headers for heard in prompter.heard)
    assert lookup["authorization"] == "Bearer secret"
    assert lookup["user-agent"] == "Okta SCIM Client 1.0.0"
    assert lookup["accept"] == "application/scim+json"
    assert lookup["accept-charset"] == "utf-8"
    assert create["content-type"] == "application/scim+json; charset=utf-8"


def test_okta_writes_spaces_as_percent_20(prompter: Prompter) -> None:
    prompter.script = [NOBODY, CREATED, NOBODY, Scripted(201, {"id": "g1"}), NO_CONTENT, NO_CONTENT]
    drive(prompter.url, Idp.OKTA, assign_and_push)
    name = "%22R%26D%20%5C%22S%C3%BCd%5C%22%22"
    assert prompter.lines() == [
        "GET /Users?filter=userName%20eq%20%22ines%40x.test%22&startIndex=1&count=100",
        "POST /Users",
        f"GET /Groups?filter=displayName%20eq%20{name}&startIndex=1&count=100",
        "POST /Groups",
        "PATCH /Groups/g1",
        "PATCH /Groups/g1",
    ]


def test_okta_s_connection_test_reads_users_and_groups(prompter: Prompter) -> None:
    prompter.script = [NOBODY, NOBODY]
    drive(prompter.url, Idp.OKTA, lambda client: client.test_connection())
    assert prompter.lines() == [
        "GET /Users?startIndex=1&count=2",
        "GET /Groups?count=100&startIndex=1",
    ]


def test_okta_sends_a_random_password_of_eight_characters(prompter: Prompter) -> None:
    prompter.script = [NOBODY, CREATED] * 2
    for _ in range(2):
        drive(prompter.url, Idp.OKTA, assign_ines)
    first, second = (heard.body["password"] for heard in prompter.heard if heard.body)
    assert len(first) == 8
    assert first != second


def test_okta_reads_before_it_replaces(prompter: Prompter) -> None:
    prompter.script = [found(id="u1", active=True), Scripted(200, {"id": "u1"}), Scripted(200, {})]
    drive(prompter.url, Idp.OKTA, assign_ines)
    assert prompter.lines()[1:] == ["GET /Users/u1", "PUT /Users/u1"]


def test_okta_activates_a_deactivated_user_under_the_old_id(prompter: Prompter) -> None:
    prompter.script = [
        found(id="u1", active=False),
        NO_CONTENT,
        Scripted(200, {"id": "u1"}),
        Scripted(200, {"id": "u1"}),
    ]
    drive(prompter.url, Idp.OKTA, assign_ines)
    assert prompter.lines()[1:] == ["PATCH /Users/u1", "GET /Users/u1", "PUT /Users/u1"]
    assert prompter.heard[1].body["Operations"] == [{"op": "replace", "value": {"active": True}}]


def test_okta_fills_a_group_that_was_there_by_push_now(prompter: Prompter) -> None:
    prompter.script = [NOBODY, CREATED, found(id="g1"), NO_CONTENT, NO_CONTENT]
    drive(prompter.url, Idp.OKTA, assign_and_push)
    assert prompter.lines()[3:] == ["PATCH /Groups/g1", "PATCH /Groups/g1"]
    metadata, members = (heard.body["Operations"] for heard in prompter.heard[3:])
    assert metadata[0]["value"] == {"id": "g1", "displayName": 'R&D "Süd"'}
    assert members == [
        {"op": "replace", "path": "members", "value": [{"value": "u1", "display": "ines@x.test"}]}
    ]


def test_okta_spreads_a_large_delta_and_removes_only_once(prompter: Prompter) -> None:
    crowd = [replace(INES, external_id=str(number)) for number in range(101)]
    group = Group(external_id="00g1", display_name="Ops")

    async def deed(client: Client) -> None:
        for person in (OMAR, *crowd):
            await client.assign(person)
        await client.push_group(group)
        await client.change_members(group, joined=crowd, left=(OMAR,))

    prompter.script = [NOBODY, CREATED] * 102 + [NOBODY, Scripted(201, {"id": "g1"})]
    prompter.script += [NO_CONTENT] * 4
    drive(prompter.url, Idp.OKTA, deed)
    first, second = (heard.body["Operations"] for heard in prompter.heard[-2:])
    assert [operation["op"] for operation in first] == ["remove", "add"]
    assert [operation["op"] for operation in second] == ["add"]
    assert [len(operations[-1]["value"]) for operations in (first, second)] == [100, 1]
