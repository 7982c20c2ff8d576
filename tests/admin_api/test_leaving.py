"""Leaving policies and steps by the admin API."""

import secrets
from datetime import timedelta
from typing import Any

import pytest

from provisioning.clock import now, rfc3339
from provisioning.ids import DirectoryId, OrganizationId
from provisioning.store import directories
from provisioning.store.engine import reading
from tests.admin_serving import Admin, problem
from tests.tenant import Tenant

DAY = 86_400
NEVER = {"grace_seconds": 0, "retention_seconds": None}


@pytest.fixture
def acme(admin: Admin) -> Tenant:
    """An organization with a directory, both made by the API."""
    organization_id = OrganizationId(admin.organization()["id"])
    made = admin.post(f"/organizations/{organization_id}/directories", {"type": "okta"})
    with reading(admin.engine) as connection:
        directory = directories.get(connection, DirectoryId(made["id"]))
    assert directory is not None
    return Tenant(admin.engine, organization_id, directory)


def here(acme: Tenant, *parts: str) -> str:
    return "/".join(["/organizations", acme.organization_id, *parts])


def address() -> str:
    """Of nobody else: the tests share an installation."""
    return f"ada-{secrets.token_hex(4)}@acme.test"


def put(admin: Admin, path: str, **periods: Any) -> dict[str, Any]:
    answer = admin.client.put(path, json=periods)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_directory_inherits_the_policy_until_it_has_its_own(admin: Admin, acme: Tenant) -> None:
    general = here(acme, "leaving-policy")
    own = here(acme, "directories", acme.directory.id, "leaving-policy")
    assert admin.get(general) == {
        **NEVER,
        "directory_id": None,
        "inherited": False,
        "changed_at": None,
    }

    changed = put(admin, general, grace_seconds=DAY, retention_seconds=30 * DAY)
    inherited = admin.get(own)
    assert (inherited["grace_seconds"], inherited["inherited"]) == (DAY, True)
    assert inherited["directory_id"] == acme.directory.id
    assert admin.get(general) == changed

    assert put(admin, own, **NEVER) == admin.get(own)
    assert (admin.get(own)["grace_seconds"], admin.get(own)["inherited"]) == (0, False)
    for _ in range(2):
        assert admin.client.delete(own).status_code == 204
    assert (admin.get(own)["grace_seconds"], admin.get(own)["inherited"]) == (DAY, True)
    told = [event for event in acme.events() if event["type"] == "leaving_policy.updated"]
    assert [event["previous_attributes"] for event in told] == [
        {"grace_seconds": 0, "retention_seconds": None},
        {"grace_seconds": DAY, "inherited": True, "retention_seconds": 30 * DAY},
        {"grace_seconds": 0, "inherited": False, "retention_seconds": None},
    ]


@pytest.mark.parametrize(
    "periods",
    [
        {**NEVER, "grace_seconds": -1},
        {**NEVER, "grace_seconds": None},
        {**NEVER, "retention_seconds": 3600},
        {**NEVER, "days": 1},
        {},
        {"grace_seconds": DAY},
        {"retention_seconds": DAY},
    ],
)
def test_impossible_periods_are_refused(
    admin: Admin, acme: Tenant, periods: dict[str, Any]
) -> None:
    answer = admin.client.put(here(acme, "leaving-policy"), json=periods)

    assert problem(answer) == (400, "invalid_body")


def leave(admin: Admin, acme: Tenant) -> dict[str, Any]:
    """Ada does: the step that is foreseen."""
    put(admin, here(acme, "leaving-policy"), **{**NEVER, "grace_seconds": 7 * DAY})
    ada = acme.create(address())
    acme.drain()
    acme.delete(ada)
    acme.drain()
    (step,) = admin.get(here(acme, "leaving-steps"))["data"]
    return dict(step)


