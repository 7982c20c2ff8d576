"""People's accounts by the admin API."""

import secrets
from urllib.parse import quote

from provisioning.clock import now
from provisioning.drain import drain
from tests.admin_serving import Admin, problem
from tests.serving import Scim


def address(name: str = "ada") -> str:
    return f"{name}-{secrets.token_hex(4)}@people.test"


def test_a_user_needs_only_an_address(admin: Admin) -> None:
    email = address("Ada")
    created = admin.post("/users", {"email": email})

    assert created["email"] == email
    assert created["provisioned_by"] == "api"
    assert created["identities"] == created["memberships"] == []
    assert admin.get(f"/users/{created['id']}") == created


def test_every_property_of_a_user_can_be_given_and_changed(admin: Admin) -> None:
    given = {
        "email": address(),
        "display_name": "Ada Lovelace",
        "given_name": "Ada",
        "family_name": "Lovelace",
        "phone_number": "+4930123456",
        "picture_url": "https://cdn.example.com/ada.png",
        "external_id": f"ä /{secrets.token_hex(4)}/",
        "metadata": {"plan": "pro"},
    }
    created = admin.post("/users", given)
    assert {name: created[name] for name in given} == given
    assert admin.get(f"/users/external/{quote(str(given['external_id']), safe='')}") == created

    cleared = admin.client.patch(
        f"/users/{created['id']}", json={"display_name": None, "email": None, "metadata": {}}
    ).json()
    assert (cleared["display_name"], cleared["email"]) == (None, given["email"])
    assert cleared["metadata"] == {}
    assert cleared["given_name"] == "Ada"


def test_an_address_and_an_external_id_are_of_one_user_whatever_the_case(admin: Admin) -> None:
    email, external_id = address(), secrets.token_hex(8)
    first = admin.post("/users", {"email": email, "external_id": external_id})
    second = admin.post("/users", {"email": address()})

    same = {"email": email.upper()}
    assert problem(admin.client.post("/users", json=same)) == (409, "user_conflict")
    assert problem(admin.client.patch(f"/users/{second['id']}", json=same)) == (
        409,
        "user_conflict",
    )
    assert problem(
        admin.client.post("/users", json={"email": address(), "external_id": external_id})
    ) == (409, "user_conflict")
    changed = admin.client.patch(f"/users/{first['id']}", json=same)
    assert changed.json()["email"] == email.upper()


def test_users_are_found_by_their_address_and_the_callers_id(admin: Admin) -> None:
    email, external_id = address(), secrets.token_hex(8)
    created = admin.post("/users", {"email": email, "external_id": external_id})

    assert admin.get("/users", email=email.upper())["data"] == [created]
    assert admin.get("/users", external_id=external_id)["data"] == [created]
    assert admin.get("/users", email=email, external_id="other")["data"] == []


def test_a_change_asks_for_the_version_that_was_read(admin: Admin) -> None:
    created = admin.client.post("/users", json={"email": address()})
    path = f"/users/{created.json()['id']}"
    mine = {"If-Match": created.headers["ETag"]}

    changed = admin.client.patch(path, json={"given_name": "Ada"}, headers=mine)
    assert changed.headers["ETag"] != created.headers["ETag"]
    stale = admin.client.patch(path, json={"given_name": "Eve"}, headers=mine)
    assert problem(stale) == (412, "precondition_failed")
    assert problem(admin.client.delete(path, headers=mine)) == (412, "precondition_failed")


def test_a_deleted_user_is_gone_and_the_address_is_free(admin: Admin) -> None:
    organization = admin.organization()
    email = address()
    path = f"/organizations/{organization['id']}/memberships"
    member = admin.post(path, {"email": email})
    user = f"/users/{member['user']['id']}"

    assert admin.client.delete(user).status_code == 204
    assert problem(admin.client.get(user)) == (404, "not_found")
    assert problem(admin.client.patch(user, json={})) == (404, "not_found")
    assert problem(admin.client.delete(user)) == (404, "not_found")
    assert admin.get(f"{path}/{member['id']}")["status"] == "removed"
    again = admin.post(path, {"email": email})
    assert again["user"]["id"] != member["user"]["id"]


