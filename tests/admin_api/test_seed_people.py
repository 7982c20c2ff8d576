"""Rows of the survey in test_seed_rows.py: people, how they come, and where they belong."""

import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from provisioning.clock import now
from provisioning.drain import drain
from tests.admin_serving import Admin, admin_at, problem
from tests.serving import NOWHERE, Scim, application
from tests.signing_in import Idp, claims, connect, refused, register, sign_in
from tests.tenant import Tenant, found


def address(name: str = "ada") -> str:
    """One that no other test has: accounts are shared."""
    return f"{name}-{secrets.token_hex(4)}@acme.example"


def test_s27_a_user_has_a_structure(admin: Admin, endpoint: Scim) -> None:
    """Id, e-mail, name, profile, memberships, and by whom they are known, with the last time."""
    profile = {
        "email": address(),
        "display_name": "Ada Lovelace",
        "given_name": "Ada",
        "family_name": "Lovelace",
        "phone_number": "+493012345",
        "picture_url": "https://cdn.example.com/ada.png",
    }
    ada = admin.post("/users", profile)
    path = f"/organizations/{endpoint.organization_id}"
    member = admin.post(f"{path}/memberships", {"user_id": ada["id"]})
    scim = {"userName": profile["email"], "externalId": "00u1", "emails": []}
    assert endpoint.client.post("/Users", json=scim).is_success
    drain(admin.engine, endpoint.organization_id, now)
    idp = Idp(f"https://{secrets.token_hex(4)}.example")
    idp.add_key("first")
    issuer = register(admin, idp, jwks=idp.jwks)
    token = idp.token("auth|1", email=profile["email"], email_verified=True)
    signed_in = admin.post("/sign-ins", {"id_token": token})

    shown = admin.get(f"/users/{ada['id']}")

    assert {name: shown[name] for name in profile} == profile
    assert shown["memberships"] == [
        {"id": member["id"], "organization_id": endpoint.organization_id, "status": "active"}
    ]
    assert signed_in["user"]["id"] == ada["id"]
    known = {one["type"]: one for one in shown["identities"]}
    assert known["directory"]["directory_id"] == endpoint.directory_id
    assert known["directory"]["organization_id"] == endpoint.organization_id
    assert known["directory"]["external_id"] == "00u1"
    assert known["issuer"]["issuer_id"] == issuer["id"]
    assert known["issuer"]["external_id"] == "auth|1"
    assert all(one["is_present"] and one["last_seen_at"] for one in shown["identities"])


def test_s28_how_somebody_came_is_known(admin: Admin, endpoint: Scim) -> None:
    """By themselves, when they sign in or a directory brings them; or by the API."""
    path = f"/organizations/{endpoint.organization_id}"
    came = {way: address(way) for way in ("directory", "sign_in", "api", "invitation")}

    assert endpoint.client.post("/Users", json={"userName": came["directory"]}).is_success
    drain(admin.engine, endpoint.organization_id, now)
    connection_id = connect(admin, endpoint.organization_id)
    sign_in(admin, claims(secrets.token_hex(8), came["sign_in"]), connection_id=connection_id)
    admin.post(f"{path}/memberships", {"email": came["api"]})
    invitation = {"email": came["invitation"], "send_email": False}
    token = admin.post(f"{path}/invitations", invitation)["token"]
    admin.post("/invitations/accept", {"token": token})

    members = admin.get(f"{path}/memberships")["data"]
    assert {one["provisioned_by"]: one["user"]["email"] for one in members} == came
    for one in members:
        account = admin.get(f"/users/{one['user']['id']}")
        assert account["provisioned_by"] == one["provisioned_by"]


def test_s29_somebody_in_several_organizations_switches_between_them(admin: Admin) -> None:
    who = claims(secrets.token_hex(8), address())
    first, second = (admin.organization()["id"] for _ in range(2))
    user_id = sign_in(admin, who)["user"]["id"]
    for organization_id, role in ((first, "admin"), (second, "guest")):
        body = {"user_id": user_id, "roles": [role]}
        admin.post(f"/organizations/{organization_id}/memberships", body)

    asked = sign_in(admin, who)
    there, back = (sign_in(admin, who, organization_id=one) for one in (second, first))

    assert (asked["organization"], asked["claims"]["oid"]) == (None, None)
    assert [one["id"] for one in asked["organizations"]] == [first, second]
    assert (there["claims"]["oid"], there["claims"]["roles"]) == (second, ["guest"])
    assert (back["claims"]["oid"], back["claims"]["roles"]) == (first, ["admin"])
    assert asked["user"]["id"] == there["user"]["id"] == back["user"]["id"] == user_id


