"""What cannot be read is refused in words: the fields and their problems, in the message, too."""

from typing import Any

import httpx
import pytest

from tests.admin_serving import Admin, problem

JSON = {"Content-Type": "application/json"}


def told(answer: httpx.Response) -> tuple[str, list[tuple[str, str]]]:
    error = answer.json()["error"]
    return error["message"], [(one["field"], one["problem"]) for one in error["details"]]


def test_the_message_names_the_fields_as_the_details_do(admin: Admin) -> None:
    answer = admin.client.post("/organizations", json={"displayName": "x"})

    assert problem(answer) == (400, "invalid_body")
    assert told(answer) == (
        (
            "the body is refused: display_name: Field required; "
            "displayName: Extra inputs are not permitted"
        ),
        [
            ("display_name", "Field required"),
            ("displayName", "Extra inputs are not permitted"),
        ],
    )


def test_the_message_ends_where_the_details_go_on(admin: Admin) -> None:
    answer = admin.client.post("/organizations", json={f"f{each}": 1 for each in range(9)})

    message, details = told(answer)
    assert message.endswith("; f3: Extra inputs are not permitted; and 5 more")
    assert len(details) == 10


@pytest.mark.parametrize(
    ("content", "headers", "said"),
    [
        (b'{"display_name": "x"}', {}, "Content-Type must be application/json"),
        (b'{"display_name": "x"}', {"Content-Type": "text/plain"}, "Content-Type must be"),
        (b"[]", JSON, "must be a JSON object"),
        (b'"x"', JSON, "must be a JSON object"),
        (b"", JSON, "a JSON object is needed"),
        (b"{", JSON, "is no JSON: "),
    ],
)
def test_a_body_that_is_no_object_is_told_apart(
    admin: Admin, content: bytes, headers: dict[str, str], said: str
) -> None:
    answer = admin.client.post("/organizations", content=content, headers=headers)

    assert problem(answer) == (400, "invalid_body")
    _, [(field, what)] = told(answer)
    assert (field, what[: len(said)]) == ("", said)


@pytest.mark.parametrize(
    ("path", "body", "details"),
    [
        (
            "/organizations/org_x/memberships",
            {},
            [("user_id", "Field required"), ("email", "Field required")],
        ),
        (
            "/organizations/org_x/memberships",
            {"Nonsense": 1, "email": "a@acme.test"},
            [("Nonsense", "Extra inputs are not permitted")],
        ),
        (
            "/organizations/org_x/held-changes/release",
            {"membership_ids": []},
            [("membership_ids", "List should have at least 1 item after validation, not 0")],
        ),
        (
            "/organizations/org_x/held-changes/reject",
            {"directory_id": "dir_x", "reason": "fear"},
            [("reason", "Input should be 'mass_deprovisioning' or 'out_of_scope'")],
        ),
        (
            "/organizations/org_x/held-changes/reject",
            {"membership_ids": ["mem_x"], "directory_id": "dir_x"},
            [
                ("membership_ids", "Extra inputs are not permitted"),
                ("directory_id", "Extra inputs are not permitted"),
            ],
        ),
        (
            "/organizations/org_x/conflicts/cfl_x/resolution",
            {"decision": "marry"},
            [("decision", "Input should be 'link', 'keep_apart' or 'reject'")],
        ),
        (
            "/organizations/org_x/directories/dir_x/plans",
            {"change": {"type": "set_mapping", "group": {"display_name": ""}, "role": "admin"}},
            [("change.group.display_name", "must not be empty")],
        ),
        (
            "/organizations/org_x/directories/dir_x/plans",
            {"change": {"type": "disconnect", "people": "keep", "mapping_id": "map_x"}},
            [("change.mapping_id", "Extra inputs are not permitted")],
        ),
        (
            "/organizations/org_x/memberships",
            [],
            [("", "must be a JSON object")],
        ),
        ("/sign-ins", {}, [("claims", "Field required")]),
        ("/sign-ins", {"claims": {"email": "a@acme.test"}}, [("claims.sub", "Field required")]),
        (
            "/sign-ins",
            {"claims": {"sub": "x"}, "id_token": "x"},
            [("claims", "Extra inputs are not permitted")],
        ),
        (
            "/organizations",
            {"display_name": "x", "Plan": 1},
            [("Plan", "Extra inputs are not permitted")],
        ),
        (
            "/organizations",
            {"display_name": "x", "metadata": {"Plan": 1}},
            [("metadata.Plan", "Input should be a valid string")],
        ),
    ],
)
def test_fields_are_named_as_the_client_writes_them(
    admin: Admin, path: str, body: Any, details: list[tuple[str, str]]
) -> None:
    assert sorted(told(admin.client.post(path, json=body))[1]) == sorted(details)


