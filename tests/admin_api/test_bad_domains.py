"""What administrators send by mistake, and others on purpose: each is told its fault."""

import secrets
from typing import Any

import pytest

from tests.admin_serving import Admin, fields, problem

NOBODY = "dom_0190000000007000800000000000000f"
NAMES = {
    "a page": "https://acme.example/about",
    "an address": "ada@acme.example",
    "a wildcard": "*.acme.example",
    "a port": "acme.example:443",
    "a record": "_provisioning-challenge.acme.example",
    "an IPv4 address": "192.0.2.1",
    "an IPv6 address": "[2001:db8::1]",
    "dots": "acme..example",
    "a dot first": ".acme.example",
    "a hyphen first": "-acme.example",
    "a long label": f"{'a' * 64}.example",
    "a line": "acme.example\nX-Injected: 1",
    "a sign": "acme\U0001f600.example",
    "no letter": "\u200d.example",
    "turned around": "acme\u202eelpmaxe.moc",
    "a Cyrillic letter": "\u0430cme.example",
    "no Punycode": "xn--99999999999999999999.example",
    "Punycode of ASCII": "xn--acme-.example",
    "SQL": "acme.example'; DROP TABLE domains; --",
    "HTML": "<script>alert(1)</script>.example",
    "one label": "localhost",
    "a suffix": "co.uk",
    "a suffix beneath none": "example",
    "a hoster's suffix in capitals": "CO.UK.",
    "mailboxes beneath": "eu.gmail.com",
}
BODIES: dict[str, tuple[Any, str]] = {
    "nothing": ({}, "name"),
    "null": ({"name": None}, "name"),
    "a number": ({"name": 1}, "name"),
    "a list": ({"name": ["acme.example"]}, "name"),
    "empty": ({"name": ""}, "name"),
    "space": ({"name": " "}, "name"),
    "NUL": ({"name": "acme\0.example"}, "name"),
    "too long": ({"name": f"{'a' * 254}.example"}, "name"),
    "another's state": ({"name": "acme.example", "state": "verified"}, "state"),
    "a token": ({"name": "acme.example", "token": "mine"}, "token"),
    "a label of its own": ({"name": "acme.example", "account_label": "mine"}, "account_label"),
}
POLICIES: dict[str, tuple[Any, tuple[int, str]]] = {
    "unknown": ({"auto_join": "always"}, (400, "invalid_body")),
    "of another kind": ({"auto_join": True}, (400, "invalid_body")),
    "a text": ({"restrict_email": "yes"}, (400, "invalid_body")),
    "no role": ({"auto_join_role": "king"}, (404, "role_not_found")),
    "owner": ({"auto_join_role": "owner"}, (409, "role_not_allowed")),
    "empty role": ({"auto_join_role": ""}, (400, "invalid_body")),
    "beside": ({"capture": True}, (400, "invalid_body")),
}


@pytest.fixture
def acme(admin: Admin) -> str:
    return f"/organizations/{admin.organization()['id']}/domains"


@pytest.fixture
def claimed(admin: Admin, acme: str) -> str:
    made = admin.post(acme, {"name": f"{secrets.token_hex(6)}.example"})
    return f"{acme}/{made['id']}"


@pytest.mark.parametrize("name", NAMES.values(), ids=list(NAMES))
def test_what_is_no_domain_of_ones_own_is_refused_by_name(
    admin: Admin, acme: str, name: str
) -> None:
    answer = admin.client.post(acme, json={"name": name})

    status, code = problem(answer)
    assert (status, code.partition("_")[0]) == (409, "domain")
    assert answer.json()["error"]["message"].isprintable()
    assert admin.get(acme)["data"] == []


@pytest.mark.parametrize(("body", "field"), BODIES.values(), ids=list(BODIES))
def test_what_is_no_claim_is_refused_by_field(
    admin: Admin, acme: str, body: dict[str, Any], field: str
) -> None:
    answer = admin.client.post(acme, json=body)

    assert problem(answer) == (400, "invalid_body")
    assert fields(answer) == [field]


def test_half_a_sign_is_none(admin: Admin, acme: str) -> None:
    text = b'{"name": "\\ud800.example"}'
    answer = admin.client.post(acme, content=text, headers={"Content-Type": "application/json"})

    assert problem(answer) == (400, "invalid_body")


@pytest.mark.parametrize("text", ["", "[]", "null", '"acme.example"', "{", '{"name": "a"' * 3])
def test_what_is_no_object_is_refused(admin: Admin, acme: str, text: str) -> None:
    answer = admin.client.post(acme, content=text, headers={"Content-Type": "application/json"})

    assert problem(answer) == (400, "invalid_body")


@pytest.mark.parametrize(("policies", "refusal"), POLICIES.values(), ids=list(POLICIES))
def test_policies_that_are_none_change_nothing(
    admin: Admin, claimed: str, policies: dict[str, Any], refusal: tuple[int, str]
) -> None:
    before = admin.get(claimed)

    answer = admin.client.patch(claimed, json={"policies": policies})

    assert problem(answer) == refusal
    assert admin.get(claimed) == before


@pytest.mark.parametrize("verb", ["verify-manually", "decide-contest"])
@pytest.mark.parametrize("note", [None, "", " ", "a\0b", "x" * 1001, 7])
def test_a_word_that_is_none_is_not_taken(
    admin: Admin, claimed: str, verb: str, note: object
) -> None:
    answer = admin.client.post(f"{claimed}/{verb}", json={"note": note, "winner": "holder"})

    assert problem(answer) == (400, "invalid_body")
    assert "note" in fields(answer)


def test_a_contest_has_two_sides(admin: Admin, claimed: str) -> None:
    answer = admin.client.post(f"{claimed}/decide-contest", json={"note": "x", "winner": "me"})
    assert (problem(answer), fields(answer)) == ((400, "invalid_body"), ["winner"])


@pytest.mark.parametrize("key", [NOBODY, "dom_", "%00", "..%2F..", "'; --", "x" * 3000])
def test_an_id_that_is_nobodys_is_not_found(admin: Admin, acme: str, key: str) -> None:
    for answer in (
        admin.client.get(f"{acme}/{key}"),
        admin.client.delete(f"{acme}/{key}"),
        admin.client.post(f"{acme}/{key}/check"),
        admin.client.patch(f"{acme}/{key}", json={"policies": {}}),
    ):
        assert answer.status_code in {400, 404}, answer.text


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "limit=101", "after=x", "before=%00"])
def test_a_page_that_is_none_is_refused(admin: Admin, acme: str, query: str) -> None:
    answer = admin.client.get(f"{acme}?{query}")

    assert problem(answer) == (400, "invalid_query_string")
