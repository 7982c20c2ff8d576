"""Parts of an organization by the admin API: who is in them, and what they may do there."""

import secrets
from dataclasses import dataclass
from typing import Any

import pytest

from provisioning.clock import now
from provisioning.drain import drain
from provisioning.explain import explain
from provisioning.ids import OrganizationId
from provisioning.store.engine import reading
from service.cli import members
from tests.admin_serving import Admin, problem
from tests.serving import Scim

GROUP = "Engineering"
DIRECT, MAPPED = "direct", "mapping"


@dataclass(frozen=True)
class Customer:
    """An organization with a workspace, and Ada, who is in the group Engineering."""

    admin: Admin
    scim: Scim
    user_name: str
    user_id: str
    workspace: dict[str, Any]

    @property
    def organization(self) -> str:
        return f"/organizations/{self.scim.organization_id}"

    @property
    def path(self) -> str:
        return f"{self.organization}/workspaces/{self.workspace['id']}"

    @property
    def member(self) -> str:
        """Where Ada is in the workspace, or would be."""
        return f"{self.path}/members/{self.membership_id}"

    @property
    def membership_id(self) -> str:
        directory = f"{self.organization}/directories/{self.scim.directory_id}"
        (ada,) = self.admin.get(f"{directory}/users")["data"]
        return str(ada["membership_id"])

    def map(self, role: str, *, in_the_workspace: bool = True) -> None:
        body: dict[str, Any] = {"group": {"display_name": GROUP}, "role": role}
        if in_the_workspace:
            body["workspace_id"] = self.workspace["id"]
        path = f"{self.organization}/directories/{self.scim.directory_id}/mappings"
        answer = self.admin.client.put(path, json=body)
        assert answer.status_code == 200, answer.text
        self.settle()

    def settle(self) -> None:
        drain(self.scim.engine, self.scim.organization_id, now)

    def roles(self) -> list[tuple[str, str]]:
        """Of the one member of the workspace: each role, and its source."""
        (one,) = self.admin.get(f"{self.path}/members")["data"]
        return [(role["role"], role["source"]["type"]) for role in one["roles"]]

    def everybody(self) -> list[str]:
        found = self.admin.get(f"{self.path}/members")["data"]
        return [str(one["membership_id"]) for one in found]

    def told(self) -> list[dict[str, Any]]:
        return list(self.admin.get(f"{self.organization}/events", limit=1000)["data"])


@pytest.fixture
def customer(admin: Admin, endpoint: Scim) -> Customer:
    user_name = f"{secrets.token_hex(4)}@x.test"
    user = endpoint.client.post("/Users", json={"userName": user_name}).json()
    body = {"displayName": GROUP, "members": [{"value": user["id"]}]}
    assert endpoint.client.post("/Groups", json=body).status_code == 201
    path = f"/organizations/{endpoint.organization_id}/workspaces"
    workspace = admin.post(path, {"display_name": "Berlin"})
    made = Customer(admin, endpoint, user_name, user["id"], workspace)
    made.settle()
    return made


def test_a_workspace_needs_only_a_display_name(admin: Admin, customer: Customer) -> None:
    made = customer.workspace

    assert (made["name"], made["external_id"], made["metadata"]) == ("berlin", None, {})
    assert admin.get(customer.path) == made
    assert admin.get(f"{customer.organization}/workspaces")["data"] == [made]
    assert customer.everybody() == []


def test_a_name_that_is_made_up_is_varied_and_one_that_is_given_conflicts(
    admin: Admin, customer: Customer
) -> None:
    path = f"{customer.organization}/workspaces"
    varied = admin.post(path, {"display_name": "Berlin", "external_id": "1"})
    for body in ({"name": "berlin"}, {"external_id": "1"}):
        refused = admin.client.post(path, json={"display_name": "X", **body})
        assert problem(refused) == (409, "workspace_conflict")
    elsewhere = f"/organizations/{admin.organization()['id']}/workspaces"

    assert varied["name"].startswith("berlin-")
    assert admin.get(path, external_id="1")["data"] == [varied]
    assert admin.post(elsewhere, {"display_name": "X", "name": "berlin"})["name"] == "berlin"


def test_a_change_says_which_version_it_changes(admin: Admin, customer: Customer) -> None:
    first = admin.client.get(customer.path).headers["etag"]
    unmodified = admin.client.get(customer.path, headers={"If-None-Match": first})
    body = {"metadata": {"plan": "x"}, "name": None}
    changed = admin.client.patch(customer.path, json=body, headers={"If-Match": first})
    late = admin.client.patch(
        customer.path, json={"display_name": "C"}, headers={"If-Match": first}
    )
    deleted = admin.client.delete(customer.path, headers={"If-Match": first})

    assert unmodified.status_code == 304
    assert (changed.json()["metadata"], changed.json()["name"]) == ({"plan": "x"}, "berlin")
    assert problem(late) == problem(deleted) == (412, "precondition_failed")
    updated = [event for event in customer.told() if event["type"] == "workspace.updated"]
    assert [event["previous_attributes"] for event in updated] == [{"metadata": {}}]


