"""
What an organization API has to offer, row by row: S1 to S38 are the rows of a survey of comparable
products, and each test says in its name which row it is.
"""

import re
import secrets
from pathlib import Path
from typing import Any

import httpx
import pytest

from provisioning_client import Client
from tests.admin_serving import Admin, admin_at
from tests.described_operations import operations
from tests.serving import NO_TLS, Scim
from tests.tenant import Tenant

ROOT = Path(__file__).parents[2]
NOT_FOR_SELF_HOSTED = {
    "S24": "Regional domains of a vendor and features by plan: who hosts it has one region, their "
    "own, and all of it. `region_code` is kept for the operator's own routing.",
}


def unique(prefix: str) -> str:
    return f"{prefix}-{secrets.token_hex(4)}"


def problem(answer: httpx.Response) -> tuple[int, str, list[str]]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], [one["field"] for one in error["details"]]


def refused(admin: Admin, **properties: Any) -> list[str]:
    """The fields that are named."""
    body = {"display_name": "A", **properties}
    status, code, fields = problem(admin.client.post("/organizations", json=body))
    assert (status, code) == (400, "invalid_body")
    return fields


@pytest.mark.parametrize("row", NOT_FOR_SELF_HOSTED)
def test_a_row_that_is_not_for_self_hosted_software_has_no_test(row: str) -> None:
    number = row.removeprefix("S")

    assert not [name for name in globals() if name.startswith(f"test_s{number}_")]


def test_s01_an_organization_is_the_place_of_its_policies(scim: Scim) -> None:
    """They are kept, and they hold for who comes: here the default role."""
    tenant = Tenant(scim.engine, scim.organization_id, scim.directory)
    policies = {
        "sign_in": "invited",
        "role_mode": "highest",
        "default_role": "guest",
        "creator_role": "admin",
        "seat_limit": 10,
        "allowed_email_domains": ["orion.example"],
    }
    with admin_at(scim.address, scim.engine, ["*"]) as admin:
        path = f"/organizations/{scim.organization_id}"
        changed = admin.client.patch(path, json={"policies": policies}).json()
        assert changed["policies"] == admin.get(path)["policies"] == policies
    scim.client.post("/Users", json={"userName": "ada@orion.example"})
    scim.settled()

    assert tenant.people()["ada@orion.example"].roles == {"guest"}


def test_s07_only_a_display_name_is_needed(admin: Admin) -> None:
    assert admin.organization("Orion Analytics")["display_name"] == "Orion Analytics"
    assert admin.organization("x" * 200)["display_name"] == "x" * 200
    assert refused(admin, display_name="") == ["display_name"]
    assert refused(admin, display_name="x" * 201) == ["display_name"]
    assert problem(admin.client.post("/organizations", json={}))[2] == ["display_name"]


def test_s08_a_slug_is_dns_safe_and_unique(admin: Admin) -> None:
    label = unique("orion")
    assert admin.organization(slug=label)["slug"] == label
    hostname = f"auth.{label}.example"
    assert admin.organization(slug=hostname)["slug"] == hostname
    for slug in ("-orion", "orion-", "Orion", "o_rion", "a..b", "x" * 64, "a." * 127):
        assert refused(admin, slug=slug) == ["slug"]
    taken = admin.client.post("/organizations", json={"display_name": "B", "slug": label})
    assert problem(taken) == (409, "organization_conflict", ["slug"])


def test_s09_the_callers_own_id_finds_an_organization(admin: Admin) -> None:
    external_id = unique("customer_12345")
    created = admin.organization(external_id=external_id)

    assert admin.get(f"/organizations/external/{external_id}") == created
    assert admin.get("/organizations", external_id=external_id)["data"] == [created]
    assert refused(admin, external_id="x" * 256) == ["external_id"]
    taken = admin.client.post(
        "/organizations", json={"display_name": "B", "external_id": external_id}
    )
    assert problem(taken) == (409, "organization_conflict", ["external_id"])


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


def test_s15_there_is_a_client_and_samples(admin: Admin) -> None:
    """Python and cURL; that the samples run is tests/documentation."""
    with httpx.Client(verify=NO_TLS) as http:
        client = Client(admin.address, admin.secret, http_client=http)
        created = client.organizations.create("Orion Analytics")
        assert client.organizations.get(created.id).display_name == "Orion Analytics"
    page = (ROOT / "docs" / "api" / "README.md").read_text()
    assert "curl " in page
    assert "from provisioning_client import Client" in page


