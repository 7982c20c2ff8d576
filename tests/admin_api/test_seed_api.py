"""Rows of the survey in test_seed_rows.py: how the API answers, and what describes it."""

import secrets
from pathlib import Path

import httpx

from provisioning_client import Client
from tests.admin_serving import Admin, fields, problem
from tests.described_operations import operations
from tests.serving import NO_TLS

ROOT = Path(__file__).parents[2]


def test_s15_there_is_a_client_and_samples(admin: Admin) -> None:
    """Python and cURL; that the samples run is tests/documentation."""
    with httpx.Client(verify=NO_TLS) as http:
        client = Client(admin.address, admin.secret, http_client=http)
        created = client.organizations.create("Orion Analytics")
        assert client.organizations.get(created.id).display_name == "Orion Analytics"
    page = (ROOT / "docs" / "api" / "README.md").read_text()
    assert "curl " in page
    assert "from provisioning_client import Client" in page


def test_s21_every_failure_has_its_code(admin: Admin) -> None:
    """201; 400 twice; 401 for three reasons; 403; 409; 429 with its headers."""
    body = {"display_name": "A", "name": f"orion-{secrets.token_hex(4)}"}
    assert admin.client.post("/organizations", json=body).status_code == 201
    again = admin.client.post("/organizations", json=body)
    assert problem(again) == (409, "organization_conflict")
    assert problem(admin.client.post("/organizations", json={})) == (400, "invalid_body")
    query = admin.client.get("/organizations", params={"colour": "red"})
    assert (*problem(query), fields(query)) == (400, "invalid_query_string", ["colour"])

    issued = admin.post("/api-keys", {"name": "x", "scopes": ["read:organizations"]})
    admin.post(f"/api-keys/{issued['id']}/revoke")
    for authorization in ("", "Bearer prv_forged", f"Bearer {issued['key']}"):
        headers = {"Authorization": authorization}
        answer = admin.client.get("/organizations", headers=headers)
        assert problem(answer) == (401, "unauthorized")

    with admin.with_key("read:organizations", requests_per_minute=2) as modest:
        scope = modest.client.post("/organizations", json=body)
        assert (*problem(scope), fields(scope)) == (403, "insufficient_scope", ["scope"])
        assert modest.client.get("/organizations").headers["x-ratelimit-remaining"] == "0"
        limited = modest.client.get("/organizations")
    assert problem(limited) == (429, "rate_limit_exceeded")
    assert {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"} <= set(
        limited.headers
    )


def test_s22_a_key_has_scopes(admin: Admin) -> None:
    with admin.with_key("create:organizations") as maker:
        made = maker.organization()
        reading = maker.client.get(f"/organizations/{made['id']}")

    assert problem(reading) == (403, "insufficient_scope")
    assert "read:organizations" in reading.json()["error"]["message"]


def test_s25_machines_find_their_way(admin: Admin) -> None:
    """An index, a description of the API, samples."""
    index = (ROOT / "llms.txt").read_text()

    assert index.startswith("# ")
    assert "/openapi.json" in index
    assert "docs/api/README.md" in index
    assert {"create_organization", "create_api_key"} <= {one.id for one in operations(admin)}


def test_s38_the_document_is_a_reference_by_tags(admin: Admin) -> None:
    """Whatever other tags an operation has."""
    named = {(tag, one.id) for one in operations(admin) for tag in one.described["tags"]}

    assert {
        ("Authorization", "check_permission"),
        ("SCIM", "create_directory"),
        ("Organizations", "create_organization"),
        ("Users", "create_user"),
    } <= named