def test_a_member_is_put_there_and_taken_out(admin: Admin, customer: Customer) -> None:
    first, second = admin.client.put(customer.member), admin.client.put(customer.member)
    assert first.json() == second.json()
    assert first.json()["added"] is True
    assert customer.everybody() == [customer.membership_id]

    assert admin.client.delete(customer.member).status_code == 204
    assert problem(admin.client.delete(customer.member)) == (404, "not_found")
    assert customer.everybody() == []
    told = [event["type"] for event in customer.told()]
    assert told.count("workspace_membership.created") == 1
    assert told.count("workspace_membership.deleted") == 1


def test_a_role_by_hand_holds_in_the_workspace_alone(admin: Admin, customer: Customer) -> None:
    role = f"{customer.member}/roles/admin"
    first, second = admin.client.put(role), admin.client.put(role)
    customer.map("guest", in_the_workspace=False)

    assert first.json() == second.json()
    assert customer.roles() == [("admin", DIRECT)]
    created = [e for e in customer.told() if e["data"].get("role", {}).get("name") == "admin"]
    assert [(e["type"], e["data"]["workspace"]["name"]) for e in created] == [
        ("role_grant.created", "berlin")
    ]
    assert created[0]["data"]["source"] == {"type": "direct"}

    assert admin.client.delete(role).status_code == 204
    assert problem(admin.client.delete(role)) == (404, "not_found")
    assert customer.everybody() == []
    regranted = admin.client.put(role)
    assert regranted.status_code == 200
    again = [e for e in customer.told() if e["data"].get("role", {}).get("name") == "admin"]
    assert len({event["data"]["id"] for event in again}) == 1, "a grant that returns is the same"
    assert [event["type"].rpartition(".")[2] for event in again] == [
        "created",
        "deleted",
        "created",
    ]


def test_a_mapped_group_brings_its_people_into_the_workspace(
    admin: Admin, customer: Customer
) -> None:
    customer.map("admin")

    assert customer.roles() == [("admin", MAPPED)]
    (here,) = admin.get(f"{customer.path}/members")["data"]
    whole = admin.get(f"{customer.organization}/memberships/{customer.membership_id}")
    (of_berlin,) = [role for role in whole["roles"] if role["workspace"]]
    assert of_berlin["source"] == here["roles"][0]["source"]
    assert of_berlin["source"]["group"] == GROUP
    granted = [e for e in customer.told() if e["type"] == "role_grant.created"][-1]
    assert granted["data"]["workspace"] == {"id": customer.workspace["id"], "name": "berlin"}
    assert problem(admin.client.delete(customer.member)) == (409, "directory_managed")
    assert problem(admin.client.delete(f"{customer.member}/roles/admin")) == (404, "not_found")

    customer.scim.client.delete(f"/Users/{customer.user_id}")
    customer.settle()
    assert customer.everybody() == []


def test_a_role_of_a_workspace_is_not_shown_as_one_of_the_organization(
    admin: Admin, customer: Customer
) -> None:
    before = now().isoformat()
    admin.client.put(f"{customer.member}/roles/owner")
    then = now().isoformat()
    customer.map("guest")
    one = f"{customer.organization}/memberships/{customer.membership_id}"
    berlin = {"id": customer.workspace["id"], "name": "berlin"}
    by_hand = {("member", None), ("owner", "berlin")}
    by_group = {("guest", "berlin")}

    def held(shown: dict[str, Any]) -> set[tuple[str, str | None]]:
        places = [role["workspace"] for role in shown["roles"]]
        assert [place for place in places if place not in (None, berlin)] == []
        return {(role["role"], (role["workspace"] or {}).get("name")) for role in shown["roles"]}

    assert held(admin.get(one)) == by_hand | by_group
    assert held(admin.get(one, as_of=then)) == by_hand
    assert held(admin.get(one, as_of=before)) == {("member", None)}
    (listed,) = admin.get(f"{customer.organization}/memberships", role="owner")["data"]
    assert held(listed) == by_hand | by_group
    explained = admin.get(f"{one}/explanation")
    assert held(explained) == by_hand | by_group
    assert held(admin.get(f"{one}/explanation", as_of=then)) == by_hand

    patch = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "remove", "path": "members"}],
    }
    group = customer.scim.client.get("/Groups").json()["Resources"][0]["id"]
    assert customer.scim.client.patch(f"/Groups/{group}", json=patch).is_success
    customer.settle()
    (lacking,) = admin.get(f"{one}/explanation")["lacking"]
    assert (lacking["role"], lacking["workspace"]) == ("guest", berlin)


