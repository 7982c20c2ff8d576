"""Rows of the survey in test_seed_rows.py: policies, roles, permissions, workspaces."""

import secrets

from provisioning.clock import now
from provisioning.drain import drain
from tests.admin_serving import Admin, admin_at, problem
from tests.serving import Scim
from tests.tenant import Tenant


def address() -> str:
    """One that no other test has: accounts are shared."""
    return f"ada-{secrets.token_hex(4)}@acme.example"


def test_s01_an_organization_is_the_place_of_its_policies(scim: Scim) -> None:
    """They are kept, and they hold for who comes: here the default role."""
    tenant = Tenant(scim.engine, scim.organization_id, scim.directory)
    policies = {
        "sign_in": "invited",
        "role_mode": "highest",
        "default_role": "guest",
        "creator_role": "admin",
        "provisioning_scope": "accept",
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


def test_s30_an_organization_has_workspaces(admin: Admin, endpoint: Scim) -> None:
    """Each with its own members and roles, by hand or by a group."""
    path = f"/organizations/{endpoint.organization_id}"
    design, research = (
        admin.post(f"{path}/workspaces", {"display_name": name}) for name in ("Design", "Research")
    )
    body = {"group": {"display_name": "Labs"}, "role": "admin", "workspace_id": research["id"]}
    mappings = f"{path}/directories/{endpoint.directory_id}/mappings"
    assert admin.client.put(mappings, json=body).is_success
    ada = endpoint.client.post("/Users", json={"userName": address()}).json()["id"]
    group = {"displayName": "Labs", "members": [{"value": ada}]}
    assert endpoint.client.post("/Groups", json=group).is_success
    drain(admin.engine, endpoint.organization_id, now)
    (member,) = admin.get(f"{path}/memberships")["data"]
    in_design = f"{path}/workspaces/{design['id']}/members"
    assert admin.client.put(f"{in_design}/{member['id']}/roles/guest").is_success

    def role_in(workspace_id: str) -> list[tuple[str, str]]:
        (found,) = admin.get(f"{path}/workspaces/{workspace_id}/members")["data"]
        assert found["membership_id"] == member["id"]
        return [(one["role"], one["source"]["type"]) for one in found["roles"]]

    def may_manage(workspace_id: str | None) -> bool:
        asked = {"membership_id": member["id"], "permission": "organization:update"}
        return bool(admin.post(f"{path}/check", {**asked, "workspace_id": workspace_id})["allowed"])

    assert admin.get(f"{path}/workspaces")["data"] == [design, research]
    assert role_in(design["id"]) == [("guest", "direct")]
    assert role_in(research["id"]) == [("admin", "mapping")]
    assert [may_manage(one) for one in (None, design["id"], research["id"])] == [
        False,
        False,
        True,
    ]


def test_s34_four_roles_are_built_in(admin: Admin) -> None:
    for role in ("owner", "admin", "member", "guest"):
        created = admin.organization(policies={"default_role": role, "creator_role": role})
        assert created["policies"]["default_role"] == role
        assert created["policies"]["creator_role"] == role
    body = {"display_name": "A", "policies": {"default_role": "emperor"}}
    answer = admin.client.post("/organizations", json=body)
    assert problem(answer) == (404, "role_not_found")


def test_s35_an_organization_defines_roles_and_asks_what_they_permit(admin: Admin) -> None:
    path = f"/organizations/{admin.organization()['id']}"
    viewer = {"name": "viewer", "rank": 110, "permissions": ["reports:read"]}
    analyst = {"name": "analyst", "rank": 120, "permissions": ["queries:*"], "extends": "viewer"}
    for role in (viewer, analyst):
        admin.post(f"{path}/roles", role)
    created = admin.post(f"{path}/memberships", {"email": address(), "roles": ["analyst"]})
    user_id = created["user"]["id"]

    def allowed(*permissions: str) -> list[bool]:
        asked = [{"user_id": user_id, "permission": one} for one in permissions]
        many = admin.post(f"{path}/checks", {"questions": asked})["data"]
        single = [admin.post(f"{path}/check", one) for one in asked]
        assert single == many
        return [one["allowed"] for one in many]

    asked = ("queries:run", "reports:read", "reports:delete", "organization:update")
    assert allowed(*asked) == [True, True, False, False]
    held = admin.get(f"{path}/users/{user_id}/permissions")
    assert held["permissions"] == ["queries:*", "reports:read"]
    assert [one["role"] for one in held["roles"]] == ["analyst"]

    revoked = admin.client.delete(f"{path}/memberships/{created['id']}/roles/analyst")
    assert revoked.json()["roles"] == []
    assert allowed(*asked) == [False] * 4
    elsewhere = f"/organizations/{admin.organization()['id']}"
    assert problem(admin.client.get(f"{elsewhere}/roles/analyst")) == (404, "role_not_found")
