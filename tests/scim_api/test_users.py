"""Users: what PUT takes away and what it leaves, and names that only one person has."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.scim_api.making import Create
from tests.scim_errors import refusal
from tests.serving import Scim


def patch(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"Operations": list(operations)}


def test_a_user_reads_back_as_it_was_answered(endpoint: Scim, create_user: Create) -> None:
    user = create_user("ines", title="CEO", emails=[{"value": "ines@x.test", "primary": True}])

    assert endpoint.client.get(f"/Users/{user['id']}").json() == user


@pytest.mark.parametrize("place", ["/ServiceProviderConfig", "/Users", "/Users/{id}"])
def test_head_is_answered_like_get_without_the_body(
    endpoint: Scim, create_user: Create, place: str
) -> None:
    """RFC 9110 §9.3.2."""
    path = place.format(id=create_user("ines")["id"])
    whole = endpoint.client.get(path)

    head = endpoint.client.head(path)

    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "etag"):
        assert head.headers.get(name) == whole.headers.get(name)


def test_a_base_url_that_ends_in_a_slash_leads_to_the_same(
    endpoint: Scim, create_user: Create
) -> None:
    user = create_user("ines")

    assert endpoint.client.get(f"{endpoint.base_url}//Users/{user['id']}/").json() == user


def test_put_clears_what_it_does_not_say(endpoint: Scim, create_user: Create) -> None:
    user = create_user("ines", title="CEO", nickName="Nes")

    body = {"userName": "ines@x.test", "nickName": "Nes"}
    answer = endpoint.client.put(f"/Users/{user['id']}", json=body).json()

    assert (answer["nickName"], "title" in answer) == ("Nes", False)


@pytest.mark.parametrize("body", [{}, {"active": None}, {"active": ""}])
def test_put_without_active_lets_no_suspended_person_in_again(
    endpoint: Scim, create_user: Create, body: dict[str, Any]
) -> None:
    user = create_user("ines", active=False)

    answer = endpoint.client.put(f"/Users/{user['id']}", json={"userName": "ines@x.test", **body})

    assert answer.status_code == 200
    assert endpoint.client.get(f"/Users/{user['id']}").json()["active"] is False


def test_taking_active_away_lets_no_suspended_person_in_again(
    endpoint: Scim, create_user: Create
) -> None:
    user = create_user("ines", active=False)

    removal = patch({"op": "remove", "path": "active"})
    answer = endpoint.client.patch(f"/Users/{user['id']}", json=removal)

    assert "active" not in answer.json()
    found = endpoint.client.get("/Users", params={"filter": "active eq false"}).json()
    assert [resource["id"] for resource in found["Resources"]] == [user["id"]]


@pytest.mark.parametrize("body", [{}, {"active": None}])
def test_who_is_created_without_active_is_told_to_be(endpoint: Scim, body: dict[str, Any]) -> None:
    created = endpoint.client.post("/Users", json={"userName": "ines@x.test", **body}).json()

    found = endpoint.client.get("/Users", params={"filter": "active eq true"}).json()
    assert created["active"] is True
    assert found["Resources"] == [created]


def test_put_without_external_id_keeps_whom_the_idp_means(
    endpoint: Scim, create_user: Create
) -> None:
    user = create_user("ines", externalId="00u1")

    endpoint.client.put(f"/Users/{user['id']}", json={"userName": "ines@x.test"})

    assert endpoint.client.get(f"/Users/{user['id']}").json()["externalId"] == "00u1"


def test_a_deleted_user_is_gone_and_its_name_is_free(endpoint: Scim, create_user: Create) -> None:
    user = create_user("ines")

    assert endpoint.client.delete(f"/Users/{user['id']}").status_code == 204
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        body = patch() if method == "PATCH" else {"userName": "ines@x.test"}
        answer = endpoint.client.request(method, f"/Users/{user['id']}", json=body)
        assert refusal(answer) == (404, None)
    assert endpoint.client.get("/Users").json()["totalResults"] == 0
    assert create_user("INES")["id"] != user["id"]


def test_a_user_name_is_taken_in_any_case(endpoint: Scim, create_user: Create) -> None:
    create_user("straße.İnes")
    omar = create_user("omar")
    for name in ("STRASSE.i\u0307NES@X.TEST", "straße.İnes@x.test"):
        rename = patch({"op": "replace", "path": "userName", "value": name})
        for answer in (
            endpoint.client.post("/Users", json={"userName": name}),
            endpoint.client.put(f"/Users/{omar['id']}", json={"userName": name}),
            endpoint.client.patch(f"/Users/{omar['id']}", json=rename),
        ):
            assert refusal(answer) == (409, "uniqueness")
            assert "userName" in answer.json()["detail"]
    assert endpoint.client.get(f"/Users/{omar['id']}").json() == omar


def test_of_many_who_create_the_same_person_at_once_one_succeeds(endpoint: Scim) -> None:
    def create(number: int) -> httpx.Response:
        name = "ines@x.test".upper() if number % 2 else "ines@x.test"
        return endpoint.client.post("/Users", json={"userName": name})

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(create, range(24)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 23
    assert endpoint.client.get("/Users").json()["totalResults"] == 1


def test_changes_of_one_user_at_once_all_remain(endpoint: Scim, create_user: Create) -> None:
    user = create_user("ines")

    def change(number: int) -> httpx.Response:
        entry = {"value": f"role-{number}"}
        body = patch({"op": "add", "path": "roles", "value": [entry]})
        return endpoint.client.patch(f"/Users/{user['id']}", json=body)

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(change, range(32)))

    assert [answer.status_code for answer in answers] == [200] * 32
    after = endpoint.client.get(f"/Users/{user['id']}").json()
    assert {role["value"] for role in after["roles"]} == {f"role-{n}" for n in range(32)}
    assert after["meta"]["version"] == 'W/"33"'
    versions = {answer.json()["meta"]["version"] for answer in answers}
    assert len(versions) == 32, "each answer is a version of its own"