def test_s16_a_name_is_for_programs(admin: Admin) -> None:
    for name in (unique("orion"), unique("0_orion"), secrets.token_hex(25)):
        assert admin.organization(name=name)["name"] == name
    for name in ("", "Orion", "orion analytics", "x" * 51, "ö"):
        assert refused(admin, name=name) == ["name"]
    taken = admin.organization()["name"]
    answer = admin.client.post("/organizations", json={"display_name": "B", "name": taken})
    assert problem(answer) == (409, "organization_conflict", ["name"])


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


def test_s21_every_failure_has_its_code(admin: Admin) -> None:
    """201; 400 twice; 401 for three reasons; 403; 409; 429 with its headers."""
    body = {"display_name": "A", "name": unique("orion")}
    assert admin.client.post("/organizations", json=body).status_code == 201
    again = admin.client.post("/organizations", json=body)
    assert problem(again)[:2] == (409, "organization_conflict")
    assert problem(admin.client.post("/organizations", json={}))[:2] == (400, "invalid_body")
    query = admin.client.get("/organizations", params={"colour": "red"})
    assert problem(query) == (400, "invalid_query_string", ["colour"])

    issued = admin.post("/api-keys", {"name": "x", "scopes": ["read:organizations"]})
    admin.post(f"/api-keys/{issued['id']}/revoke")
    for authorization in ("", "Bearer prv_forged", f"Bearer {issued['key']}"):
        headers = {"Authorization": authorization}
        answer = admin.client.get("/organizations", headers=headers)
        assert problem(answer)[:2] == (401, "unauthorized")

    with admin.with_key("read:organizations", requests_per_minute=2) as modest:
        scope = modest.client.post("/organizations", json=body)
        assert problem(scope) == (403, "insufficient_scope", ["scope"])
        assert modest.client.get("/organizations").headers["x-ratelimit-remaining"] == "0"
        limited = modest.client.get("/organizations")
    assert problem(limited)[:2] == (429, "rate_limit_exceeded")
    assert {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"} <= set(
        limited.headers
    )


def test_s22_a_key_has_scopes(admin: Admin) -> None:
    with admin.with_key("create:organizations") as maker:
        made = maker.organization()
        reading = maker.client.get(f"/organizations/{made['id']}")

    assert problem(reading)[:2] == (403, "insufficient_scope")
    assert "read:organizations" in reading.json()["error"]["message"]


def test_s25_machines_find_their_way(admin: Admin) -> None:
    """An index, a description of the API, samples."""
    index = (ROOT / "llms.txt").read_text()

    assert index.startswith("# ")
    assert "/openapi.json" in index
    assert "docs/api/README.md" in index
    assert {"create_organization", "create_api_key"} <= {one.id for one in operations(admin)}


def test_s34_four_roles_are_built_in(admin: Admin) -> None:
    for role in ("owner", "admin", "member", "guest"):
        created = admin.organization(policies={"default_role": role, "creator_role": role})
        assert created["policies"]["default_role"] == role
        assert created["policies"]["creator_role"] == role
    body = {"display_name": "A", "policies": {"default_role": "emperor"}}
    answer = admin.client.post("/organizations", json=body)
    assert problem(answer)[:2] == (404, "role_not_found")


def test_s37_people_come_change_and_go_by_scim(scim: Scim) -> None:
    """Made by themselves, kept up to date, given access by groups, deprovisioned."""
    tenant = Tenant(scim.engine, scim.organization_id, scim.directory)
    tenant.map("Admins", "admin")
    user = scim.client.post("/Users", json={"userName": "ada@orion.example"}).json()["id"]
    group = {"displayName": "Admins", "members": [{"value": user}]}
    group_id = scim.client.post("/Groups", json=group).json()["id"]
    scim.settled()
    assert tenant.people()["ada@orion.example"].roles == {"member", "admin"}

    renamed = {"Operations": [{"op": "replace", "path": "userName", "value": "ada@vega.example"}]}
    assert scim.client.patch(f"/Users/{user}", json=renamed).is_success
    left = {"Operations": [{"op": "remove", "path": f'members[value eq "{user}"]'}]}
    assert scim.client.patch(f"/Groups/{group_id}", json=left).is_success
    scim.settled()
    assert tenant.people()["ada@vega.example"].roles == {"member"}

    assert scim.client.delete(f"/Users/{user}").status_code == 204
    scim.settled()
    assert tenant.people()["ada@vega.example"].status == "removed"
