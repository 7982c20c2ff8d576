"""Who belongs to an organization, by the admin API, beside what directories say."""

import secrets
from typing import Any

import pytest

from provisioning.clock import now
from provisioning.drain import drain
from provisioning.ids import OrganizationId
from tests.admin_serving import Admin, problem
from tests.serving import Scim


def address(name: str = "ada", domain: str = "people.test") -> str:
    return f"{name}-{secrets.token_hex(4)}@{domain}"


def user_of(admin: Admin, email: str) -> str:
    """An account that is nobody's yet."""
    return str(admin.post("/users", {"email": email})["id"])


def members(organization: dict[str, Any]) -> str:
    return f"/organizations/{organization['id']}/memberships"


def roles(membership: dict[str, Any]) -> set[tuple[str, str]]:
    return {(held["role"], held["source"]["type"]) for held in membership["roles"]}


def settle(admin: Admin, organization_id: str) -> int:
    """What a drain changed."""
    return drain(admin.engine, OrganizationId(organization_id), now).actions


def provisioned(admin: Admin, endpoint: Scim) -> tuple[str, str, str]:
    """Somebody a directory knows: the path of the memberships, the membership, the SCIM user."""
    answer = endpoint.client.post("/Users", json={"userName": address()}).json()
    settle(admin, endpoint.organization_id)
    path = f"/organizations/{endpoint.organization_id}/memberships"
    (member,) = [
        member
        for member in admin.get(path)["data"]
        if member["user"]["email"] == answer["userName"]
    ]
    return path, f"{path}/{member['id']}", answer["id"]


def directory_says(endpoint: Scim, scim_id: str, *, active: bool) -> None:
    change = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "active", "value": active}],
    }
    assert endpoint.client.patch(f"/Users/{scim_id}", json=change).is_success


# --- joining --------------------------------------------------------------------------------------


def test_an_unknown_address_becomes_a_user_and_a_member(admin: Admin) -> None:
    organization, email = admin.organization(), address()
    member = admin.post(members(organization), {"email": email})

    assert (member["status"], member["suspended_by"]) == ("active", None)
    assert member["user"]["email"] == email
    assert roles(member) == {("member", "direct")}
    assert (member["directory_managed"], member["directories"]) == (False, [])
    assert member["provisioned_by"] == "api"
    assert admin.get(f"{members(organization)}/{member['id']}") == member
    assert settle(admin, organization["id"]) == 0


def test_the_given_roles_are_granted_and_unknown_ones_named(admin: Admin) -> None:
    path = members(admin.organization())
    member = admin.post(path, {"email": address(), "roles": ["admin", "guest", "admin"]})
    unknown = admin.client.post(path, json={"email": address(), "roles": ["emperor"]})

    assert roles(member) == {("admin", "direct"), ("guest", "direct")}
    assert problem(unknown) == (404, "role_not_found")


def test_a_member_is_not_added_again(admin: Admin) -> None:
    path, email = members(admin.organization()), address()
    member = admin.post(path, {"email": email})

    for again in ({"email": email.upper()}, {"user_id": member["user"]["id"]}):
        assert problem(admin.client.post(path, json=again)) == (409, "already_a_member")


def test_an_address_does_not_open_an_account_to_an_organization(admin: Admin) -> None:
    ours, email = admin.organization(), address()
    known = admin.post(members(admin.organization()), {"email": email})["user"]["id"]

    with admin.with_key("*", organization_id=ours["id"]) as scoped:
        by_email = scoped.client.post(members(ours), json={"email": email})
        by_id = scoped.client.post(members(ours), json={"user_id": known})
        assert problem(by_email) == (409, "user_exists_elsewhere")
        assert problem(by_id) == (404, "not_found")

        # The installation may; from then on the organization knows the person.
        member = admin.post(members(ours), {"email": email})
        path = f"{members(ours)}/{member['id']}"
        assert scoped.client.delete(path).status_code == 204
        assert scoped.post(members(ours), {"email": email})["id"] == member["id"]


