"""Mappings by the admin API: a group, by name or by id, gives a role."""

import secrets
from typing import Any

import pytest

from provisioning.clock import now
from provisioning.drain import drain
from tests.admin_serving import Admin, problem
from tests.serving import Scim


@pytest.fixture
def mappings(endpoint: Scim) -> str:
    directory = f"directories/{endpoint.directory_id}"
    return f"/organizations/{endpoint.organization_id}/{directory}/mappings"


def declare(admin: Admin, path: str, group: dict[str, str], role: str) -> dict[str, Any]:
    answer = admin.client.put(path, json={"group": group, "role": role})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_mapping_waits_for_the_name_and_then_is_the_groups(
    admin: Admin, endpoint: Scim, mappings: str
) -> None:
    waiting = declare(admin, mappings, {"display_name": "Engineering"}, "admin")
    group = endpoint.client.post("/Groups", json={"displayName": "Engineering"}).json()
    drain(admin.engine, endpoint.organization_id, now)
    (bound,) = admin.get(mappings)["data"]

    assert waiting["group"] == {"id": None, "display_name": "Engineering"}
    assert bound == {**waiting, "group": {"id": group["id"], "display_name": "Engineering"}}


def test_the_same_mapping_by_name_and_by_id_is_one(
    admin: Admin, endpoint: Scim, mappings: str
) -> None:
    group = endpoint.client.post("/Groups", json={"displayName": "Engineering"}).json()

    by_id = declare(admin, mappings, {"id": group["id"]}, "admin")
    by_name = declare(admin, mappings, {"display_name": "engineering"}, "admin")

    assert by_id == by_name
    assert admin.get(mappings)["data"] == [by_id]


def test_mappings_are_listed_in_pages_and_removed(
    admin: Admin, endpoint: Scim, mappings: str
) -> None:
    made = [declare(admin, mappings, {"display_name": name}, "admin") for name in "abc"]
    with endpoint.a_second_directory(of_the_same=True) as second:
        other = mappings.replace(endpoint.directory_id, second.directory_id)
        declare(admin, other, {"display_name": "a"}, "admin")

        first = admin.get(mappings, limit=2)
        rest = admin.get(mappings, after=first["list_metadata"]["after"])
        misplaced = admin.client.delete(f"{other}/{made[0]['id']}")

    assert [*first["data"], *rest["data"]] == made
    assert problem(misplaced) == (404, "not_found")
    assert admin.client.delete(f"{mappings}/{made[0]['id']}").status_code == 204
    assert problem(admin.client.delete(f"{mappings}/{made[0]['id']}")) == (404, "not_found")
    assert admin.get(mappings)["data"] == made[1:]


def test_a_group_or_role_that_is_not_there_is_named(
    admin: Admin, endpoint: Scim, mappings: str
) -> None:
    with endpoint.a_second_directory() as second:
        foreign = second.client.post("/Groups", json={"displayName": "A"}).json()["id"]
    refused = [
        admin.client.put(mappings, json={"group": {"id": foreign}, "role": "admin"}),
        admin.client.put(mappings, json={"group": {"display_name": "A"}, "role": "emperor"}),
        admin.client.put(mappings, json={"group": {}, "role": "admin"}),
    ]

    assert [problem(answer) for answer in refused] == [
        (404, "not_found"),
        (404, "role_not_found"),
        (400, "invalid_body"),
    ]


def test_what_is_odd_about_mappings_is_listed(admin: Admin, endpoint: Scim, mappings: str) -> None:
    path = f"/organizations/{endpoint.organization_id}/mapping-findings"
    people = [
        endpoint.client.post("/Users", json={"userName": f"p{number}@{secrets.token_hex(4)}.test"})
        for number in range(3)
    ]
    members = [{"value": person.json()["id"]} for person in people]
    endpoint.client.post("/Groups", json={"displayName": "Admins", "members": members})
    waiting = declare(admin, mappings, {"display_name": "Typo"}, "admin")
    wide = declare(admin, mappings, {"display_name": "Admins"}, "admin")

    found = admin.get(path, many=2)["data"]

    assert [(one["code"], one["mapping_id"]) for one in found] == [
        ("group_not_seen", waiting["id"]),
        ("privileged_group_wide", wide["id"]),
    ]
    assert (found[1]["group"], found[1]["role"]) == (wide["group"], wide["role"])
    assert (found[1]["people"], found[1]["related_ids"]) == (3, [])
    assert len(admin.get(path)["data"]) == 1
    assert problem(admin.client.get(path, params={"many": 0})) == (400, "invalid_query_string")
    missing = admin.client.get("/organizations/org_0/mapping-findings")
    assert problem(missing) == (404, "not_found")


def test_a_name_that_no_group_can_have_is_refused(admin: Admin, mappings: str) -> None:
    """Of 1024 characters as described, and of more bytes than a group's name has."""
    body = {"group": {"display_name": "é" * 1024}, "role": "admin"}

    assert problem(admin.client.put(mappings, json=body)) == (400, "invalid_body")
    assert admin.get(mappings)["data"] == []
