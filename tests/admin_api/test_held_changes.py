"""What guards hold, by the admin API: listed with its evidence, released, rejected."""

import secrets
from typing import Any

import httpx
import pytest

from provisioning.clock import now
from provisioning.drain import drain
from tests.admin_serving import Admin, problem
from tests.serving import Scim

People = list[str]


def base_of(endpoint: Scim) -> str:
    return f"/organizations/{endpoint.organization_id}"


def settle(endpoint: Scim) -> None:
    drain(endpoint.engine, endpoint.organization_id, now)


def say(endpoint: Scim, people: People, *, active: bool) -> None:
    """As Entra does, one by one."""
    for key in people:
        change = {"op": "replace", "path": "active", "value": active}
        body = {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [change],
        }
        assert endpoint.client.patch(f"/Users/{key}", json=body).is_success
    settle(endpoint)


@pytest.fixture
def people(admin: Admin, endpoint: Scim) -> People:
    """Three, whose directory is believed when it lets go of one."""
    breaker = {"max_count": 1, "max_share": 0}
    path = f"{base_of(endpoint)}/directories/{endpoint.directory_id}"
    assert admin.client.patch(path, json={"breaker": breaker}).is_success
    created = [
        endpoint.client.post("/Users", json={"userName": secrets.token_hex(8)}).json()["id"]
        for _ in range(3)
    ]
    settle(endpoint)
    return created


def held(admin: Admin, endpoint: Scim, **wanted: str) -> list[dict[str, Any]]:
    return list(admin.get(f"{base_of(endpoint)}/held-changes", **wanted)["data"])


def active(admin: Admin, endpoint: Scim) -> int:
    found = admin.get(f"{base_of(endpoint)}/memberships", status="active")
    return len(found["data"])


def decide(admin: Admin, endpoint: Scim, verb: str, body: dict[str, object]) -> httpx.Response:
    return admin.client.post(f"{base_of(endpoint)}/held-changes/{verb}", json=body)


def test_what_is_held_is_listed_with_its_evidence(
    admin: Admin, endpoint: Scim, people: People
) -> None:
    say(endpoint, people, active=False)
    found = held(admin, endpoint, reason="mass_deprovisioning")

    assert {one["directory_user_id"] for one in found} == set(people)
    one = found[0]
    assert (one["said"], one["status"], one["wanted_status"]) == ("inactive", "active", "suspended")
    assert one["directory_id"] == endpoint.directory_id
    assert one["said_at"] <= one["held_since"]
    assert held(admin, endpoint, directory_id=endpoint.directory_id) == found
    assert held(admin, endpoint, reason="last_owner") == []
    # The IdP reads back what it wrote.
    assert endpoint.client.get(f"/Users/{people[0]}").json()["active"] is False
    path = f"{base_of(endpoint)}/directories/{endpoint.directory_id}"
    breaker = admin.get(path)["breaker"]
    assert breaker["tripped_at"] is not None
    assert (breaker["held"], breaker["max_count"], breaker["window_seconds"]) == (3, 1, 3600)
    assert admin.get(f"{base_of(endpoint)}/directories")["data"][0]["breaker"] == breaker
    path = f"{base_of(endpoint)}/memberships/{one['membership_id']}/explanation"
    (reason,) = (why for why in admin.get(path)["reasons"] if why.startswith("held: "))
    assert "too many people at once" in reason


def test_some_are_released_and_the_rest_is_rejected(
    admin: Admin, endpoint: Scim, people: People
) -> None:
    say(endpoint, people, active=False)
    first = held(admin, endpoint)[0]["membership_id"]

    released = decide(admin, endpoint, "release", {"membership_ids": [first]})
    assert (released.status_code, released.json()) == (202, {"count": 1})
    settle(endpoint)
    assert active(admin, endpoint) == 2

    rejected = decide(admin, endpoint, "reject", {"directory_id": endpoint.directory_id})
    assert rejected.json() == {"count": 2}
    settle(endpoint)
    assert active(admin, endpoint) == 2
    decisions = {one["decision"]: one["decided_by"] for one in held(admin, endpoint)}
    assert list(decisions) == ["rejected"]
    assert decisions["rejected"].startswith("api_key:")
    told = [one["type"] for one in admin.get(f"{base_of(endpoint)}/events", limit=1000)["data"]]
    assert told.count("change.rejected") == 2
    assert told[-1] == "directory.breaker_closed"
    entries = admin.get("/audit-entries", organization_id=endpoint.organization_id)["data"]
    assert {"release_held_changes", "reject_held_changes"} <= {one["action"] for one in entries}


def test_what_is_not_held_is_not_found(admin: Admin, endpoint: Scim, people: People) -> None:
    (free, *_) = admin.get(f"{base_of(endpoint)}/memberships")["data"]
    for verb in ("release", "reject"):
        answer = decide(admin, endpoint, verb, {"membership_ids": [free["id"]]})
        assert problem(answer) == (404, "not_found")
        answer = decide(admin, endpoint, verb, {"directory_id": "dir_nobody"})
        assert problem(answer) == (404, "not_found")
        bodies: list[dict[str, object]] = [{}, {"membership_ids": []}, {"membership_ids": None}]
        for body in bodies:
            assert problem(decide(admin, endpoint, verb, body)) == (400, "invalid_body")
    assert people


