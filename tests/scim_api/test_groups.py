"""Groups: who is in them after each of the ways to say so."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from provisioning.clock import now
from provisioning.directory_groups import BODY_LIMIT_MEMBERS
from provisioning.drain import drain
from tests import snapshots
from tests.scim_api.making import Create, Resource
from tests.scim_errors import refusal
from tests.serving import Scim


def members(endpoint: Scim, group: Resource) -> set[str]:
    found = endpoint.client.get(f"/Groups/{group['id']}").json().get("members", [])
    return {member["value"] for member in found}


def values(*resources: Resource) -> list[dict[str, str]]:
    return [{"value": resource["id"]} for resource in resources]


def ids(*resources: Resource) -> set[str]:
    return {resource["id"] for resource in resources}


def operation(op: str, *resources: Resource) -> dict[str, Any]:
    return {"Operations": [{"op": op, "path": "members", "value": values(*resources)}]}


def test_put_without_members_keeps_them_and_with_none_lets_them_go(
    endpoint: Scim, create_user: Create, create_group: Create
) -> None:
    """Clients rename groups by a PUT that says nothing of the members."""
    group = create_group("Admins", ines := create_user("ines"))
    path = f"/Groups/{group['id']}"

    renamed = endpoint.client.put(path, json={"displayName": "Owners"}).json()
    assert renamed["displayName"] == "Owners"
    assert [member["value"] for member in renamed["members"]] == [ines["id"]]

    emptied = endpoint.client.put(path, json={"displayName": "Owners", "members": []}).json()
    assert "members" not in emptied
    assert members(endpoint, group) == set()


def test_put_makes_the_members_exactly_those(
    endpoint: Scim, create_user: Create, create_group: Create
) -> None:
    ines, omar, priya = (create_user(name) for name in ("ines", "omar", "priya"))
    group = create_group("Admins", ines, omar)

    body = {"displayName": "Admins", "members": values(omar, priya)}
    endpoint.client.put(f"/Groups/{group['id']}", json=body)

    assert members(endpoint, group) == ids(omar, priya)


def test_members_come_and_go_and_saying_it_twice_is_saying_it_once(
    endpoint: Scim, create_user: Create, create_group: Create
) -> None:
    ines, omar = create_user("ines"), create_user("omar")
    group = create_group("Admins", ines)
    path = f"/Groups/{group['id']}"

    for _ in range(2):
        assert endpoint.client.patch(path, json=operation("add", omar, omar)).status_code == 200
        assert members(endpoint, group) == ids(ines, omar)
    for _ in range(2):
        assert endpoint.client.patch(path, json=operation("remove", ines)).status_code == 200
        assert members(endpoint, group) == ids(omar)


def test_groups_of_a_user_are_told_by_the_user(
    endpoint: Scim, create_user: Create, create_group: Create
) -> None:
    ines = create_user("ines")
    group = create_group("Admins", ines)

    found = endpoint.client.get(f"/Users/{ines['id']}").json()["groups"]

    assert found == [
        {
            "value": group["id"],
            "$ref": f"{endpoint.base_url}/Groups/{group['id']}",
            "type": "direct",
            "display": "Admins",
        }
    ]


@pytest.mark.parametrize("method", ["POST", "PUT", "add", "replace"])
def test_one_member_whom_nobody_knows_and_nothing_is_written(
    endpoint: Scim, create_user: Create, create_group: Create, method: str
) -> None:
    """A success would hide the dropped member."""
    ines, omar = create_user("ines"), create_user("omar")
    group, gone = create_group("Admins", ines), create_user("gone")
    endpoint.client.delete(f"/Users/{gone['id']}")
    before = snapshots.rows(endpoint.engine)
    body = {"displayName": "Other", "members": values(omar, gone)}

    if method == "POST":
        answer = endpoint.client.post("/Groups", json=body)
    elif method == "PUT":
        answer = endpoint.client.put(f"/Groups/{group['id']}", json=body)
    else:
        changed = operation(method, omar, gone)
        changed["Operations"].append({"op": "replace", "path": "displayName", "value": "Other"})
        answer = endpoint.client.patch(f"/Groups/{group['id']}", json=changed)
        alone = endpoint.client.patch(f"/Groups/{group['id']}", json=operation(method, omar, gone))
        assert refusal(alone) == (400, "invalidValue")

    assert refusal(answer) == (400, "invalidValue")
    assert gone["id"] in answer.json()["detail"]
    assert omar["id"] not in answer.json()["detail"]
    assert snapshots.rows(endpoint.engine) == before


def test_a_deleted_user_is_in_no_group_and_a_deleted_group_of_no_user(
    endpoint: Scim, create_user: Create, create_group: Create
) -> None:
    ines, omar = create_user("ines"), create_user("omar")
    admins, owners = create_group("Admins", ines, omar), create_group("Owners", omar)

    endpoint.client.delete(f"/Users/{ines['id']}")
    assert members(endpoint, admins) == ids(omar)

    endpoint.client.delete(f"/Groups/{owners['id']}")
    groups = endpoint.client.get(f"/Users/{omar['id']}").json()["groups"]
    assert [group["value"] for group in groups] == [admins["id"]]
    assert create_group("OWNERS")["id"] != owners["id"], "the name is free"


def test_a_display_name_is_taken_in_any_case(endpoint: Scim, create_group: Create) -> None:
    """Entra matches groups by it."""
    create_group("Admins")
    other = create_group("Other")
    for answer in (
        endpoint.client.post("/Groups", json={"displayName": "ADMINS"}),
        endpoint.client.put(f"/Groups/{other['id']}", json={"displayName": "admins"}),
    ):
        assert refusal(answer) == (409, "uniqueness")
        assert "displayName" in answer.json()["detail"]


def test_a_patch_without_accept_is_answered_without_a_body(
    endpoint: Scim, create_user: Create, create_group: Create
) -> None:
    """Entra sends no Accept header, and Microsoft asks for 204."""
    group, ines = create_group("Admins"), create_user("ines")
    url = f"{endpoint.base_url}/Groups/{group['id']}"
    for accept, expected in ((None, 204), ("application/scim+json", 200), ("*/*", 200)):
        request = endpoint.client.build_request("PATCH", url, json=operation("add", ines))
        request.headers.pop("accept")
        if accept is not None:
            request.headers["accept"] = accept

        assert endpoint.client.send(request).status_code == expected
    assert members(endpoint, group) == ids(ines)


def test_a_patch_of_a_large_group_is_answered_without_a_body(
    endpoint: Scim, create_user: Create, create_group: Create
) -> None:
    """Nobody asked for a thousand members; who wants the group reads it."""
    with ThreadPoolExecutor(4) as threads:
        names = [f"user-{number}" for number in range(BODY_LIMIT_MEMBERS + 1)]
        people = list(threads.map(create_user, names))
    group = create_group("All but one", *people[:-1])
    path = f"/Groups/{group['id']}"
    rename = {"Operations": [{"op": "replace", "path": "displayName", "value": "All"}]}
    assert len(group["members"]) == BODY_LIMIT_MEMBERS
    assert endpoint.client.patch(path, json=rename).status_code == 200

    assert endpoint.client.patch(path, json=operation("add", people[-1])).status_code == 204
    asked = endpoint.client.patch(path, json=rename, params={"excludedAttributes": "members"})

    assert (asked.status_code, asked.json()["displayName"]) == (200, "All")
    assert members(endpoint, group) == ids(*people)
    assert endpoint.client.patch(path, json=operation("replace", people[0])).status_code == 200
    assert members(endpoint, group) == ids(people[0])


def test_changes_of_one_group_at_once_all_remain(
    endpoint: Scim, create_user: Create, create_group: Create
) -> None:
    old = [create_user(f"old-{number}") for number in range(16)]
    new = [create_user(f"new-{number}") for number in range(16)]
    group = create_group("Admins", *old)

    def change(body: dict[str, Any]) -> httpx.Response:
        return endpoint.client.patch(f"/Groups/{group['id']}", json=body)

    rename = {"op": "replace", "path": "externalId", "value": "1"}
    adding = [operation("add", user) for user in new]
    adding[0]["Operations"].append(rename)  # takes the other way: the group's row is held
    removing = [operation("remove", user) for user in old]
    mixed = [body for pair in zip(adding, removing, strict=True) for body in pair]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(change, mixed))

    assert [answer.status_code for answer in answers] == [200] * 32
    assert members(endpoint, group) == ids(*new)


def test_people_who_are_deleted_while_they_join_are_in_no_group(
    endpoint: Scim, create_user: Create, create_group: Create
) -> None:
    """Locks are taken in one order, so that nobody waits for ever, and nobody stays behind."""
    people = [create_user(f"user-{number}") for number in range(12)]
    groups = [create_group(f"group-{number}", *people[:6]) for number in range(3)]

    def join(number: int) -> int:
        group, user = groups[number % 3], people[number % 12]
        path = f"/Groups/{group['id']}"
        return endpoint.client.patch(path, json=operation("add", user)).status_code

    def delete(user: Resource) -> int:
        return endpoint.client.delete(f"/Users/{user['id']}").status_code

    with ThreadPoolExecutor(8) as threads:
        joining = [threads.submit(join, number) for number in range(36)]
        deleting = [threads.submit(delete, user) for user in people]
        assert {done.result() for done in joining} <= {200, 400}
        assert {done.result() for done in deleting} == {204}

    # Who was added while they were deleted, and neither saw the other, is taken out by the drain.
    drain(endpoint.engine, endpoint.organization_id, now)
    for group in groups:
        assert members(endpoint, group) == set()