def test_what_is_foreseen_is_listed_and_put_off(admin: Admin, acme: Tenant) -> None:
    step = leave(admin, acme)
    steps = here(acme, "leaving-steps")
    assert step["step"] == "remove"
    assert step["email"].startswith("ada-")
    assert step["due_at"] == step["planned_at"]
    assert admin.get(f"{steps}/{step['id']}") == step
    for filters, found in (
        ({"user_id": step["user_id"]}, [step]),
        ({"membership_id": step["membership_id"], "step": "remove"}, [step]),
        ({"step": "purge"}, []),
        ({"due_before": rfc3339(now() + timedelta(days=6))}, []),
        ({"due_before": rfc3339(now() + timedelta(days=8))}, [step]),
    ):
        assert admin.get(steps, **filters)["data"] == found

    later = rfc3339(now() + timedelta(days=60))
    moved = admin.post(f"{steps}/{step['id']}/postpone", {"due_at": later})
    assert moved == {**step, "due_at": later}
    past = admin.client.post(f"{steps}/{step['id']}/postpone", json={"due_at": rfc3339(now())})
    assert problem(past) == (409, "due_in_the_past")


def test_a_removal_is_cancelled_and_the_person_kept(admin: Admin, acme: Tenant) -> None:
    step = leave(admin, acme)
    one = here(acme, "leaving-steps", step["id"])
    explained = admin.get(here(acme, "memberships", step["membership_id"], "explanation"))
    assert any(step["id"] in reason for reason in explained["reasons"])

    answer = admin.client.post(f"{one}/cancel", json={})
    assert answer.status_code == 204, answer.text
    acme.drain()

    assert problem(admin.client.get(one)) == (404, "not_found")
    kept = admin.get(here(acme, "memberships", step["membership_id"]))
    assert (kept["status"], kept["directory_managed"]) == ("active", False)


def test_a_disconnected_directorys_people_are_kept(admin: Admin, acme: Tenant) -> None:
    ada = acme.create(address())
    acme.push("Engineering", ada)
    acme.map("Engineering", "admin")
    acme.drain()
    one = here(acme, "directories", acme.directory.id)

    answer = admin.client.delete(one, params={"people": "keep", "roles": "direct"})
    assert answer.status_code == 204, answer.text
    acme.drain()

    (member,) = admin.get(here(acme, "memberships"))["data"]
    assert member["status"] == "active"
    assert {(r["role"], r["source"]["type"]) for r in member["roles"]} == {
        ("admin", "direct"),
        ("member", "default"),
    }


def test_a_purged_member_is_shown_without_a_name(admin: Admin, acme: Tenant) -> None:
    put(admin, here(acme, "leaving-policy"), **{**NEVER, "retention_seconds": DAY})
    ada = acme.create(address())
    acme.drain()
    acme.delete(ada)
    acme.drain()
    acme.drain_at(now() + timedelta(days=3))

    (member,) = admin.get(here(acme, "memberships"))["data"]
    assert (member["status"], member["user"]["email"]) == ("removed", None)
    assert member["purged_at"] is not None
    assert problem(admin.client.get(f"/users/{member['user']['id']}")) == (404, "not_found")
    refused = admin.client.delete(here(acme, "memberships", member["id"]))
    assert problem(refused) == (404, "not_found")


def test_another_tenants_steps_are_not_there(admin: Admin, acme: Tenant) -> None:
    step = leave(admin, acme)
    other = admin.organization()["id"]
    elsewhere = f"/organizations/{other}/leaving-steps/{step['id']}"

    assert problem(admin.client.get(elsewhere)) == (404, "not_found")
    for verb, body in (("cancel", {}), ("postpone", {"due_at": rfc3339(now() + timedelta(9))})):
        assert problem(admin.client.post(f"{elsewhere}/{verb}", json=body)) == (404, "not_found")
    foreign = f"/organizations/{other}/directories/{acme.directory.id}/leaving-policy"
    assert problem(admin.client.put(foreign, json=NEVER)) == (404, "not_found")