def test_the_last_owner_is_not_released(admin: Admin, endpoint: Scim, people: People) -> None:
    ada = admin.get(f"{base_of(endpoint)}/memberships")["data"][0]
    path = f"{base_of(endpoint)}/memberships/{ada['id']}"
    assert admin.client.put(f"{path}/roles/owner").is_success
    directory = f"{base_of(endpoint)}/directories/{endpoint.directory_id}"
    assert admin.client.patch(directory, json={"breaker": {"enabled": False}}).is_success
    say(endpoint, people, active=False)
    (one,) = held(admin, endpoint)

    assert one["reason"] == "last_owner"
    answer = decide(admin, endpoint, "release", {"membership_ids": [one["membership_id"]]})
    assert problem(answer) == (409, "last_owner")


def test_a_break_glass_member_is_marked(admin: Admin, endpoint: Scim, people: People) -> None:
    member = admin.get(f"{base_of(endpoint)}/memberships")["data"][0]
    path = f"{base_of(endpoint)}/memberships/{member['id']}"
    marked = admin.client.patch(path, json={"break_glass": True}).json()
    assert (marked["break_glass"], member["break_glass"]) == (True, False)
    assert admin.client.patch(path, json={}).json()["break_glass"] is True

    for key in people:
        say(endpoint, [key], active=False)
        settle(endpoint)
    reasons = {one["membership_id"]: one["reason"] for one in held(admin, endpoint)}
    assert reasons[member["id"]] == "break_glass"
    updated = [
        one
        for one in admin.get(f"{base_of(endpoint)}/events", limit=1000)["data"]
        if one["previous_attributes"] == {"break_glass": False}
    ]
    assert [one["data"]["id"] for one in updated] == [member["id"]]


def test_the_policy_of_a_breaker_is_checked(admin: Admin, endpoint: Scim) -> None:
    path = f"{base_of(endpoint)}/directories/{endpoint.directory_id}"
    for breaker in ({"max_count": -1}, {"max_share": 1.5}, {"window_seconds": 1}, {"other": 1}):
        assert problem(admin.client.patch(path, json={"breaker": breaker})) == (400, "invalid_body")
    shown = admin.client.patch(path, json={"breaker": {"enabled": False}}).json()["breaker"]

    assert shown == {
        "enabled": False,
        "max_count": 10,
        "max_share": 0.05,
        "window_seconds": 3600,
        "tripped_at": None,
        "held": 0,
    }


@pytest.fixture
def newcomers(admin: Admin, endpoint: Scim) -> People:
    """Two of no domain of the organization, whose policy holds them."""
    path = base_of(endpoint)
    scope = {"policies": {"provisioning_scope": "hold"}}
    assert admin.client.patch(path, json=scope).json()["policies"]["provisioning_scope"] == "hold"
    created = [
        endpoint.client.post("/Users", json={"userName": secrets.token_hex(8)}).json()["id"]
        for _ in range(2)
    ]
    settle(endpoint)
    return created


def test_newcomers_outside_the_scope_are_listed_with_what_the_directory_says(
    admin: Admin, endpoint: Scim, newcomers: People
) -> None:
    found = held(admin, endpoint, reason="out_of_scope")

    assert [one["id"] for one in found] == sorted(newcomers)
    one = found[0]
    assert (one["directory_user_id"], one["directory_id"]) == (one["id"], endpoint.directory_id)
    assert (one["membership_id"], one["user_id"], one["status"]) == (None, None, None)
    assert (one["said"], one["wanted_status"], one["decision"]) == ("active", "active", None)
    assert held(admin, endpoint, reason="mass_deprovisioning") == []
    assert endpoint.client.get(f"/Users/{newcomers[0]}").is_success
    assert active(admin, endpoint) == 0


def test_newcomers_are_released_one_by_one_and_all_of_a_directory(
    admin: Admin, endpoint: Scim, newcomers: People
) -> None:
    first = decide(admin, endpoint, "release", {"directory_user_ids": newcomers[:1]})
    rest: dict[str, object] = {"directory_id": endpoint.directory_id, "reason": "out_of_scope"}

    assert (first.status_code, first.json()) == (202, {"count": 1})
    assert decide(admin, endpoint, "release", {"directory_id": endpoint.directory_id}).json() == {
        "count": 0
    }
    assert decide(admin, endpoint, "release", rest).json() == {"count": 1}
    settle(endpoint)
    assert active(admin, endpoint) == 2
    assert held(admin, endpoint) == []


def test_newcomers_who_are_rejected_stay_listed_and_out(
    admin: Admin, endpoint: Scim, newcomers: People
) -> None:
    answer = decide(admin, endpoint, "reject", {"directory_user_ids": newcomers})
    settle(endpoint)

    assert answer.json() == {"count": 2}
    assert {one["decision"] for one in held(admin, endpoint)} == {"rejected"}
    assert active(admin, endpoint) == 0
    nobody = decide(admin, endpoint, "release", {"directory_user_ids": ["diruser_nobody"]})
    assert problem(nobody) == (404, "not_found")
