"""The life of a directory by the admin API: tokens, what the IdP has said, and the end."""

import httpx
import pytest

from provisioning.clock import now
from provisioning.drain import drain
from tests.admin_serving import Admin, problem
from tests.serving import NO_TLS, Scim


def scim_status(base_url: str, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{base_url}/Users", headers=headers, verify=NO_TLS).status_code


def path_of(endpoint: Scim) -> str:
    return f"/organizations/{endpoint.organization_id}/directories/{endpoint.directory_id}"


def test_a_directory_is_made_with_its_url_and_its_first_token(admin: Admin) -> None:
    path = f"/organizations/{admin.organization()['id']}/directories"
    created = admin.post(path, {"type": "entra", "token_expires_in_days": 30})

    assert scim_status(created["scim_base_url"], created["token"]) == 200
    del created["token"], created["token_id"]
    assert created["display_name"] == "Entra"
    assert admin.get(f"{path}/{created['id']}") == created
    assert admin.get(path)["data"] == [created]
    (token,) = admin.get(f"{path}/{created['id']}/tokens")["data"]
    assert token["expires_at"] is not None


def test_a_directory_is_renamed(admin: Admin, endpoint: Scim) -> None:
    path = path_of(endpoint)
    answer = admin.client.patch(path, json={"display_name": "Acme's Okta"})
    unchanged = admin.client.patch(path, json={})

    assert answer.json()["display_name"] == "Acme's Okta"
    assert unchanged.json() == answer.json() == admin.get(path)
    (updated,) = (
        event
        for event in admin.get(f"/organizations/{endpoint.organization_id}/events")["data"]
        if event["type"] == "directory.updated"
    )
    assert updated["data"]["display_name"] == "Acme's Okta"


def test_a_token_is_shown_once_and_revoked(admin: Admin, endpoint: Scim) -> None:
    path = f"{path_of(endpoint)}/tokens"
    issued = admin.post(path, {})
    secret = issued.pop("token")
    assert scim_status(endpoint.base_url, secret) == 200

    assert admin.client.delete(f"{path}/{issued['id']}").status_code == 204
    again = admin.client.delete(f"{path}/{issued['id']}")
    first, second = admin.get(path)["data"]

    assert problem(again) == (404, "not_found")
    assert first["revoked_at"] is None
    assert second["last_four"] == secret[-4:]
    assert second["revoked_at"] is not None


def test_only_so_many_tokens_are_live(admin: Admin, endpoint: Scim) -> None:
    path = f"{path_of(endpoint)}/tokens"
    for _ in range(4):
        admin.post(path, {})

    assert problem(admin.client.post(path, json={})) == (409, "token_limit_reached")


def test_what_the_idp_said_is_listed_with_who_it_is_here(admin: Admin, endpoint: Scim) -> None:
    user = endpoint.client.post("/Users", json={"userName": f"{endpoint.directory_id}@x.test"})
    group = endpoint.client.post("/Groups", json={"displayName": "Engineering"})
    (before,) = admin.get(f"{path_of(endpoint)}/users")["data"]
    drain(admin.engine, endpoint.organization_id, now)
    (after,) = admin.get(f"{path_of(endpoint)}/users")["data"]
    (listed,) = admin.get(f"{path_of(endpoint)}/groups")["data"]

    assert before["membership_id"] is None
    assert after["membership_id"].startswith("mem_")
    assert (after["id"], after["active"]) == (user.json()["id"], True)
    assert (listed["id"], listed["display_name"]) == (group.json()["id"], "Engineering")


def test_a_person_of_two_organizations_is_shown_to_each_as_its_own(
    admin: Admin, endpoint: Scim
) -> None:
    endpoint.client.post("/Users", json={"userName": f"{endpoint.directory_id}@x.test"})
    drain(admin.engine, endpoint.organization_id, now)
    (before,) = admin.get(f"{path_of(endpoint)}/users")["data"]

    other = f"/organizations/{admin.organization()['id']}/memberships"
    added = admin.post(other, {"user_id": before["user_id"]})

    assert admin.get(f"{path_of(endpoint)}/users")["data"] == [before]
    assert added["id"] != before["membership_id"]
    assert (added["directory_managed"], added["directories"]) == (False, [])


def test_a_deleted_directorys_people_are_removed_and_its_idp_is_told_404(
    admin: Admin, endpoint: Scim
) -> None:
    endpoint.client.post("/Users", json={"userName": f"{endpoint.directory_id}@x.test"})
    drain(admin.engine, endpoint.organization_id, now)

    assert admin.client.delete(path_of(endpoint)).status_code == 204
    drain(admin.engine, endpoint.organization_id, now)

    assert problem(admin.client.get(path_of(endpoint))) == (404, "not_found")
    assert problem(admin.client.delete(path_of(endpoint))) == (404, "not_found")
    types = [
        event["type"]
        for event in admin.get(f"/organizations/{endpoint.organization_id}/events")["data"]
    ]
    assert "directory.deleted" in types
    assert "organization_membership.deleted" in types
    with endpoint.a_second_directory(of_the_same=True) as second:
        listed = admin.get(f"/organizations/{endpoint.organization_id}/directories")["data"]
        assert [one["id"] for one in listed] == [second.directory_id]


@pytest.mark.parametrize(
    "rest",
    ["", "/tokens", "/users", "/groups", "/mappings"],
)
def test_another_organizations_directory_is_not_there(
    admin: Admin, endpoint: Scim, rest: str
) -> None:
    mine = admin.organization()["id"]
    foreign = f"/organizations/{mine}/directories/{endpoint.directory_id}{rest}"
    theirs = f"{path_of(endpoint)}{rest}"
    with admin.with_key("*", organization_id=mine) as own:
        answers = [
            admin.client.get(foreign),
            own.client.get(foreign),
            own.client.get(theirs),
        ]

    assert [problem(answer) for answer in answers] == [(404, "not_found")] * 3


def test_nothing_of_another_organizations_directory_is_changed(
    admin: Admin, endpoint: Scim
) -> None:
    mine = f"/organizations/{admin.organization()['id']}/directories/{endpoint.directory_id}"
    token = admin.get(f"{path_of(endpoint)}/tokens")["data"][0]["id"]
    mapping = {"group": {"display_name": "A"}, "role": "admin"}
    answers = [
        admin.client.patch(mine, json={"display_name": "Mine"}),
        admin.client.delete(mine),
        admin.client.post(f"{mine}/sync-runs"),
        admin.client.post(f"{mine}/plans", json={"change": {"type": "resync"}}),
        admin.client.post(f"{mine}/tokens", json={}),
        admin.client.delete(f"{mine}/tokens/{token}"),
        admin.client.put(f"{mine}/mappings", json=mapping),
    ]

    assert [problem(answer) for answer in answers] == [(404, "not_found")] * len(answers)
    assert endpoint.client.get("/Users").status_code == 200
