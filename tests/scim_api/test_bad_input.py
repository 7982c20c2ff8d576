"""What no identity provider should send: refused in SCIM's words, and nothing of it is kept."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests import snapshots
from tests.scim_errors import refusal
from tests.serving import Scim

NESTED = b'{"userName": "a@x.test", "title": ' + b"[" * 1000 + b"]" * 1000 + b"}"
BODIES = {
    "nothing": (b"", "invalidSyntax", "the body"),
    "cut off": (b'{"userName": "a', "invalidSyntax", "the body"),
    "a list": (b"[]", "invalidSyntax", "the body"),
    "null": (b"null", "invalidSyntax", "the body"),
    "a form": (b"userName=a%40x.test", "invalidSyntax", "the body"),
    "UTF-16": ('{"userName": "a@x.test"}'.encode("utf-16"), "invalidSyntax", "the body"),
    "no UTF-8": (b'{"userName": "\xed\xa0\x80"}', "invalidSyntax", "the body"),
    "gzip": (b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "invalidSyntax", "the body"),
    "NaN": (b'{"userName": NaN}', "invalidSyntax", "the body"),
    "an infinite number": (b'{"userName": 1' + b"0" * 400 + b"}", "invalidSyntax", "the body"),
    "a lone surrogate": (rb'{"userName": "a\ud800"}', "invalidSyntax", "surrogate"),
    "a NUL": (rb'{"userName": "a\u0000@x.test"}', "invalidValue", "userName"),
    "a NUL in a name": (rb'{"a\u0000": 1}', "invalidValue", "U+0000"),
    "a NUL inside": (rb'{"name": {"givenName": "\u0000"}}', "invalidValue", "name.givenName"),
    "deep nesting": (NESTED, "invalidSyntax", "levels"),
    "deeper nesting": (b"[" * 100_000, "invalidSyntax", "the body"),
    "no userName": (b"{}", "invalidValue", "userName"),
    "a blank userName": (b'{"userName": " "}', "invalidValue", "userName"),
    "a decimal": (b'{"userName": 5.5}', "invalidValue", "userName"),
    "a number beyond any": (
        b'{"userName": "a", "externalId": 123456789012345678901}',
        "invalidValue",
        "externalId",
    ),
    "Latin-1": ('{"userName": "bö"}'.encode("latin-1"), "invalidSyntax", "UTF-8"),
    "an object": (b'{"userName": {"a": 1}}', "invalidValue", "userName"),
    "two values": (b'{"userName": ["a", "b"]}', "invalidValue", "userName"),
    "no boolean": (b'{"userName": "a", "active": "maybe"}', "invalidValue", "active"),
    "no e-mails": (b'{"userName": "a", "emails": 5}', "invalidValue", "emails"),
    "no name": (b'{"userName": "a", "name": "Ines"}', "invalidValue", "name"),
    "a long key": (b'{"userName": "' + b"a" * 2000 + b'"}', "invalidValue", "userName"),
    "a long text": (
        b'{"userName": "a", "title": "' + b"a" * 40_000 + b'"}',
        "invalidValue",
        "title",
    ),
}


@pytest.mark.parametrize("body", BODIES)
def test_a_body_that_cannot_be_a_user_is_refused_with_the_place(endpoint: Scim, body: str) -> None:
    content, scim_type, named = BODIES[body]
    before = snapshots.counts(endpoint.engine)

    answer = endpoint.client.post("/Users", content=content)

    assert refusal(answer) == (400, scim_type)
    assert named in answer.json()["detail"]
    assert snapshots.counts(endpoint.engine) == before


GROUP_BODIES: Mapping[str, tuple[Any, str]] = {
    "no displayName": ({}, "displayName"),
    "a boolean for a name": ({"displayName": True}, "displayName"),
    "a long name": ({"displayName": "a" * 2000}, "displayName"),
    "a number for a member": ({"displayName": "A", "members": [{"value": 5}]}, "members"),
    "a number for the members": ({"displayName": "A", "members": 5}, "members"),
    "nobody we know": ({"displayName": "A", "members": [{"value": "diruser_x"}]}, "diruser_x"),
    "a NUL in a member": ({"displayName": "A", "members": [{"value": "\0"}]}, "members"),
}


@pytest.mark.parametrize("body", GROUP_BODIES)
def test_a_body_that_cannot_be_a_group_is_refused_with_the_place(endpoint: Scim, body: str) -> None:
    value, named = GROUP_BODIES[body]
    before = snapshots.counts(endpoint.engine)

    answer = endpoint.client.post("/Groups", json=value)

    assert refusal(answer) == (400, "invalidValue")
    assert named in answer.json()["detail"]
    assert snapshots.counts(endpoint.engine) == before


PATCHES: Mapping[str, tuple[Any, str, str]] = {
    "no operations": ({}, "invalidSyntax", "Operations"),
    "operations in an object": ({"Operations": {}}, "invalidSyntax", "Operations"),
    "an operation that is text": ({"Operations": ["add"]}, "invalidSyntax", "Operations"),
    "an unknown op": ({"Operations": [{"op": "move", "path": "title"}]}, "invalidSyntax", "op"),
    "no op": (
        {"Operations": [{"path": "title", "value": "x"}]},
        "invalidSyntax",
        "op",
    ),
    "text without a path": (
        {"Operations": [{"op": "add", "path": " ", "value": "x"}]},
        "invalidValue",
        "value",
    ),
    "a path that ends in a dot": (
        {"Operations": [{"op": "add", "path": "name.", "value": "x"}]},
        "invalidPath",
        "name.",
    ),
    "a path with single quotes": (
        {"Operations": [{"op": "add", "path": "emails[type eq 'work'].value", "value": "x"}]},
        "invalidFilter",
        "'work'",
    ),
    "a name of JavaScript's": (
        {"Operations": [{"op": "add", "path": "__proto__", "value": {"active": True}}]},
        "invalidPath",
        "__proto__",
    ),
    "no value": ({"Operations": [{"op": "add", "path": "title"}]}, "invalidValue", "value"),
    "a path that is a number": (
        {"Operations": [{"op": "add", "path": 5, "value": 1}]},
        "invalidSyntax",
        "path",
    ),
    "an unknown attribute": (
        {"Operations": [{"op": "add", "path": "shoeSize", "value": "44"}]},
        "invalidPath",
        "shoeSize",
    ),
    "a path with an open bracket": (
        {"Operations": [{"op": "add", "path": "emails[type eq", "value": "a"}]},
        "invalidPath",
        "emails[type eq",
    ),
    "the id": ({"Operations": [{"op": "replace", "path": "id", "value": "x"}]}, "mutability", "id"),
    "no userName": (
        {"Operations": [{"op": "remove", "path": "userName"}]},
        "mutability",
        "userName",
    ),
    "a wrong type last": (
        {
            "Operations": [
                {"op": "replace", "path": "title", "value": "written?"},
                {"op": "replace", "path": "active", "value": 7},
            ]
        },
        "invalidValue",
        "active",
    ),
}


@pytest.mark.parametrize("patch", PATCHES)
def test_a_patch_that_cannot_be_done_is_refused_as_a_whole(endpoint: Scim, patch: str) -> None:
    body, scim_type, named = PATCHES[patch]
    user = endpoint.client.post("/Users", json={"userName": "a@x.test", "title": "CEO"}).json()
    before = snapshots.rows(endpoint.engine)

    answer = endpoint.client.patch(f"/Users/{user['id']}", json=body)

    assert refusal(answer) == (400, scim_type)
    assert named in answer.json()["detail"]
    assert snapshots.rows(endpoint.engine) == before


FILTERS = {
    "longer than any": 'userName eq "' + "a" * 50_000 + '"',
    "open brackets": "(" * 4000,
    "deep negation": "not (" * 800 + 'userName eq "a"' + ")" * 800,
    "a NUL": 'userName eq "a\0b"',
    "an escaped NUL": r'userName co "\u0000"',
    "a lone surrogate": r'userName sw "\ud800"',
    "nothing": "",
    "no operator": "userName",
    "an unknown attribute": 'shoeSize eq "44"',
    "a text for a boolean": 'active eq "maybe"',
    "a NUL in a group's filter": 'emails[type eq "\0"]',
    "SQL": "userName eq 'a' --",
    "single quotes": "userName eq 'a@x.test'",
    "an equals sign": 'userName = "a@x.test"',
    "an open end": 'userName eq "a@x.test" and',
}


@pytest.mark.parametrize("text", FILTERS)
def test_a_filter_that_cannot_be_asked_is_never_a_wider_list(endpoint: Scim, text: str) -> None:
    endpoint.client.post("/Users", json={"userName": "a@x.test"})

    answer = endpoint.client.get("/Users", params={"filter": FILTERS[text]})

    assert refusal(answer) == (400, "invalidFilter")


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("startIndex=one", "startIndex"),
        ("startIndex=" + "9" * 5000, "startIndex"),
        ("count=1.5", "count"),
        ("count=%00", "count"),
    ],
)
def test_a_page_that_is_no_number_is_refused_by_name(
    endpoint: Scim, query: str, named: str
) -> None:
    answer = endpoint.client.get(f"/Users?{query}")

    assert refusal(answer) == (400, "invalidValue")
    assert named in answer.json()["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "/Users/a%00b",
        "/Users/%ED%A0%80",
        "/Users/%ff",
        "/Users/%zz",
        "/Users/a%2Fb",
        "/Users/a/b/c",
        "/Users/" + "a" * 50_000,
        "/Schemas/a%00b",
        "/Users/..%2f..%2fetc%2fpasswd",
        "/Groups/diruser_00000000000000000000000000000000",
        "/%00",
        "",
    ],
)
def test_a_path_that_leads_nowhere_is_not_found(endpoint: Scim, path: str) -> None:
    answer = endpoint.client.get(path)

    assert refusal(answer) == (404, None)
    assert len(answer.content) < 1000


@pytest.mark.parametrize("query", ["a=%00", "attributes=%00", "excludedAttributes=%ff", "&&==&"])
def test_query_parameters_that_nobody_asked_for_do_no_harm(endpoint: Scim, query: str) -> None:
    endpoint.client.post("/Users", json={"userName": "a@x.test"})

    assert endpoint.client.get(f"/Users?{query}").json()["totalResults"] == 1


@pytest.mark.parametrize("parameter", ["attributes", "excludedAttributes"])
@pytest.mark.parametrize("text", ['emails[type"]', "emails[type eq]", '[[]"'])
def test_a_projection_that_is_refused_is_refused_before_anything_is_written(
    endpoint: Scim, parameter: str, text: str
) -> None:
    """Either it is done and said to be done, or neither."""
    client = endpoint.client
    user = client.post("/Users", json={"userName": "b@x.test"}).json()
    group = client.post("/Groups", json={"displayName": "B"}).json()
    add = {"Operations": [{"op": "add", "path": "members", "value": [{"value": user["id"]}]}]}
    requests: list[tuple[str, str, Any]] = [
        ("POST", "/Users", {"userName": "a@x.test"}),
        ("POST", "/Groups", {"displayName": "A"}),
        ("PUT", f"/Users/{user['id']}", {"userName": "c@x.test"}),
        ("PATCH", f"/Groups/{group['id']}", add),
    ]
    for method, path, body in requests:
        before = snapshots.rows(endpoint.engine)

        answer = client.request(method, path, json=body, params={parameter: text})

        changed = snapshots.rows(endpoint.engine) != before
        assert answer.is_success == changed, f"{method} {path}: {answer.text}"


LONG = "x" * 100_000


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": LONG, "value": "y"},
        {"op": "replace", "path": f"name.{LONG}", "value": "y"},
        {"op": "replace", "path": f'emails[{LONG} eq "y"]', "value": "y"},
        {"op": "replace", "path": f'groups[value eq "{LONG}"]', "value": "y"},
        {"op": "replace", "path": f'id[value eq "{LONG}"]', "value": "y"},
        {"op": "add", "path": "members", "value": [LONG] * 20},
        {"op": "add", "value": {LONG: "\0"}},
        {"op": "remove", "path": LONG},
    ],
    ids=lambda operation: str(operation)[:60],
)
@pytest.mark.parametrize("endpoint_path", ["Users", "Groups"])
def test_a_refusal_does_not_repeat_all_that_it_refuses(
    endpoint: Scim, endpoint_path: str, operation: Mapping[str, Any]
) -> None:
    names = {"userName": "a@x.test", "displayName": "A"}
    made = endpoint.client.post(f"/{endpoint_path}", json=names).json()

    answer = endpoint.client.patch(
        f"/{endpoint_path}/{made['id']}", json={"Operations": [operation]}
    )

    assert refusal(answer)[0] == 400
    assert len(answer.json()["detail"]) < 1500


def test_a_refused_filter_is_not_repeated(endpoint: Scim) -> None:
    for text in (
        f'{LONG[:8000]} eq "a"',
        f"userName {LONG[:8000]} a",
        f"userName eq '{LONG[:8000]}",
    ):
        answer = endpoint.client.get("/Users", params={"filter": text})

        assert refusal(answer) == (400, "invalidFilter")
        assert len(answer.json()["detail"]) < 200


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "multipart/form-data", ""]
)
def test_json_is_read_whatever_it_is_called(endpoint: Scim, content_type: str) -> None:
    """Clients send what their HTTP library puts there; the body says whether it is JSON."""
    body = json.dumps({"userName": "a@x.test"}).encode()

    answer = endpoint.client.post("/Users", content=body, headers={"content-type": content_type})

    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/Users", "HEAD, GET, POST"),
        ("DELETE", "/Groups", "HEAD, GET, POST"),
        ("OPTIONS", "/Users", "HEAD, GET, POST"),
        ("TRACE", "/Users", "HEAD, GET, POST"),
        ("POST", "/Users/x", "HEAD, GET, PUT, PATCH, DELETE"),
        ("POST", "/Schemas", "HEAD, GET"),
        ("DELETE", "/ServiceProviderConfig", "HEAD, GET"),
    ],
)
def test_a_method_that_a_place_has_not_is_told_which_it_has(
    endpoint: Scim, method: str, path: str, allowed: str
) -> None:
    answer = endpoint.client.request(method, path)

    assert answer.status_code == 405
    assert answer.headers["allow"] == allowed
    assert refusal(answer) == (405, None)


@pytest.mark.parametrize("path", ["/Me", "/Bulk", "/.search", "/Users/.search", "/Groups/.search"])
def test_what_the_protocol_knows_and_we_do_not_offer_is_not_implemented(
    endpoint: Scim, path: str
) -> None:
    assert refusal(endpoint.client.post(path, json={})) == (501, None)


@pytest.mark.parametrize("place", ["Schemas", "ResourceTypes", "ServiceProviderConfig"])
def test_what_describes_the_server_is_not_filtered(endpoint: Scim, place: str) -> None:
    """RFC 7644 §4: 403, so that nobody takes a part for the whole."""
    answer = endpoint.client.get(f"/{place}", params={"filter": 'id eq "x"'})

    assert answer.status_code == 403
    assert "not filtered" in answer.json()["detail"]
