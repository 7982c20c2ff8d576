"""An organization's own roles, beside those that are built in."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import insert, select

from provisioning import clock, ids
from provisioning.roles import ROLES_LIMIT
from provisioning.store import engine as engines
from provisioning.store import role_tables
from provisioning.store.admin_tables import invitations
from tests.admin_serving import Admin, problem
from tests.tenant import Tenant, found, settled


@pytest.fixture
def acme(admin: Admin) -> Tenant:
    return found(admin.engine, f"Acme {secrets.token_hex(4)}")


def roles(acme: Tenant) -> str:
    return f"/organizations/{acme.organization_id}/roles"


def add(admin: Admin, acme: Tenant, name: str, **properties: Any) -> dict[str, Any]:
    return admin.post(roles(acme), {"name": name, "rank": 150, **properties})


def address(name: str) -> str:
    """One that no other test has: they share a database, and so its accounts."""
    return f"{name}.{secrets.token_hex(6)}@acme.test"


def invite(admin: Admin, acme: Tenant, *role_ids: str) -> str:
    invitation_id = f"inv_{secrets.token_hex(16)}"
    with engines.transaction(admin.engine) as connection:
        connection.execute(
            insert(invitations).values(
                id=invitation_id,
                organization_id=acme.organization_id,
                email=f"{invitation_id}@acme.test",
                email_key=f"{invitation_id}@acme.test",
                role_ids="[" + ", ".join(f'"{role_id}"' for role_id in role_ids) + "]",
                status="pending",
                expires_at=clock.now(),
                created_at=clock.now(),
                updated_at=clock.now(),
            )
        )
    return invitation_id


def test_the_built_in_roles_are_there_and_cannot_be_changed(admin: Admin, acme: Tenant) -> None:
    listed = admin.get(roles(acme))["data"]
    ranks = {role["name"]: role["rank"] for role in listed}

    assert ranks == {"owner": 400, "admin": 300, "member": 200, "guest": 100}
    assert all(role["built_in"] for role in listed)
    assert admin.get(f"{roles(acme)}/owner")["permissions"] == ["*:*"]
    changed = admin.client.patch(f"{roles(acme)}/guest", json={"rank": 5})
    deleted = admin.client.delete(f"{roles(acme)}/guest")
    again = admin.client.post(roles(acme), json={"name": "guest", "rank": 5})
    assert problem(changed) == problem(deleted) == (409, "role_is_built_in")
    assert problem(again) == (409, "role_conflict")


def test_a_role_inherits_permissions(admin: Admin, acme: Tenant) -> None:
    add(admin, acme, "viewer", permissions=["invoices:read", "invoices:read", "*:list"])
    created = add(
        admin,
        acme,
        "billing",
        display_name="Billing",
        description="Pays",
        permissions=["invoices:*"],
        extends="viewer",
    )

    assert created["permissions"] == ["invoices:*"]
    assert created["effective_permissions"] == ["*:list", "invoices:*", "invoices:read"]
    assert (created["extends"], created["built_in"]) == ("viewer", False)
    assert admin.get(f"{roles(acme)}/billing") == created


def test_a_change_leaves_what_it_does_not_name(admin: Admin, acme: Tenant) -> None:
    created = add(admin, acme, "viewer", description="Looks", permissions=["a:b"], extends="guest")
    path = f"{roles(acme)}/viewer"

    changed = admin.client.patch(path, json={"extends": None, "permissions": ["a:b", "c:d"]}).json()

    assert (changed["extends"], changed["description"]) == (None, "Looks")
    assert changed["effective_permissions"] == ["a:b", "c:d"]
    assert changed["created_at"] == created["created_at"]
    assert admin.client.patch(path, json={"permissions": []}).json()["permissions"] == []
    assert acme.told()[-3:] == ["role.created", "role.updated", "role.updated"]
    same = admin.client.patch(path, json={"rank": 150})
    assert same.status_code == 200
    assert len(acme.events()) == len(acme.events(0))
    assert acme.told()[-1] == "role.updated"
    assert acme.told().count("role.updated") == 2


def test_a_change_says_which_version_it_changes(admin: Admin, acme: Tenant) -> None:
    made = admin.client.post(roles(acme), json={"name": "viewer", "rank": 5})
    path = f"{roles(acme)}/viewer"
    first = admin.client.get(path).headers["etag"]
    mine = {"If-Match": first}
    assert made.headers["etag"] == first

    assert admin.client.get(path, headers={"If-None-Match": first}).status_code == 304
    add(admin, acme, "another")
    changed = admin.client.patch(path, json={"rank": 6}, headers=mine)
    late = admin.client.patch(path, json={"rank": 7}, headers=mine)
    too_late = admin.client.delete(path, headers=mine)

    assert changed.status_code == 200
    assert changed.headers["etag"] == admin.client.get(path).headers["etag"] != first
    assert problem(late) == problem(too_late) == (412, "precondition_failed")
    assert admin.get(path)["rank"] == 6
    lines = [("If-Match", 'W/"99999"'), ("If-Match", changed.headers["etag"])]
    known = [("If-None-Match", value) for _, value in lines]
    assert admin.client.get(path, headers=known).status_code == 304
    assert admin.client.delete(path, headers=lines).status_code == 204


def test_a_role_is_another_version_when_one_that_it_extends_is(admin: Admin, acme: Tenant) -> None:
    for name, extended in (("viewer", None), ("billing", "viewer"), ("boss", "billing")):
        add(admin, acme, name, permissions=[f"{name}:do"], extends=extended)
    path = f"{roles(acme)}/boss"
    known = {"If-None-Match": admin.client.get(path).headers["etag"]}

    assert admin.client.get(path, headers=known).status_code == 304
    admin.client.patch(f"{roles(acme)}/viewer", json={"permissions": ["all:read"]})
    again = admin.client.get(path, headers=known)

    assert again.status_code == 200
    assert "all:read" in again.json()["effective_permissions"]


def test_no_role_extends_itself_in_the_end(admin: Admin, acme: Tenant) -> None:
    add(admin, acme, "first")
    add(admin, acme, "second", extends="first")
    add(admin, acme, "third", extends="second")

    answers = [
        admin.client.patch(f"{roles(acme)}/first", json={"extends": extended})
        for extended in ("first", "second", "third")
    ]

    assert [problem(answer) for answer in answers] == [(409, "role_cycle")] * 3
    assert admin.get(f"{roles(acme)}/first")["extends"] is None


def test_two_halves_of_a_cycle_do_not_meet(admin: Admin, acme: Tenant) -> None:
    add(admin, acme, "left")
    add(admin, acme, "right")

    def extend(pair: tuple[str, str]) -> int:
        path = f"{roles(acme)}/{pair[0]}"
        return admin.client.patch(path, json={"extends": pair[1]}).status_code

    for _ in range(5):
        with ThreadPoolExecutor(2) as threads:
            answers = list(threads.map(extend, [("left", "right"), ("right", "left")]))
        assert sorted(answers) == [200, 409]
        for name in ("left", "right"):
            admin.client.patch(f"{roles(acme)}/{name}", json={"extends": None})


def test_a_role_is_not_granted_while_it_is_deleted(admin: Admin, acme: Tenant) -> None:
    def delete(name: str) -> int:
        return admin.client.delete(f"{roles(acme)}/{name}").status_code

    def choose(name: str) -> int:
        body = {"policies": {"default_role": name}}
        path = f"/organizations/{acme.organization_id}"
        return admin.client.patch(path, json=body).status_code

    for number in range(5):
        name = f"role-{number}"
        add(admin, acme, name)
        with ThreadPoolExecutor(2) as threads:
            deleted, chosen = threads.submit(delete, name), threads.submit(choose, name)
        assert (deleted.result(), chosen.result()) in {(204, 404), (409, 200)}


def test_an_organization_has_so_many_roles(admin: Admin, acme: Tenant) -> None:
    rows = [
        {
            "id": ids.new(ids.ROLE),
            "organization_id": acme.organization_id,
            "name": f"role-{number}",
            "rank": 1,
        }
        for number in range(ROLES_LIMIT)
    ]
    with engines.transaction(admin.engine) as connection:
        connection.execute(insert(role_tables.roles), rows)

    more = admin.client.post(roles(acme), json={"name": "more", "rank": 1})

    assert problem(more) == (409, "too_many_roles")
    admin.client.delete(f"{roles(acme)}/role-0")
    add(admin, acme, "more")


def test_a_line_of_inheritance_has_an_end(admin: Admin, acme: Tenant) -> None:
    previous = None
    for number in range(10):
        add(admin, acme, f"role-{number}", extends=previous)
        previous = f"role-{number}"

    deeper = admin.client.post(roles(acme), json={"name": "x", "rank": 1, "extends": previous})
    longer = admin.client.patch(f"{roles(acme)}/role-0", json={"extends": "guest"})

    assert problem(deeper) == problem(longer) == (409, "role_too_deep")


def test_names_are_unique_in_an_organization_only(admin: Admin, acme: Tenant) -> None:
    other = found(admin.engine, f"Other {secrets.token_hex(4)}")
    created = add(admin, acme, "viewer")

    assert problem(admin.client.post(roles(acme), json={"name": "viewer", "rank": 1})) == (
        409,
        "role_conflict",
    )
    assert problem(admin.client.get(f"{roles(other)}/viewer")) == (404, "role_not_found")
    assert problem(
        admin.client.post(roles(other), json={"name": "x", "rank": 1, "extends": "viewer"})
    ) == (404, "role_not_found")
    assert add(admin, other, "viewer")["id"] != created["id"]
    with admin.with_key("*", organization_id=other.organization_id) as stranger:
        answers = [
            stranger.client.get(roles(acme)),
            stranger.client.get(f"{roles(acme)}/viewer"),
            stranger.client.post(roles(acme), json={"name": "x", "rank": 1}),
            stranger.client.patch(f"{roles(acme)}/viewer", json={"rank": 1}),
            stranger.client.delete(f"{roles(acme)}/viewer"),
        ]
    assert [problem(answer) for answer in answers] == [(404, "not_found")] * len(answers)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Upper"),
        ("name", "x" * 65),
        ("rank", 0),
        ("rank", 400),
        ("permissions", ["read"]),
        ("permissions", ["a:b:c"]),
        ("permissions", ["a*:b"]),
        ("permissions", [f"a:{number}" for number in range(101)]),
        ("display_name", ""),
        ("description", "nul\0"),
        ("unknown", 1),
    ],
)
def test_a_body_that_is_refused_names_the_field(
    admin: Admin, acme: Tenant, field: str, value: Any
) -> None:
    answer = admin.client.post(roles(acme), json={"name": "x", "rank": 1, field: value})

    assert problem(answer) == (400, "invalid_body")
    assert answer.json()["error"]["details"][0]["field"].split(".")[0] == field


def test_a_name_stays_what_it_is(admin: Admin, acme: Tenant) -> None:
    add(admin, acme, "viewer")
    answer = admin.client.patch(f"{roles(acme)}/viewer", json={"name": "other"})

    assert problem(answer) == (400, "invalid_body")


def test_a_list_is_walked_forth_and_back(admin: Admin, acme: Tenant) -> None:
    own = [add(admin, acme, f"role-{number}")["id"] for number in range(3)]

    first = admin.get(roles(acme), limit=2)
    second = admin.get(roles(acme), limit=2, after=first["list_metadata"]["after"])
    last = admin.get(roles(acme), limit=3, after=second["list_metadata"]["after"])
    back = admin.get(roles(acme), limit=2, before=second["list_metadata"]["before"])

    assert [role["id"] for role in first["data"]] == own[:2]
    assert [role["id"] for role in second["data"]] == [own[2], "role_admin"]
    assert [role["name"] for role in last["data"]] == ["guest", "member", "owner"]
    assert last["list_metadata"]["after"] is None
    assert first["list_metadata"]["before"] is None
    assert back["data"] == first["data"]


def test_a_role_that_nobody_uses_is_deleted_and_its_name_is_free(
    admin: Admin, acme: Tenant
) -> None:
    first = add(admin, acme, "viewer")

    assert admin.client.delete(f"{roles(acme)}/viewer").status_code == 204
    assert problem(admin.client.get(f"{roles(acme)}/viewer")) == (404, "role_not_found")
    assert problem(admin.client.delete(f"{roles(acme)}/viewer")) == (404, "role_not_found")
    assert add(admin, acme, "viewer")["id"] != first["id"]
    assert acme.told() == ["role.created", "role.deleted", "role.created"]


def test_a_role_in_use_does_not_vanish_silently(admin: Admin, acme: Tenant) -> None:
    viewer = add(admin, acme, "viewer")
    add(admin, acme, "heir", extends="viewer")
    acme.map("Viewers", "viewer")
    acme.push("Viewers", acme.create(address("ada")))
    acme.drain()
    invite(admin, acme, "role_guest", viewer["id"])
    policies = {"default_role": "viewer", "creator_role": "viewer"}
    admin.client.patch(f"/organizations/{acme.organization_id}", json={"policies": policies})
    acme.drain()

    refused = admin.client.delete(f"{roles(acme)}/viewer")

    assert problem(refused) == (409, "role_in_use")
    for count in (
        "grants: 2",
        "mappings: 1",
        "default roles of the organization: 2",
        "pending invitations: 1",
        "roles that extend it: 1",
    ):
        assert count in refused.json()["error"]["message"]


def test_a_role_in_use_is_replaced_everywhere(admin: Admin, acme: Tenant) -> None:
    viewer = add(admin, acme, "viewer")
    reader = add(admin, acme, "reader")
    add(admin, acme, "heir", extends="viewer")
    acme.map("Viewers", "viewer")
    acme.map("Both", "viewer")
    kept = acme.map("Both", "reader")
    names = address("ada"), address("bob")
    acme.push("Viewers", acme.create(names[0]))
    acme.push("Both", acme.create(names[1]))
    policies = {"default_role": "viewer", "creator_role": "viewer"}
    admin.client.patch(f"/organizations/{acme.organization_id}", json={"policies": policies})
    acme.drain()
    ada, bob = (acme.people()[name] for name in names)
    acme.grant(ada.membership_id, "viewer")
    acme.grant(bob.membership_id, "viewer")
    acme.grant(bob.membership_id, "reader")
    invitation_id = invite(admin, acme, viewer["id"], "role_guest", reader["id"])
    known = len(acme.events())

    answer = admin.client.delete(f"{roles(acme)}/viewer", params={"replace_with": "reader"})
    assert answer.status_code == 204, answer.text
    told = acme.told(known)
    settled(acme)

    name = reader["id"].removeprefix("role_")
    people = acme.people()
    for person in names:
        assert people[person].sources == {(name, "mapping"), (name, "direct"), (name, "default")}
    assert {mapping.role for mapping in acme.mappings()} == {"reader"}
    assert {mapping.id for mapping in acme.mappings()} >= {kept.id}
    assert len(acme.mappings()) == 2
    assert admin.get(f"{roles(acme)}/heir")["extends"] == "reader"
    shown = admin.get(f"/organizations/{acme.organization_id}")["policies"]
    assert (shown["default_role"], shown["creator_role"]) == ("reader", "reader")
    with engines.reading(admin.engine) as connection:
        role_ids = connection.scalar(
            select(invitations.c.role_ids).where(invitations.c.id == invitation_id)
        )
    assert role_ids == f'["{reader["id"]}","role_guest"]'
    assert sorted(told) == sorted(
        [
            "role.updated",
            "group_role_mapping.updated",
            "group_role_mapping.deleted",
            "role_grant.deleted",
            "role_grant.deleted",
            "role_grant.created",
            "organization.updated",
            "role.deleted",
        ]
    )


def test_a_role_is_not_replaced_with_itself_or_its_heir(admin: Admin, acme: Tenant) -> None:
    add(admin, acme, "viewer")
    add(admin, acme, "heir", extends="viewer")

    itself, heir, nobody = (
        admin.client.delete(f"{roles(acme)}/viewer", params={"replace_with": name})
        for name in ("viewer", "heir", "nobody")
    )

    assert problem(itself) == (409, "role_in_use")
    assert problem(heir) == (409, "role_cycle")
    assert problem(nobody) == (404, "role_not_found")
    assert admin.get(f"{roles(acme)}/heir")["extends"] == "viewer"


def test_where_the_highest_rank_counts_a_new_rank_decides_anew(admin: Admin, acme: Tenant) -> None:
    add(admin, acme, "low", rank=210)
    add(admin, acme, "high", rank=220)
    acme.set_roles(mode="highest")
    person = address("ada")
    ada = acme.create(person)
    for name in ("low", "high"):
        acme.map(name, name)
        acme.push(name, ada)
    settled(acme)
    before = acme.people()[person].roles

    admin.client.patch(f"{roles(acme)}/low", json={"rank": 230})
    settled(acme)

    assert acme.people()[person].roles != before
    assert admin.get(f"{roles(acme)}/low")["id"] in {
        f"role_{role}" for role in acme.people()[person].roles
    }
