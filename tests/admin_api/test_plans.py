"""/v1/…/directories/{id}/plans: drawn up, read, applied exactly or refused."""

import secrets
from typing import Any

import pytest

from tests.admin_api.test_directories import path_of
from tests.admin_api.test_sync_runs import tenant_of
from tests.admin_serving import Admin, admin_at, problem
from tests.serving import Scim

MAPPING = {"type": "set_mapping", "group": {"display_name": "Engineering"}, "role": "admin"}


@pytest.fixture
def plans(endpoint: Scim) -> str:
    """The path, of a directory with one engineer."""
    tenant = tenant_of(endpoint)
    tenant.push("Engineering", tenant.create(f"ada@{endpoint.directory_id}.test"))
    tenant.drain()
    return f"{path_of(endpoint)}/plans"


def drawn(admin: Admin, plans: str, change: dict[str, Any]) -> dict[str, Any]:
    answer = admin.client.post(plans, json={"change": change})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_plan_is_read_and_applied(admin: Admin, endpoint: Scim, plans: str) -> None:
    plan = drawn(admin, plans, MAPPING)
    (action,) = admin.client.get(f"{plans}/{plan['id']}/actions").json()["data"]

    applied = admin.client.post(f"{plans}/{plan['id']}/apply")
    again = admin.client.post(f"{plans}/{plan['id']}/apply")

    assert plan["summary"] == {"people": 1, "losing_access": 0, "actions": {"grant_role": 1}}
    assert action["person"]["email"] == f"ada@{endpoint.directory_id}.test"
    assert (action["roles_before"], action["roles_after"]) == (["member"], ["admin", "member"])
    assert action["group"]["display_name"] == "Engineering"
    assert action["why"] == "member of group 'Engineering'"
    assert applied.status_code == 200, applied.text
    assert admin.client.get(plans).json()["data"] == [applied.json()]
    assert (again.status_code, again.json()["error"]["code"]) == (409, "plan_applied")
    (ada,) = tenant_of(endpoint).people().values()
    assert ada.roles == {"admin", "member"}


def test_a_plan_of_another_world_is_refused(admin: Admin, endpoint: Scim, plans: str) -> None:
    plan = drawn(admin, plans, {"type": "disconnect"})
    tenant_of(endpoint).create(f"bob@{endpoint.directory_id}.test")
    tenant_of(endpoint).drain()

    refused = admin.client.post(f"{plans}/{plan['id']}/apply")

    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "plan_stale")
    assert admin.client.get(path_of(endpoint)).status_code == 200


def test_a_disconnection_that_keeps_people_is_planned_and_applied(
    admin: Admin, endpoint: Scim, plans: str
) -> None:
    plan = drawn(admin, plans, {"type": "disconnect", "people": "keep", "roles": "drop"})
    assert (plan["change"]["people"], plan["change"]["roles"]) == ("keep", "drop")
    assert plan["summary"]["losing_access"] == 0
    assert drawn(admin, plans, {"type": "disconnect"})["summary"]["losing_access"] == 1

    applied = admin.client.post(f"{plans}/{plan['id']}/apply")
    assert applied.status_code == 200, applied.text
    tenant_of(endpoint).drain()
    (ada,) = tenant_of(endpoint).people().values()
    assert ada.status == "active"


@pytest.mark.parametrize(
    "change",
    [
        {"type": "rename"},
        {"type": "set_mapping", "role": "admin"},
        {"type": "remove_mapping"},
        {"type": "resync", "more": 1},
        {"type": "disconnect", "people": "some"},
    ],
)
def test_what_cannot_be_planned_is_refused(
    admin: Admin, plans: str, change: dict[str, Any]
) -> None:
    answer = admin.client.post(plans, json={"change": change})

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_body")


def test_what_a_change_names_has_to_exist(admin: Admin, plans: str) -> None:
    role = admin.client.post(plans, json={"change": {**MAPPING, "role": "emperor"}})
    mapping = {"type": "remove_mapping", "mapping_id": "map_nobody"}
    removed = admin.client.post(plans, json={"change": mapping})

    assert (role.status_code, role.json()["error"]["code"]) == (404, "role_not_found")
    assert (removed.status_code, removed.json()["error"]["code"]) == (404, "not_found")


def test_only_the_installation_plans_the_verification_of_a_domain(
    admin: Admin, endpoint: Scim, plans: str
) -> None:
    path = f"/organizations/{endpoint.organization_id}"
    claimed = admin.post(f"{path}/domains", {"name": f"{secrets.token_hex(6)}.example"})
    change = {"type": "verify_domain", "domain_id": claimed["id"], "note": "a contract"}
    plan = drawn(admin, plans, change)
    with admin_at(
        endpoint.address, endpoint.engine, ["*"], organization_id=endpoint.organization_id
    ) as own:
        forbidden = (
            own.client.post(plans, json={"change": change}),
            own.client.get(f"{plans}/{plan['id']}/actions"),
            own.client.post(f"{plans}/{plan['id']}/apply"),
        )
        assert {problem(answer) for answer in forbidden} == {(403, "forbidden")}

    assert admin.client.post(f"{plans}/{plan['id']}/apply").is_success
    assert admin.get(f"{path}/domains/{claimed['id']}")["state"] == "verified"
