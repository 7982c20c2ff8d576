"""Rows of the survey in test_seed_rows.py: what an organization is, and who makes one."""

import re
import secrets
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from tests.admin_serving import Admin, admin_at, fields, problem
from tests.serving import NOWHERE, application


def unique(prefix: str) -> str:
    return f"{prefix}-{secrets.token_hex(4)}"


def refused(admin: Admin, **properties: Any) -> list[str]:
    """The fields that are named."""
    answer = admin.client.post("/organizations", json={"display_name": "A", **properties})
    assert problem(answer) == (400, "invalid_body")
    return fields(answer)


def test_s03_users_create_organizations_as_many_as_they_may(engine: Engine, tmp_path: Path) -> None:
    """Behind a product's own button; who presses it gets the role of a creator."""
    with (
        application(engine, tmp_path, broker_url=NOWHERE, max_organizations_per_user=2) as address,
        admin_at(address, engine, ["*"]) as admin,
    ):
        john = admin.post("/users", {"email": "john.doe@example.com"})["id"]
        orion = admin.organization("Orion Analytics", creator_user_id=john)
        vega = admin.organization(creator_user_id=john, policies={"creator_role": "admin"})
        for organization, role in ((orion, "owner"), (vega, "admin")):
            (member,) = admin.get(f"/organizations/{organization['id']}/memberships")["data"]
            assert (member["user"]["id"], member["status"]) == (john, "active")
            assert [one["role"] for one in member["roles"]] == [role]
            feed = admin.get(f"/organizations/{organization['id']}/events")["data"]
            assert [event["type"] for event in feed] == [
                "organization.created",
                "organization_membership.created",
                "role_grant.created",
            ]

        third = {"display_name": "Third", "creator_user_id": john}
        nobodys = {"display_name": "Nobody's", "creator_user_id": "usr_nobody"}
        assert problem(admin.client.post("/organizations", json=third)) == (
            409,
            "too_many_organizations",
        )
        assert problem(admin.client.post("/organizations", json=nobodys)) == (404, "not_found")
        assert admin.get("/organizations")["data"] == [orion, vega]


def test_s07_only_a_display_name_is_needed(admin: Admin) -> None:
    assert admin.organization("Orion Analytics")["display_name"] == "Orion Analytics"
    assert admin.organization("x" * 200)["display_name"] == "x" * 200
    assert refused(admin, display_name="") == ["display_name"]
    assert refused(admin, display_name="x" * 201) == ["display_name"]
    assert fields(admin.client.post("/organizations", json={})) == ["display_name"]


def test_s08_a_slug_is_dns_safe_and_unique(admin: Admin) -> None:
    label = unique("orion")
    assert admin.organization(slug=label)["slug"] == label
    hostname = f"auth.{label}.example"
    assert admin.organization(slug=hostname)["slug"] == hostname
    for slug in ("-orion", "orion-", "Orion", "o_rion", "a..b", "x" * 64, "a." * 127):
        assert refused(admin, slug=slug) == ["slug"]
    taken = admin.client.post("/organizations", json={"display_name": "B", "slug": label})
    assert (*problem(taken), fields(taken)) == (409, "organization_conflict", ["slug"])


def test_s09_the_callers_own_id_finds_an_organization(admin: Admin) -> None:
    external_id = unique("customer_12345")
    created = admin.organization(external_id=external_id)

    assert admin.get(f"/organizations/external/{external_id}") == created
    assert admin.get("/organizations", external_id=external_id)["data"] == [created]
    assert refused(admin, external_id="x" * 256) == ["external_id"]
    taken = admin.client.post(
        "/organizations", json={"display_name": "B", "external_id": external_id}
    )
    assert (*problem(taken), fields(taken)) == (409, "organization_conflict", ["external_id"])


def test_s10_a_logo_comes_by_https(admin: Admin) -> None:
    url = "https://cdn.example.com/logo.png"

    assert admin.organization(logo_url=url)["logo_url"] == url
    assert refused(admin, logo_url="http://cdn.example.com/logo.png") == ["logo_url"]
    assert refused(admin, logo_url="https://x.example/" + "x" * 1024) == ["logo_url"]


