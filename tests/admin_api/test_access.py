"""Who may use the admin API, how often, and what is kept of it."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from provisioning.clock import now
from tests.admin_serving import Admin, problem
from tests.serving import NO_TLS


@pytest.mark.parametrize("authorization", [None, "Bearer prv_wrong", "Basic eA==", "Bearer"])
def test_without_a_live_key_it_is_401(admin: Admin, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    with httpx.Client(base_url=f"{admin.address}/v1", verify=NO_TLS, headers=headers) as stranger:
        answer = stranger.get("/organizations")

    assert problem(answer) == (401, "unauthorized")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_scope_that_is_missing_is_named(admin: Admin) -> None:
    with admin.with_key("read:organizations") as reader:
        answer = reader.client.post("/organizations", json={"display_name": "A"})
        allowed = reader.client.get("/organizations")

    assert problem(answer) == (403, "insufficient_scope")
    assert "create:organizations" in answer.json()["error"]["message"]
    assert allowed.status_code == 200


def test_the_key_of_one_organization_sees_no_other(admin: Admin) -> None:
    mine, other = admin.organization(), admin.organization(external_id=secrets.token_hex(8))
    with admin.with_key("*", organization_id=mine["id"]) as own:
        listed = own.get("/organizations")["data"]
        answers = [
            own.client.get(f"/organizations/{other['id']}"),
            own.client.get(f"/organizations/external/{other['external_id']}"),
            own.client.patch(f"/organizations/{other['id']}", json={"display_name": "Mine"}),
            own.client.delete(f"/organizations/{other['id']}", params={"name": other["name"]}),
        ]
        creation = own.client.post("/organizations", json={"display_name": "B"})

    assert [one["id"] for one in listed] == [mine["id"]]
    assert [problem(answer) for answer in answers] == [(404, "not_found")] * len(answers)
    assert problem(creation) == (403, "forbidden")
    assert admin.get(f"/organizations/{other['id']}") == other


def test_a_key_asks_as_often_as_it_may(admin: Admin) -> None:
    with admin.with_key("read:organizations", requests_per_minute=3) as hasty:
        answers = [hasty.client.get("/organizations") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert answers[0].headers["x-ratelimit-limit"] == "3"
    assert problem(answers[-1]) == (429, "rate_limit_exceeded")
    assert 0 < int(answers[-1].headers["retry-after"]) <= 60
    assert int(answers[-1].headers["x-ratelimit-reset"]) > now().timestamp()


def test_a_repeated_request_is_answered_as_the_first_was(admin: Admin) -> None:
    key = secrets.token_hex(8)
    body = {"display_name": f"Once {key}"}

    first, second = (
        admin.client.post("/organizations", json=body, headers={"Idempotency-Key": key})
        for _ in range(2)
    )
    other = admin.client.post(
        "/organizations", json={"display_name": "Other"}, headers={"Idempotency-Key": key}
    )

    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert second.headers["idempotent-replayed"] == "true"
    # Or a client that repeats what got lost would change the organization whatever its version.
    assert second.headers["etag"] == first.headers["etag"]
    assert "idempotent-replayed" not in first.headers
    assert len(admin.get("/organizations", display_name=body["display_name"])["data"]) == 1
    assert problem(other) == (409, "idempotency_key_reused")


def test_what_was_refused_may_be_sent_again_under_its_key(admin: Admin) -> None:
    key = secrets.token_hex(8)
    taken = admin.organization(name=f"taken-{key}")
    body = {"display_name": "A", "name": taken["name"]}

    refused = admin.client.post("/organizations", json=body, headers={"Idempotency-Key": key})
    admin.client.delete(f"/organizations/{taken['id']}", params={"name": taken["name"]})
    again = admin.client.post("/organizations", json=body, headers={"Idempotency-Key": key})

    assert problem(refused) == (409, "organization_conflict")
    assert again.status_code == 201


def test_of_repeated_requests_at_once_one_is_done(admin: Admin) -> None:
    key = secrets.token_hex(8)
    body = {"display_name": f"Once {key}"}

    def ask(_: int) -> str:
        headers = {"Idempotency-Key": key}
        answer = admin.client.post("/organizations", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    with ThreadPoolExecutor(4) as threads:
        made = set(threads.map(ask, range(8)))

    assert len(made) == 1
    assert len(admin.get("/organizations", display_name=body["display_name"])["data"]) == 1


def test_a_key_is_made_shown_once_and_revoked(admin: Admin) -> None:
    issued = admin.post("/api-keys", {"name": "backend", "scopes": ["read:organizations"]})
    shown = admin.get(f"/api-keys/{issued['id']}")
    secret = issued.pop("key")

    assert shown == issued
    assert shown["last_four"] == secret[-4:]
    admin.post(f"/api-keys/{issued['id']}/revoke")
    assert admin.get(f"/api-keys/{issued['id']}")["revoked_at"] is not None
    headers = {"Authorization": f"Bearer {secret}"}
    assert admin.client.get("/organizations", headers=headers).status_code == 401


def test_no_key_makes_one_that_may_do_more_than_itself(admin: Admin) -> None:
    mine, other = admin.organization(), admin.organization()
    scopes = ("create:api_keys", "read:api_keys")
    with admin.with_key(*scopes, organization_id=mine["id"]) as modest:
        beyond = modest.client.post("/api-keys", json={"name": "x", "scopes": ["read:users"]})
        elsewhere = modest.client.post(
            "/api-keys",
            json={"name": "x", "scopes": ["read:api_keys"], "organization_id": other["id"]},
        )
        own = modest.post("/api-keys", {"name": "x", "scopes": ["read:api_keys"]})
        listed = modest.get("/api-keys")["data"]

    assert problem(beyond) == (403, "insufficient_scope")
    assert problem(elsewhere) == (404, "not_found")
    assert own["organization_id"] == mine["id"]
    assert {key["organization_id"] for key in listed} == {mine["id"]}


def test_the_audit_trail_says_who_did_what_from_where(admin: Admin) -> None:
    created = admin.organization()
    answer = admin.client.patch(
        f"/organizations/{created['id']}",
        json={"display_name": "B"},
        headers={"User-Agent": "backend/1", "X-Request-Id": "r-1"},
    )
    assert answer.headers["x-request-id"] == "r-1"

    first, second = admin.get("/audit-entries", organization_id=created["id"])["data"]

    assert (first["action"], first["target"]) == ("create_organization", created["id"])
    assert second["action"] == "update_organization"
    assert second["actor"].startswith("api_key:key_")
    assert (second["ip_address"], second["user_agent"]) == ("127.0.0.1", "backend/1")
    assert (second["request_id"], second["status"]) == ("r-1", 200)


def test_the_audit_trail_is_walked_from_its_end(admin: Admin) -> None:
    created = admin.organization()
    for letter in "BCDE":
        admin.client.patch(f"/organizations/{created['id']}", json={"display_name": letter})
    whole = {"organization_id": created["id"]}
    entries = [one["id"] for one in admin.get("/audit-entries", **whole)["data"]]

    def walk(**cursor: str) -> tuple[list[str], dict[str, Any]]:
        page = admin.get("/audit-entries", **whole, order="desc", limit=2, **cursor)
        return [one["id"] for one in page["data"]], page["list_metadata"]

    first, metadata = walk()
    assert (first, metadata["before"]) == (entries[:2:-1], None)
    second, metadata = walk(after=metadata["after"])
    assert second == entries[2:0:-1]
    third, end = walk(after=metadata["after"])
    assert (third, end["after"]) == (entries[:1], None)
    back, start = walk(before=metadata["before"])
    assert (back, start["before"]) == (first, None)


def test_whatever_begins_as_the_api_is_answered_by_it(admin: Admin) -> None:
    for path in ("/v1", "/v1x"):
        answer = httpx.get(f"{admin.address}{path}", verify=NO_TLS)
        assert problem(answer) == (404, "not_found")


def test_what_does_not_exist_is_404_and_405(admin: Admin) -> None:
    assert problem(admin.client.get("/nonsense")) == (404, "not_found")
    assert problem(admin.client.put("/organizations", json={})) == (405, "method_not_allowed")
    assert problem(admin.client.get("/organizations/%00")) == (404, "not_found")


def test_a_body_has_a_limit(admin: Admin) -> None:
    answer = admin.client.post("/organizations", content=b" " * (1024 * 1024 + 1))

    assert problem(answer) == (413, "body_too_large")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"x"', b"\xff", b'{"display_name":1}'])
def test_json_that_is_none_is_refused(admin: Admin, content: bytes) -> None:
    answer = admin.client.post(
        "/organizations", content=content, headers={"Content-Type": "application/json"}
    )

    assert problem(answer) == (400, "invalid_body")