def test_only_allowed_domains_and_free_seats_admit(admin: Admin) -> None:
    policies = {"allowed_email_domains": ["acme.test"], "seat_limit": 2}
    path = members(admin.organization(policies=policies))
    admin.post(path, {"email": address(domain="ACME.test")})

    elsewhere = admin.client.post(path, json={"email": address(domain="not-acme.test")})
    assert problem(elsewhere) == (409, "email_domain_not_allowed")
    stranger = admin.post("/users", {"email": address()})
    by_id = admin.client.post(path, json={"user_id": stranger["id"]})
    assert problem(by_id) == (409, "email_domain_not_allowed")

    second = admin.post(path, {"email": address(domain="acme.test")})
    admin.post(f"{path}/{second['id']}/suspend")
    full = admin.client.post(path, json={"email": address(domain="acme.test")})
    assert problem(full) == (409, "seat_limit_reached")
    assert admin.client.delete(f"{path}/{second['id']}").status_code == 204
    admin.post(path, {"email": address(domain="acme.test")})


@pytest.mark.parametrize("by", ["email", "user_id"])
def test_who_is_added_accepts_the_invitation_and_takes_its_seat(admin: Admin, by: str) -> None:
    organization, email = admin.organization(policies={"seat_limit": 2}), address("Ada")
    admin.post(members(organization), {"email": address()})
    wish = {"email": email, "roles": ["admin"], "send_email": False, "expires_in_days": 3}
    invited = admin.post(f"/organizations/{organization['id']}/invitations", wish)
    user = {"email": email} if by == "email" else {"user_id": user_of(admin, email.upper())}

    added = admin.post(members(organization), {**user, "roles": ["guest"]})
    full = admin.client.post(members(organization), json={"email": address()})

    assert roles(added) == {("guest", "direct"), ("admin", "direct")}
    accepted = admin.get(f"/organizations/{organization['id']}/invitations/{invited['id']}")
    assert accepted["status"] == "accepted"
    assert accepted["accepted_user_id"] == added["user"]["id"]
    told = admin.get(f"/organizations/{organization['id']}/events")["data"][-4:]
    assert [one["type"] for one in told] == [
        "organization_membership.created",
        "role_grant.created",
        "role_grant.created",
        "invitation.accepted",
    ]
    assert problem(full) == (409, "seat_limit_reached")
    again = admin.client.post("/invitations/accept", json={"token": invited["token"]})
    assert problem(again) == (409, "invitation_not_pending")


def test_an_invitation_elsewhere_or_of_the_past_is_not_accepted(admin: Admin) -> None:
    ours, theirs, email = admin.organization(), admin.organization(), address()
    wish = {"email": email, "send_email": False}
    elsewhere = f"/organizations/{theirs['id']}/invitations"
    here = f"/organizations/{ours['id']}/invitations"
    invited, revoked = admin.post(elsewhere, wish), admin.post(here, {**wish, "roles": ["admin"]})
    admin.post(f"{here}/{revoked['id']}/revoke")

    added = admin.post(members(ours), {"email": email})

    assert roles(added) == {("member", "direct")}
    assert admin.get(f"{elsewhere}/{invited['id']}")["status"] == "pending"
    assert admin.get(f"{here}/{revoked['id']}")["status"] == "revoked"


def test_who_is_added_again_has_the_id_of_before_and_the_roles_of_now(admin: Admin) -> None:
    path, email = members(admin.organization()), address()
    member = admin.post(path, {"email": email, "roles": ["admin"]})
    admin.post(f"{path}/{member['id']}/suspend")
    assert admin.client.delete(f"{path}/{member['id']}").status_code == 204
    gone = admin.get(f"{path}/{member['id']}")
    assert (gone["status"], gone["roles"]) == ("removed", [])

    again = admin.post(path, {"email": email, "roles": ["guest"]})

    assert again["id"] == member["id"]
    assert (again["status"], roles(again)) == ("active", {("guest", "direct")})