def test_s11_metadata_is_a_map_of_strings(admin: Admin) -> None:
    created = admin.organization(metadata={"plan": "enterprise", "owner": "ada"})
    path = f"/organizations/{created['id']}"

    assert created["metadata"] == {"plan": "enterprise", "owner": "ada"}
    changed = admin.client.patch(path, json={"metadata": {"plan": "team"}}).json()
    assert changed["metadata"] == {"plan": "team"}
    assert refused(admin, metadata={"seats": 5}) == ["metadata.seats"]


def test_s12_a_region_is_a_tag(admin: Admin) -> None:
    for region in ("US", "EU"):
        assert admin.organization(region_code=region)["region_code"] == region
    assert refused(admin, region_code="europe") == ["region_code"]


def test_s13_times_are_rfc_3339(admin: Admin) -> None:
    created = admin.organization()
    path = f"/organizations/{created['id']}"
    changed = admin.client.patch(path, json={"display_name": "B"}).json()

    for moment in (created["created_at"], created["updated_at"], changed["updated_at"]):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", moment)
    assert changed["created_at"] == created["created_at"]
    assert changed["updated_at"] > created["updated_at"]


def test_s14_an_organization_is_read_back_and_only_when_it_has_changed(admin: Admin) -> None:
    created = admin.organization()
    path = f"/organizations/{created['id']}"
    first = admin.client.get(path)

    assert first.json() == created
    again = {"If-None-Match": first.headers["etag"]}
    assert admin.client.get(path, headers=again).status_code == 304
    admin.client.patch(path, json={"display_name": "B"})
    assert admin.client.get(path, headers=again).json()["display_name"] == "B"


def test_s16_a_name_is_for_programs(admin: Admin) -> None:
    for name in (unique("orion"), unique("0_orion"), secrets.token_hex(25)):
        assert admin.organization(name=name)["name"] == name
    for name in ("", "Orion", "orion analytics", "x" * 51, "ö"):
        assert refused(admin, name=name) == ["name"]
    taken = admin.organization()["name"]
    answer = admin.client.post("/organizations", json={"display_name": "B", "name": taken})
    assert (*problem(answer), fields(answer)) == (409, "organization_conflict", ["name"])


def test_s17_a_display_name_is_for_people(admin: Admin) -> None:
    shown = "Örion & Söhne 株式会社"
    created = admin.organization(shown)
    same = admin.organization(shown)

    assert created["display_name"] == same["display_name"] == shown
    assert created["name"] != same["name"]


def test_s18_an_organization_has_a_look(admin: Admin) -> None:
    colors = {"primary_color": "#0a7f5c", "page_background": "#FFFFFF"}

    assert admin.organization(branding=colors)["branding"] == colors
    assert refused(admin, branding={"primary_color": "green"}) == ["branding.primary_color"]
    assert refused(admin, branding={"page_background": "#fff"}) == ["branding.page_background"]


def test_s19_metadata_has_limits(admin: Admin) -> None:
    most = {f"{number:0255}": "x" * 255 for number in range(25)}

    assert admin.organization(metadata=most)["metadata"] == most
    assert refused(admin, metadata={**most, "one more": ""}) == ["metadata"]
    assert refused(admin, metadata={"key": "x" * 256}) == ["metadata.key"]
    assert refused(admin, metadata={"x" * 256: ""})[0].startswith("metadata.")


def test_s26_an_organization_has_a_structure(admin: Admin) -> None:
    """Id, display name, members, connections, metadata."""
    acme = admin.organization("Acme Corporation", metadata={"plan": "enterprise"})
    path = f"/organizations/{acme['id']}"
    member = admin.post(f"{path}/memberships", {"email": f"{unique('ada')}@acme.example"})
    okta = {"display_name": "Okta", "provider": "okta", "protocol": "saml"}
    connection = admin.post(f"{path}/connections", okta)

    assert re.fullmatch(r"org_[0-9a-f]{32}", acme["id"])
    found = admin.get(path)
    assert (found["display_name"], found["metadata"]) == (
        "Acme Corporation",
        {"plan": "enterprise"},
    )
    assert admin.get(f"{path}/memberships")["data"] == [member]
    assert admin.get(f"{path}/connections")["data"] == [connection]