def test_an_explanation_says_where_a_role_holds(customer: Customer) -> None:
    customer.map("admin")
    with reading(customer.scim.engine) as connection:
        organization_id = OrganizationId(customer.scim.organization_id)
        (found,) = explain(connection, organization_id, customer.user_name)
    roles = [(one["role"], one["workspace"]) for one in members.explained(found)["roles"]]

    assert sorted(roles, key=str) == [("admin", "berlin"), ("member", None)]


def test_the_highest_role_is_that_of_the_workspace(admin: Admin, customer: Customer) -> None:
    admin.client.patch(customer.organization, json={"policies": {"role_mode": "highest"}})
    customer.map("owner", in_the_workspace=False)
    customer.map("guest")
    customer.map("admin")

    assert customer.roles() == [("admin", MAPPED)]


def test_the_owner_of_a_workspace_is_not_the_organizations(
    admin: Admin, customer: Customer
) -> None:
    admin.client.put(f"{customer.member}/roles/owner")
    customer.scim.client.delete(f"/Users/{customer.user_id}")
    customer.settle()

    assert admin.get(f"{customer.organization}/held-changes")["data"] == []
    assert customer.everybody() == [], "who has left the organization is in no workspace"


@pytest.mark.parametrize("use", ["member", "role", "mapping"])
def test_a_workspace_in_use_is_deleted_only_by_force(
    admin: Admin, customer: Customer, use: str
) -> None:
    if use == "mapping":
        customer.map("admin")
    else:
        admin.client.put(customer.member + ("/roles/admin" if use == "role" else ""))

    assert problem(admin.client.delete(customer.path)) == (409, "workspace_in_use")
    before = len(customer.told())
    forced = admin.client.delete(customer.path, params={"force": "true"})
    customer.settle()

    assert forced.status_code == 204
    assert problem(admin.client.get(customer.path)) == (404, "not_found")
    told = [event["type"] for event in customer.told()[before:]]
    expected = {
        "member": ["workspace_membership.deleted", "workspace.deleted"],
        "role": ["role_grant.deleted", "workspace.deleted"],
        "mapping": ["group_role_mapping.deleted", "workspace.deleted", "role_grant.deleted"],
    }
    assert told == expected[use]
    assert admin.post(f"{customer.organization}/workspaces", {"display_name": "Berlin"})


def test_only_members_of_the_organization_can_be_in_it(admin: Admin, customer: Customer) -> None:
    other = f"/organizations/{admin.organization()['id']}/workspaces"
    theirs = admin.post(other, {"display_name": "Theirs"})
    foreign = f"{other}/{theirs['id']}/members/{customer.membership_id}"
    answers = [
        admin.client.put(foreign),
        admin.client.put(f"{foreign}/roles/admin"),
        admin.client.delete(foreign),
        admin.client.put(f"{customer.path}/members/mem_0"),
    ]

    assert [problem(answer) for answer in answers] == [(404, "not_found")] * len(answers)
    nobody = admin.client.put(f"{customer.member}/roles/emperor")
    assert problem(nobody) == (404, "role_not_found")


def test_another_organizations_workspace_is_not_there(admin: Admin, customer: Customer) -> None:
    mine = admin.organization()["id"]
    foreign = f"/organizations/{mine}/workspaces/{customer.workspace['id']}"
    member = f"{foreign}/members/{customer.membership_id}"
    with admin.with_key("*", organization_id=mine) as own:
        answers = [
            own.client.get(customer.path),
            own.client.get(foreign),
            own.client.patch(foreign, json={"display_name": "Mine"}),
            own.client.delete(foreign),
            own.client.get(f"{foreign}/members"),
            own.client.put(member),
            own.client.put(f"{member}/roles/admin"),
        ]
    body = {"group": {"display_name": "A"}, "role": "admin"}
    with customer.scim.a_second_directory() as second:
        directory = f"/organizations/{second.organization_id}/directories/{second.directory_id}"
        mapping = {**body, "workspace_id": customer.workspace["id"]}
        answers.append(admin.client.put(f"{directory}/mappings", json=mapping))

    assert [problem(answer) for answer in answers] == [(404, "not_found")] * len(answers)
    assert admin.get(customer.path) == customer.workspace