# --- leaving --------------------------------------------------------------------------------------


def test_who_is_removed_stays_so_and_can_be_removed_again(admin: Admin) -> None:
    path = members(admin.organization())
    one = f"{path}/{admin.post(path, {'email': address()})['id']}"

    assert [admin.client.delete(one).status_code for _ in range(2)] == [204, 204]
    for act in ("suspend", "reactivate"):
        assert problem(admin.client.post(f"{one}/{act}")) == (409, "membership_removed")
    assert problem(admin.client.put(f"{one}/roles/admin")) == (409, "membership_removed")


def test_whom_a_directory_knows_is_removed_there(admin: Admin, endpoint: Scim) -> None:
    path, one, scim_id = provisioned(admin, endpoint)
    member = admin.get(one)
    assert (member["directory_managed"], member["directories"]) == (True, [endpoint.directory_id])
    refused = admin.client.delete(one)
    assert problem(refused) == (409, "managed_by_directory")
    assert endpoint.directory_id in refused.json()["error"]["message"]

    endpoint.client.delete(f"/Users/{scim_id}")
    settle(admin, endpoint.organization_id)
    assert admin.get(one)["status"] == "removed"
    # Taken in by hand again: what the directory has said of old counts no more.
    again = admin.post(path, {"user_id": member["user"]["id"]})
    assert (again["id"], again["directory_managed"]) == (member["id"], False)
    endpoint.client.post("/Users", json={"userName": address("other")})
    settle(admin, endpoint.organization_id)
    assert admin.get(one)["status"] == "active"


@pytest.mark.parametrize("act", ["suspend", "remove", "demote"])
def test_the_last_owner_stays_until_there_is_another(admin: Admin, act: str) -> None:
    path = members(admin.organization())
    first = admin.post(path, {"email": address(), "roles": ["owner"]})
    second = admin.post(path, {"email": address(), "roles": ["admin"]})
    one = f"{path}/{first['id']}"

    def take() -> Any:
        match act:
            case "suspend":
                return admin.client.post(f"{one}/suspend")
            case "remove":
                return admin.client.delete(one)
            case _:
                return admin.client.delete(f"{one}/roles/owner")

    assert problem(take()) == (409, "last_owner")
    admin.client.put(f"{path}/{second['id']}/roles/owner")
    assert take().is_success


# --- suspension -----------------------------------------------------------------------------------


def test_a_suspension_by_hand_is_lifted_by_no_directory(admin: Admin, endpoint: Scim) -> None:
    _, one, scim_id = provisioned(admin, endpoint)
    suspended = admin.post(f"{one}/suspend")
    assert (suspended["status"], suspended["suspended_by"]) == ("suspended", "administrator")

    for active in (False, True):
        directory_says(endpoint, scim_id, active=active)
        settle(admin, endpoint.organization_id)
        assert admin.get(one)["suspended_by"] == "administrator"

    lifted = admin.post(f"{one}/reactivate")
    assert (lifted["status"], lifted["suspended_by"]) == ("active", None)
    assert settle(admin, endpoint.organization_id) == 0


def test_after_a_reactivation_the_directory_has_its_say_again(admin: Admin, endpoint: Scim) -> None:
    _, one, scim_id = provisioned(admin, endpoint)
    admin.post(f"{one}/suspend")
    directory_says(endpoint, scim_id, active=False)
    settle(admin, endpoint.organization_id)

    still = admin.post(f"{one}/reactivate")
    assert (still["status"], still["suspended_by"]) == ("suspended", "directory")
    refused = admin.client.post(f"{one}/reactivate")
    assert problem(refused) == (409, "managed_by_directory")

    directory_says(endpoint, scim_id, active=True)
    settle(admin, endpoint.organization_id)
    assert admin.get(one)["status"] == "active"