def test_every_value_that_a_query_may_have_is_named(admin: Admin) -> None:
    path = f"/organizations/{admin.organization()['id']}/held-changes"
    answer = admin.client.get(path, params={"reason": "fear"})

    assert problem(answer) == (400, "invalid_query_string")
    expected = "'last_owner', 'break_glass', 'mass_deprovisioning' or 'out_of_scope'"
    assert told(answer)[1] == [("reason", f"Input should be {expected}")]


def test_patterns_are_told_in_words(admin: Admin) -> None:
    path = f"/organizations/{admin.organization()['id']}/memberships"
    blank = admin.client.post("/organizations", json={"display_name": "  "})
    nowhere = admin.client.post("/users", json={"email": "ada"})
    uninvited = admin.client.post("/organizations/org_x/invitations", json={"email": "ada"})
    vague = admin.client.get(path, params={"as_of": "2026-05-03"})

    seen = "must have something to be seen, and no NUL"
    seats = admin.client.post(
        "/organizations", json={"display_name": "Acme", "policies": {"seat_limit": "7"}}
    )

    assert told(blank)[1] == [("display_name", seen)]
    assert told(seats)[1] == [("policies.seat_limit", "must be an integer")]
    assert told(nowhere)[1] == [("email", "must be an e-mail address")]
    assert "must be one e-mail address" in told(uninvited)[0]
    assert "[A-Z" not in uninvited.text
    assert told(vague)[0] == (
        "the query string is refused: "
        "as_of: must be a time with its zone, as 2026-05-03T12:00:00Z (RFC 3339)"
    )


@pytest.mark.parametrize(
    "template", ["https://{{slug}}.acme.test/", "https://{org_slug}.acme.test/", "https://a{{.test"]
)
def test_a_placeholder_that_is_none_is_refused(admin: Admin, template: str) -> None:
    answer = admin.client.post(
        "/sign-ins", json={"claims": {"sub": "x"}, "redirect_url_template": template}
    )

    assert problem(answer) == (400, "invalid_body")
    assert [field for field, _ in told(answer)[1]] == ["redirect_url_template"]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "Acme Inc", "1 to 50 of a-z, 0-9, _ and -"),
        ("slug", "acme_inc", "as DNS names are"),
        ("logo_url", "http://acme.test/logo.png", "an https URL"),
        ("region_code", "eu", "2 to 20 of A-Z, 0-9 and -"),
        ("branding.primary_color", "green", "a hexadecimal color"),
        ("policies.default_role", "a role", "of A-Z, a-z, 0-9, _ and -"),
        ("policies.allowed_email_domains", ["ACME.test"], "a domain in lower case"),
    ],
)
def test_a_form_is_told_in_words(admin: Admin, field: str, value: Any, words: str) -> None:
    group, _, name = field.rpartition(".")
    given = {group: {name: value}} if group else {name: value}
    answer = admin.client.post("/organizations", json={"display_name": "Acme", **given})

    assert problem(answer) == (400, "invalid_body")
    assert [(place, words in said) for place, said in told(answer)[1]] == [
        (f"{field}.0" if isinstance(value, list) else field, True)
    ]