def test_the_last_owner_cannot_be_deleted(admin: Admin) -> None:
    path = f"/organizations/{admin.organization()['id']}/memberships"
    owner = admin.post(path, {"email": address(), "roles": ["owner"]})

    assert problem(admin.client.delete(f"/users/{owner['user']['id']}")) == (409, "last_owner")


def test_a_profile_that_follows_a_directory_is_changed_there(admin: Admin, endpoint: Scim) -> None:
    email = address()
    endpoint.client.post("/Users", json={"userName": email, "externalId": "7"})
    drain(admin.engine, endpoint.organization_id, now)
    (user,) = admin.get("/users", email=email)["data"]

    assert user["profile_managed_by"] == endpoint.directory_id
    (identity,) = user["identities"]
    assert (identity["directory_id"], identity["external_id"]) == (endpoint.directory_id, "7")
    assert identity["last_seen_at"]
    path = f"/users/{user['id']}"
    refused = admin.client.patch(path, json={"given_name": "Eve"})
    assert problem(refused) == (409, "profile_managed_by_directory")
    assert admin.client.patch(path, json={"phone_number": "+4930123"}).status_code == 200
    assert problem(admin.client.delete(path)) == (409, "managed_by_directory")


def test_every_organization_is_told_of_a_changed_profile(admin: Admin) -> None:
    first, second = admin.organization(), admin.organization()
    user = admin.post("/users", {"email": address()})
    for organization in (first, second):
        path = f"/organizations/{organization['id']}/memberships"
        admin.post(path, {"user_id": user["id"]})

    admin.client.patch(f"/users/{user['id']}", json={"display_name": "Countess"})

    for organization in (first, second):
        assert drain(admin.engine, organization["id"], now).actions == 1
        assert drain(admin.engine, organization["id"], now).actions == 0


def test_a_key_of_an_organization_sees_its_members_and_no_other_organization(
    admin: Admin,
) -> None:
    ours, theirs = admin.organization(), admin.organization()
    shared = admin.post("/users", {"email": address(), "external_id": secrets.token_hex(4)})
    stranger = admin.post("/users", {"email": address(), "external_id": secrets.token_hex(4)})
    for organization, user in ((ours, shared), (theirs, shared), (theirs, stranger)):
        path = f"/organizations/{organization['id']}/memberships"
        admin.post(path, {"user_id": user["id"]})

    with admin.with_key("*", organization_id=ours["id"]) as scoped:
        (seen,) = scoped.get("/users")["data"]
        assert seen["id"] == shared["id"]
        assert [one["organization_id"] for one in seen["memberships"]] == [ours["id"]]
        for path in (f"/users/{stranger['id']}", f"/users/external/{stranger['external_id']}"):
            assert problem(scoped.client.get(path)) == (404, "not_found")
        assert scoped.get("/users", email=stranger["email"])["data"] == []
    assert len(admin.get(f"/users/{shared['id']}")["memberships"]) == 2


def test_a_key_of_an_organization_changes_no_account(admin: Admin) -> None:
    """Accounts are shared: one organization does not speak for another's people."""
    organization = admin.organization()
    with admin.with_key("*", organization_id=organization["id"]) as scoped:
        path = f"/organizations/{organization['id']}/memberships"
        member = scoped.post(path, {"email": address()})
        user = f"/users/{member['user']['id']}"

        assert problem(scoped.client.patch(user, json={})) == (403, "forbidden")
        assert problem(scoped.client.delete(user)) == (403, "forbidden")
        created = scoped.client.post("/users", json={"email": address()})
        assert problem(created) == (403, "forbidden")
