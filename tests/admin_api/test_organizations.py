"""The life of an organization by the admin API."""

import secrets
from typing import Any
from urllib.parse import quote

import pytest

from tests.admin_serving import Admin, problem
from tests.serving import Scim


def unique(prefix: str) -> str:
    return f"{prefix}-{secrets.token_hex(4)}"


def test_an_organization_needs_only_a_display_name(admin: Admin) -> None:
    name = unique("Örion Analytics")
    created = admin.organization(name)

    assert created["display_name"] == name
    assert created["name"] == name.lower().replace("ö", "o").replace(" ", "-")
    assert created["id"].startswith("org_")
    assert created["metadata"] == {}
    assert created["policies"] == {
        "sign_in": "anyone",
        "role_mode": "union",
        "default_role": "member",
        "creator_role": "owner",
        "provisioning_scope": "accept",
        "seat_limit": None,
        "allowed_email_domains": None,
    }
    assert admin.get(f"/organizations/{created['id']}") == created


def test_a_name_that_is_taken_by_another_is_varied_when_it_is_made_up(admin: Admin) -> None:
    display_name = unique("Same")
    first, second = admin.organization(display_name), admin.organization(display_name)

    assert first["name"] != second["name"]
    assert second["name"].startswith(first["name"])


def test_every_property_can_be_given(admin: Admin) -> None:
    given: dict[str, Any] = {
        "name": unique("orion"),
        "slug": f"auth.{unique('orion')}.com",
        "external_id": unique("customer_12345/ä"),
        "logo_url": "https://cdn.example.com/logo.png",
        "branding": {"primary_color": "#0a7f5c", "page_background": "#FFFFFF"},
        "metadata": {"plan": "enterprise"},
        "region_code": "US",
        "policies": {
            "sign_in": "invited",
            "role_mode": "highest",
            "provisioning_scope": "hold",
            "default_role": "guest",
            "creator_role": "admin",
            "seat_limit": 5,
            "allowed_email_domains": ["orion.com"],
        },
    }
    created = admin.organization(**given)

    assert {name: created[name] for name in given} == given


@pytest.mark.parametrize("field", ["name", "slug", "external_id"])
def test_what_is_unique_conflicts(admin: Admin, field: str) -> None:
    value = unique("taken")
    first = admin.organization(**{field: value})
    second = admin.organization()

    created = admin.client.post("/organizations", json={"display_name": "B", field: value})
    changed = admin.client.patch(f"/organizations/{second['id']}", json={field: value})

    assert problem(created) == problem(changed) == (409, "organization_conflict")
    assert created.json()["error"]["details"] == [{"field": field, "problem": "is already in use"}]
    admin.client.delete(f"/organizations/{first['id']}", params={"name": first["name"]})
    admin.organization(**{field: value})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("display_name", ""),
        ("display_name", "   "),
        ("display_name", "x" * 201),
        ("display_name", "nul\0"),
        ("name", "Upper"),
        ("name", "x" * 51),
        ("slug", "-bad"),
        ("slug", "x" * 64),
        ("external_id", "x" * 256),
        ("logo_url", "http://cdn.example.com/logo.png"),
        ("metadata", {str(number): "" for number in range(26)}),
        ("metadata", {"key": "x" * 256}),
        ("metadata", {"x" * 256: ""}),
        ("branding", {"primary_color": "red"}),
        ("policies", {"seat_limit": -1}),
        ("unknown", 1),
    ],
)
def test_a_body_that_is_refused_names_the_field(admin: Admin, field: str, value: Any) -> None:
    body = {"display_name": "A", field: value}
    answer = admin.client.post("/organizations", json=body)

    assert problem(answer) == (400, "invalid_body")
    (detail,) = answer.json()["error"]["details"]
    assert detail["field"].split(".")[0] == field
    assert answer.json()["error"]["request_id"] == answer.headers["x-request-id"]


def test_a_change_leaves_what_it_does_not_name(admin: Admin) -> None:
    created = admin.organization(
        slug=unique("slug"), branding={"primary_color": "#000000"}, policies={"seat_limit": 3}
    )
    path = f"/organizations/{created['id']}"

    changed = admin.client.patch(
        path,
        json={
            "slug": None,
            "branding": {"page_background": "#ffffff"},
            "policies": {"role_mode": "highest"},
        },
    ).json()

    assert changed["slug"] is None
    assert changed["branding"] == {"primary_color": "#000000", "page_background": "#ffffff"}
    assert changed["policies"] == {**created["policies"], "role_mode": "highest"}
    assert changed["display_name"] == created["display_name"]
    assert admin.get(path) == changed