def test_whose_word_a_suspension_is_is_told_and_remembered(admin: Admin, endpoint: Scim) -> None:
    _, one, scim_id = provisioned(admin, endpoint)
    feed = f"/organizations/{endpoint.organization_id}/events"
    start = len(admin.get(feed)["data"])
    moments = []
    for act in ("directory", "suspend", "reactivate", "suspend"):
        if act == "directory":
            directory_says(endpoint, scim_id, active=False)
            settle(admin, endpoint.organization_id)
        else:
            admin.post(f"{one}/{act}")
        moments.append((now().isoformat(), admin.get(one)))

    told = [
        (event["data"]["suspended_by"], event["previous_attributes"])
        for event in admin.get(feed)["data"][start:]
        if event["type"] == "organization_membership.updated"
    ]
    assert told == [
        ("directory", {"status": "active", "suspended_by": None}),
        ("administrator", {"suspended_by": "directory"}),
        ("directory", {"suspended_by": "administrator"}),
        ("administrator", {"suspended_by": "directory"}),
    ]
    for moment, then in moments:
        past = admin.get(one, as_of=moment)
        assert (past["status"], past["suspended_by"]) == ("suspended", then["suspended_by"])
        assert past["updated_at"] == then["updated_at"]


def test_suspending_and_reactivating_twice_changes_nothing_more(admin: Admin) -> None:
    path = members(admin.organization())
    one = f"{path}/{admin.post(path, {'email': address()})['id']}"

    assert admin.post(f"{one}/suspend") == admin.post(f"{one}/suspend")
    assert admin.post(f"{one}/reactivate") == admin.post(f"{one}/reactivate")


# --- roles ----------------------------------------------------------------------------------------


def test_a_role_by_hand_survives_what_the_directory_says(admin: Admin, endpoint: Scim) -> None:
    _, one, scim_id = provisioned(admin, endpoint)
    held = admin.client.put(f"{one}/roles/admin").json()
    assert roles(held) == {("admin", "direct"), ("member", "default")}
    assert admin.client.put(f"{one}/roles/admin").json() == held

    for active in (False, True):
        directory_says(endpoint, scim_id, active=active)
        settle(admin, endpoint.organization_id)
    assert roles(admin.get(one)) == roles(held)
    left = admin.client.delete(f"{one}/roles/admin").json()
    assert roles(left) == {("member", "default")}


def test_only_what_was_granted_by_hand_is_revoked_by_hand(admin: Admin, endpoint: Scim) -> None:
    _, one, _ = provisioned(admin, endpoint)

    assert problem(admin.client.delete(f"{one}/roles/member")) == (409, "grant_not_direct")
    assert problem(admin.client.delete(f"{one}/roles/admin")) == (404, "not_found")
    assert problem(admin.client.delete(f"{one}/roles/emperor")) == (404, "role_not_found")
    assert problem(admin.client.put(f"{one}/roles/emperor")) == (404, "role_not_found")


# --- lists and history ----------------------------------------------------------------------------


def test_members_are_listed_by_status_user_and_role(admin: Admin) -> None:
    path = members(admin.organization())
    boss, guest, gone = (
        admin.post(path, {"email": address(), "roles": [role]})
        for role in ("owner", "guest", "guest")
    )
    admin.client.delete(f"{path}/{gone['id']}")

    def found(**wanted: Any) -> list[str]:
        return [member["id"] for member in admin.get(path, **wanted)["data"]]

    assert found() == [boss["id"], guest["id"], gone["id"]]
    assert found(status="removed") == [gone["id"]]
    assert found(role="guest") == [guest["id"]]
    assert found(user_id=boss["user"]["id"]) == [boss["id"]]
    assert found(limit=1, after=boss["id"]) == [guest["id"]]


