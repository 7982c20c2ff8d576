"""What a client can send by accident must take nobody's access away, nor block everybody else."""

from typing import Any

import pytest

from tests.scim_api.making import Create
from tests.scim_errors import refusal
from tests.serving import Scim


@pytest.fixture
def group(endpoint: Scim, create_user: Create) -> dict[str, Any]:
    """With one member."""
    member = {"value": create_user("ines")["id"]}
    body = {"displayName": "Sec", "members": [member]}
    answer: dict[str, Any] = endpoint.client.post("/Groups", json=body).json()
    return answer


def members(endpoint: Scim, group: dict[str, Any]) -> list[str]:
    found = endpoint.client.get(f"/Groups/{group['id']}").json().get("members", [])
    return [member["value"] for member in found]


def test_a_label_of_a_member_is_ours_to_tell(endpoint: Scim, group: dict[str, Any]) -> None:
    (member,) = members(endpoint, group)
    path = f'members[value eq "{member}"]'
    body = {"Operations": [{"op": "replace", "path": path, "value": {"display": "Ada"}}]}

    assert endpoint.client.patch(f"/Groups/{group['id']}", json=body).status_code == 200
    assert members(endpoint, group) == [member]


def test_put_with_null_members_leaves_them(endpoint: Scim, group: dict[str, Any]) -> None:
    (member,) = members(endpoint, group)
    body = {"displayName": "Sec 2", "members": None}

    assert endpoint.client.put(f"/Groups/{group['id']}", json=body).status_code == 200
    assert members(endpoint, group) == [member]


@pytest.mark.parametrize(
    "value",
    [[{}], [{"display": "x"}], {"members": [{"value": "u"}]}, '[{"display": "x"}]'],
    ids=str,
)
def test_nobody_understood_is_not_nobody(
    endpoint: Scim, group: dict[str, Any], value: object
) -> None:
    body = {"Operations": [{"op": "replace", "path": "members", "value": value}]}

    assert refusal(endpoint.client.patch(f"/Groups/{group['id']}", json=body)) == (
        400,
        "invalidValue",
    )
    assert len(members(endpoint, group)) == 1


def test_a_delete_of_scim_1_1_removes_in_any_case(endpoint: Scim, group: dict[str, Any]) -> None:
    (member,) = members(endpoint, group)
    body = {"members": [{"value": member, "operation": "Delete"}]}

    assert endpoint.client.patch(f"/Groups/{group['id']}", json=body).status_code == 200
    assert members(endpoint, group) == []


def test_an_address_that_no_index_takes_is_refused(endpoint: Scim) -> None:
    body = {"userName": "u", "emails": [{"value": "a" * 6000 + "@x.test"}]}

    assert refusal(endpoint.client.post("/Users", json=body)) == (400, "invalidValue")


def test_a_person_larger_than_any_person_is_refused(endpoint: Scim) -> None:
    photos = [{"value": f"https://x.test/{n}/{'p' * 3000}"} for n in range(100)]

    answer = endpoint.client.post("/Users", json={"userName": "u", "photos": photos})

    assert refusal(answer) == (413, None)


@pytest.mark.parametrize(
    ("value", "manager"),
    [
        ([{"$ref": None, "value": "m2"}], {"value": "m2"}),
        ({"$ref": "/m3", "value": "m3"}, {"$ref": "/m3", "value": "m3"}),
        ({"value": ""}, None),
    ],
    ids=["Entra, no reference", "reference first", "unassigned"],
)
def test_a_manager_is_replaced_with_its_reference(
    endpoint: Scim, create_user: Create, value: object, manager: object
) -> None:
    enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    user = create_user("ines", **{enterprise: {"manager": {"$ref": "/m1", "value": "m1"}}})
    body = {"Operations": [{"op": "Replace", "path": "manager", "value": value}]}

    answer = endpoint.client.patch(f"/Users/{user['id']}", json=body)

    assert answer.status_code == 200
    assert answer.json().get(enterprise, {}).get("manager") == manager


def test_joining_a_group_is_another_version_of_the_user(
    endpoint: Scim, create_user: Create
) -> None:
    user = create_user("ines")
    place = f"/Users/{user['id']}"
    before = endpoint.client.get(place).headers["etag"]
    endpoint.client.post("/Groups", json={"displayName": "g", "members": [{"value": user["id"]}]})

    answer = endpoint.client.get(place, headers={"If-None-Match": before})

    assert (answer.status_code, len(answer.json()["groups"])) == (200, 1)
    again = endpoint.client.get(place, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    patch = {"Operations": [{"op": "add", "path": "title", "value": "CEO"}]}
    headers = {"If-Match": answer.headers["etag"]}
    assert endpoint.client.patch(place, json=patch, headers=headers).status_code == 200