def test_a_change_says_which_version_it_changes(admin: Admin) -> None:
    path = f"/organizations/{admin.organization()['id']}"
    first = admin.client.get(path).headers["etag"]

    unmodified = admin.client.get(path, headers={"If-None-Match": first})
    changed = admin.client.patch(path, json={"display_name": "B"}, headers={"If-Match": first})
    late = admin.client.patch(path, json={"display_name": "C"}, headers={"If-Match": first})

    assert (unmodified.status_code, unmodified.content) == (304, b"")
    assert changed.status_code == 200
    assert changed.headers["etag"] != first
    assert problem(late) == (412, "precondition_failed")
    assert admin.get(path)["display_name"] == "B"


def test_a_change_may_name_several_versions(admin: Admin) -> None:
    path = f"/organizations/{admin.organization()['id']}"
    first = admin.client.get(path).headers["etag"]

    several = {"If-Match": f'"99", {first},"ours"'}
    changed = admin.client.patch(path, json={"display_name": "B"}, headers=several)
    late = admin.client.patch(path, json={"display_name": "C"}, headers=several)

    assert changed.status_code == 200
    assert problem(late) == (412, "precondition_failed")


@pytest.mark.parametrize(
    "external_id", ["customer", "eu/customer", "/a//b/", "a/../b", "ä ?#%2F+&"]
)
def test_an_organization_is_found_by_the_callers_own_id(admin: Admin, external_id: str) -> None:
    created = admin.organization(external_id=f"{secrets.token_hex(4)}{external_id}")

    found = admin.get(f"/organizations/external/{quote(created['external_id'], safe='')}")
    absent = admin.client.get(f"/organizations/external/{unique('nobody')}")

    assert found == created
    assert problem(absent) == (404, "not_found")


def test_a_list_is_walked_forth_and_back(admin: Admin) -> None:
    region = secrets.token_hex(8).upper()
    created = [admin.organization(region_code=region)["id"] for _ in range(5)]

    def walk(**cursor: str) -> tuple[list[str], dict[str, Any]]:
        found = admin.get("/organizations", region_code=region, limit=2, **cursor)
        return [one["id"] for one in found["data"]], found["list_metadata"]

    first, cursors = walk()
    assert first == created[:2]
    assert cursors["before"] is None
    second, cursors = walk(after=cursors["after"])
    assert second == created[2:4]
    third, end = walk(after=cursors["after"])
    assert third == created[4:]
    assert end["after"] is None
    back, cursors = walk(before=end["before"])
    assert back == created[2:4]
    assert walk(before=cursors["before"])[0] == created[:2]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "after=nonsense", "colour=red", "name=%00"]
)
def test_a_query_string_that_is_refused_is_named(admin: Admin, query: str) -> None:
    answer = admin.client.get(f"/organizations?{query}")

    assert problem(answer) == (400, "invalid_query_string")


def test_deleting_asks_for_the_name_and_tells_the_idp_404(admin: Admin, endpoint: Scim) -> None:
    path = f"/organizations/{endpoint.organization_id}"
    name = admin.get(path)["name"]

    mistaken = admin.client.delete(path, params={"name": "another"})
    assert problem(mistaken) == (409, "name_mismatch")
    assert endpoint.client.get("/Users").status_code == 200

    assert admin.client.delete(path, params={"name": name}).status_code == 204
    assert problem(admin.client.get(path)) == (404, "not_found")
    assert problem(admin.client.delete(path, params={"name": name})) == (404, "not_found")


def test_a_deleted_organizations_idp_is_told_404(admin: Admin, endpoint: Scim) -> None:
    path = f"/organizations/{endpoint.organization_id}"
    with endpoint.a_second_directory() as another:
        admin.client.delete(path, params={"name": admin.get(path)["name"]})

        answer = endpoint.client.post("/Users", json={"userName": "ada@x.test"})

        assert answer.status_code == 404
        assert "deleted" in answer.json()["detail"]
        assert another.client.get("/Users").status_code == 200


def test_a_role_that_does_not_exist_is_named(admin: Admin) -> None:
    body = {"display_name": "A", "policies": {"default_role": "emperor"}}
    answer = admin.client.post("/organizations", json=body)

    assert problem(answer) == (404, "role_not_found")
    assert "owner, admin, member, guest" in answer.json()["error"]["message"]