def test_members_are_found_by_their_address(admin: Admin) -> None:
    path, email = members(admin.organization()), address("Ada")
    elsewhere = members(admin.organization())
    ada, eve = (admin.post(path, {"email": one, "roles": ["guest"]}) for one in (email, address()))
    admin.post(elsewhere, {"email": email})
    then = now().isoformat()
    admin.client.delete(f"{path}/{ada['id']}")

    def found(**wanted: Any) -> list[str]:
        return [member["id"] for member in admin.get(path, **wanted)["data"]]

    assert found(email=email.upper()) == [ada["id"]]
    assert found(email=email, status="removed") == [ada["id"]]
    assert found(email=email, status="active") == []
    assert found(email=email, status="active", role="guest", as_of=then) == [ada["id"]]
    assert found(email=eve["user"]["email"], user_id=ada["user"]["id"]) == []
    assert found(email=address()) == []
    too_long = admin.client.get(path, params={"email": "a" * 255})
    assert problem(too_long) == (400, "invalid_query_string")


def test_the_past_is_what_was_so_at_that_moment(admin: Admin) -> None:
    organization = admin.organization()
    path = members(organization)
    before, moments = organization["created_at"].replace("20", "19", 1), []
    boss = admin.post(path, {"email": address(), "roles": ["owner"]})
    ada = admin.post(path, {"email": address(), "roles": ["guest"]})
    one = f"{path}/{ada['id']}"

    def lived() -> None:
        member = admin.get(one)
        expected = (member["status"], member["suspended_by"], roles(member))
        moments.append((now().isoformat(), expected))

    lived()
    admin.client.put(f"{one}/roles/admin")
    lived()
    admin.post(f"{one}/suspend")
    lived()
    admin.client.delete(f"{one}/roles/guest")
    admin.post(f"{one}/reactivate")
    lived()
    admin.client.delete(one)
    lived()

    for moment, expected in moments:
        then = admin.get(one, as_of=moment)
        assert (then["status"], then["suspended_by"], roles(then)) == expected
        assert then["user"] == ada["user"]
        listed = admin.get(path, as_of=moment)["data"]
        assert listed[1] == then
        assert [member["id"] for member in listed] == [boss["id"], ada["id"]]
        wanted = admin.get(path, as_of=moment, role="owner")["data"]
        assert [member["id"] for member in wanted] == [boss["id"]]
    assert admin.get(path, as_of=before)["data"] == []
    assert problem(admin.client.get(one, params={"as_of": before})) == (404, "not_found")
    assert problem(admin.client.get(one, params={"as_of": "yesterday"})) == (
        400,
        "invalid_query_string",
    )


def test_the_past_has_pages_too(admin: Admin) -> None:
    path = members(admin.organization())
    ids = [admin.post(path, {"email": address()})["id"] for _ in range(5)]
    moment = now().isoformat()

    for paging in ({"limit": 2}, {"limit": 2, "after": ids[1]}, {"limit": 2, "before": ids[4]}):
        present, past = admin.get(path, **paging), admin.get(path, **paging, as_of=moment)
        assert [one["id"] for one in past["data"]] == [one["id"] for one in present["data"]]
        assert past["list_metadata"] == present["list_metadata"]


def test_a_membership_is_of_one_organization(admin: Admin) -> None:
    ours, theirs = admin.organization(), admin.organization()
    one = admin.post(members(theirs), {"email": address()})["id"]
    path = f"{members(ours)}/{one}"

    assert problem(admin.client.get(path)) == (404, "not_found")
    assert problem(admin.client.delete(path)) == (404, "not_found")
    assert problem(admin.client.post(f"{path}/suspend")) == (404, "not_found")
    assert problem(admin.client.put(f"{path}/roles/admin")) == (404, "not_found")
    assert problem(
        admin.client.post("/organizations/org_0/memberships", json={"email": "a@b"})
    ) == (
        404,
        "not_found",
    )