def test_s29_a_person_may_be_bound_to_one_organization(engine: Engine, tmp_path: Path) -> None:
    """Whichever way leads to a second one; and signing in asks for no choice."""
    with (
        application(engine, tmp_path, broker_url=NOWHERE, max_organizations_per_user=1) as served,
        admin_at(served, engine, ["*"]) as admin,
    ):
        email = address()
        who = claims("auth|1", email)
        first, second = (admin.organization()["id"] for _ in range(2))
        sign_in(admin, who, connection_id=connect(admin, first))
        user_id = sign_in(admin, who)["user"]["id"]

        path = f"/organizations/{second}"
        added = admin.client.post(f"{path}/memberships", json={"user_id": user_id})
        created = admin.client.post(
            "/organizations", json={"display_name": "Third", "creator_user_id": user_id}
        )
        invitation = {"email": email, "send_email": False}
        token = admin.post(f"{path}/invitations", invitation)["token"]

        assert problem(added) == problem(created) == (409, "too_many_organizations")
        assert refused(admin, who, organization_id=second) == (409, "too_many_organizations")
        accepted = admin.client.post("/invitations/accept", json={"token": token})
        assert problem(accepted) == (409, "too_many_organizations")
        assert sign_in(admin, who)["claims"]["oid"] == first
        assert admin.get(f"{path}/memberships")["data"] == []


def test_s36_an_invitation_goes_one_way(admin: Admin) -> None:
    """Pending, and then accepted, revoked or expired for ever; unless an expired one is resent."""
    tenant = found(admin.engine, f"Acme {secrets.token_hex(4)}")
    path = f"/organizations/{tenant.organization_id}/invitations"

    def invite(**more: Any) -> dict[str, Any]:
        return admin.post(path, {"email": address(), "send_email": False, **more})

    accepted, revoked = invite(roles=["admin"], expires_in_days=30), invite()
    expired = tenant.invite(address(), days=1, at=now() - timedelta(days=2))
    joined = admin.post("/invitations/accept", {"token": accepted["token"]})
    admin.post(f"{path}/{revoked['id']}/revoke")

    statuses = {one["id"]: one["status"] for one in admin.get(path)["data"]}
    assert statuses == {
        accepted["id"]: "accepted",
        revoked["id"]: "revoked",
        expired.invitation.id: "expired",
    }
    for token, code in (
        (accepted["token"], "invitation_not_pending"),
        (revoked["token"], "invitation_not_pending"),
        (expired.token, "invitation_expired"),
    ):
        answer = admin.client.post("/invitations/accept", json={"token": token})
        assert problem(answer) == (409, code)
    members = f"/organizations/{tenant.organization_id}/memberships"
    (member,) = admin.get(members)["data"]
    assert (member["id"], member["roles"][0]["role"]) == (joined["membership_id"], "admin")

    resent = admin.post(f"{path}/{expired.invitation.id}/resend", {"send_email": False})
    assert (resent["status"], resent["resent_count"]) == ("pending", 1)
    admin.post("/invitations/accept", {"token": resent["token"]})
    assert len(admin.get(members)["data"]) == 2
    for days in (0, 31):
        refusal = admin.client.post(path, json={"email": address(), "expires_in_days": days})
        assert problem(refusal) == (400, "invalid_body")


def test_s37_people_come_change_and_go_by_scim(scim: Scim) -> None:
    """Made by themselves, kept up to date, given access by groups, deprovisioned."""
    tenant = Tenant(scim.engine, scim.organization_id, scim.directory)
    tenant.map("Admins", "admin")
    user = scim.client.post("/Users", json={"userName": "ada@orion.example"}).json()["id"]
    group = {"displayName": "Admins", "members": [{"value": user}]}
    group_id = scim.client.post("/Groups", json=group).json()["id"]
    scim.settled()
    assert tenant.people()["ada@orion.example"].roles == {"member", "admin"}

    renamed = {"Operations": [{"op": "replace", "path": "userName", "value": "ada@vega.example"}]}
    assert scim.client.patch(f"/Users/{user}", json=renamed).is_success
    left = {"Operations": [{"op": "remove", "path": f'members[value eq "{user}"]'}]}
    assert scim.client.patch(f"/Groups/{group_id}", json=left).is_success
    scim.settled()
    assert tenant.people()["ada@vega.example"].roles == {"member"}

    assert scim.client.delete(f"/Users/{user}").status_code == 204
    scim.settled()
    assert tenant.people()["ada@vega.example"].status == "removed"
