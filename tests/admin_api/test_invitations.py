"""Invitations by the admin API; the shared server sends no e-mail."""

import secrets
from typing import Any

import pytest

from tests.admin_serving import Admin, fields, problem

NO_SUCH = "inv_00000000000000000000000000000000"


def address() -> str:
    """One that no other test has: accounts are shared."""
    return f"Ada.{secrets.token_hex(4)}@acme.test"


def path_of(organization: dict[str, Any]) -> str:
    return f"/organizations/{organization['id']}/invitations"


def invite(admin: Admin, organization: dict[str, Any], **body: Any) -> dict[str, Any]:
    return admin.post(path_of(organization), {"email": address(), "send_email": False, **body})


def test_an_invitation_needs_only_an_address(admin: Admin) -> None:
    acme = admin.organization()
    issued = invite(admin, acme)

    assert issued["status"] == "pending"
    assert issued["roles"] == ["member"]
    assert issued["metadata"] == {}
    assert issued["resent_count"] == 0
    assert issued["mail"] is issued["accepted_at"] is issued["url"] is None
    found = admin.get(f"{path_of(acme)}/{issued['id']}")
    assert found == {name: issued[name] for name in issued if name not in {"token", "url"}}


def test_every_property_can_be_given(admin: Admin) -> None:
    given = {
        "roles": ["admin", "guest"],
        "expires_in_days": 30,
        "metadata": {"plan": "trial"},
        "invited_by": "usr_1",
    }
    issued = invite(admin, admin.organization(), **given)

    assert {name: issued[name] for name in ("roles", "metadata", "invited_by")} == {
        name: given[name] for name in ("roles", "metadata", "invited_by")
    }


def test_the_default_role_is_the_organizations(admin: Admin) -> None:
    acme = admin.organization(policies={"default_role": "guest"})

    assert invite(admin, acme)["roles"] == ["guest"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "no address"),
        ("email", "a@b@c.test"),
        ("email", "a@acme.test\r\nBcc: eve@evil.test"),
        ("email", "a@acme"),
        ("email", "x" * 250 + "@acme.test"),
        ("expires_in_days", 0),
        ("expires_in_days", 31),
        ("roles", ["no role"]),
        ("metadata", {str(number): "" for number in range(26)}),
        ("unknown", 1),
    ],
)
def test_a_body_that_is_refused_names_the_field(admin: Admin, field: str, value: Any) -> None:
    body = {"email": "a@acme.test", "send_email": False, field: value}
    answer = admin.client.post(path_of(admin.organization()), json=body)

    assert problem(answer) == (400, "invalid_body")
    (detail,) = answer.json()["error"]["details"]
    assert detail["field"].split(".")[0] == field


def test_what_an_invitation_needs_has_to_be_there(admin: Admin) -> None:
    acme = admin.organization()
    body = {"email": address(), "send_email": False}
    unknown_role = admin.client.post(path_of(acme), json={**body, "roles": ["pilot"]})
    no_organization = admin.client.post("/organizations/org_no/invitations", json=body)

    assert problem(unknown_role) == (404, "role_not_found")
    assert problem(no_organization) == (404, "not_found")


def test_without_a_mail_server_no_mail_is_promised(admin: Admin) -> None:
    answer = admin.client.post(path_of(admin.organization()), json={"email": address()})

    assert problem(answer) == (409, "email_not_configured")


def test_the_policies_hold(admin: Admin) -> None:
    acme = admin.organization(policies={"seat_limit": 1, "allowed_email_domains": ["acme.test"]})
    first = {"email": address(), "send_email": False}
    elsewhere = admin.client.post(path_of(acme), json={**first, "email": "a@other.test"})
    assert problem(elsewhere) == (409, "email_domain_not_allowed")
    admin.post(path_of(acme), first)

    again = admin.client.post(path_of(acme), json=first)
    another = admin.client.post(path_of(acme), json={**first, "email": address()})
    assert problem(again) == (409, "email_already_invited")
    assert problem(another) == (409, "seat_limit_reached")


def test_of_many_each_is_decided_by_itself(admin: Admin) -> None:
    acme = admin.organization(policies={"seat_limit": 2})
    first, second, third = address(), address(), address()
    wanted = [
        {"email": first, "send_email": False},
        {"email": first.upper(), "send_email": False},
        {"email": "nope", "send_email": False},
        {"email": f"{second}\r\nBcc: eve@evil.test", "send_email": False},
        {"email": f"{'x' * 250}@acme.test", "send_email": False},
        {"email": "\x00", "send_email": False, "roles": ["\x00"]},
        {"email": second, "send_email": False, "roles": ["pilot"]},
        {"email": second, "send_email": False, "roles": ["no role"]},
        {"email": second},
        {"email": second, "send_email": False},
        {"email": third, "send_email": False},
    ]
    outcomes = admin.post(f"{path_of(acme)}/bulk", {"invitations": wanted})["data"]

    codes = [outcome["error"] and outcome["error"]["code"] for outcome in outcomes]
    assert codes == [
        None,
        "email_already_invited",
        *["invalid_body"] * 4,
        *["role_not_found"] * 2,
        "email_not_configured",
        None,
        "seat_limit_reached",
    ]
    assert [outcome["invitation"]["email"] for outcome in outcomes if not outcome["error"]] == [
        first,
        second,
    ]
    assert all(outcome["invitation"]["token"] for outcome in outcomes if not outcome["error"])


def test_a_malformed_address_is_told_as_of_a_single_invitation(admin: Admin) -> None:
    acme = admin.organization()
    alone = admin.client.post(path_of(acme), json={"email": "nope"}).json()["error"]
    (one,) = admin.post(f"{path_of(acme)}/bulk", {"invitations": [{"email": "nope"}]})["data"]

    assert one["invitation"] is None
    assert {name: one["error"][name] for name in ("code", "details")} == {
        name: alone[name] for name in ("code", "details")
    }


def test_a_form_that_is_not_described_is_refused_for_all(admin: Admin) -> None:
    wanted = [{"email": address(), "send_email": False}, {"email": address(), "mail": True}]
    refused = admin.client.post(
        f"{path_of(admin.organization())}/bulk", json={"invitations": wanted}
    )

    assert problem(refused) == (400, "invalid_body")
    assert fields(refused) == ["invitations.1.mail"]


def test_more_than_a_hundred_at_once_are_refused(admin: Admin) -> None:
    wanted = [{"email": f"{number}@acme.test"} for number in range(101)]
    answer = admin.client.post(
        f"{path_of(admin.organization())}/bulk", json={"invitations": wanted}
    )

    assert problem(answer) == (400, "invalid_body")


def test_the_list_goes_by_status_and_address(admin: Admin) -> None:
    acme, other = admin.organization(), admin.organization()
    ada, bob, cem = (invite(admin, acme) for _ in range(3))
    invite(admin, other)
    admin.post(f"{path_of(acme)}/{bob['id']}/revoke")
    admin.post("/invitations/accept", {"token": cem["token"]})

    def listed(**wanted: Any) -> list[str]:
        return [one["id"] for one in admin.get(path_of(acme), **wanted)["data"]]

    assert listed() == [ada["id"], bob["id"], cem["id"]]
    assert listed(status="pending") == [ada["id"]]
    assert listed(status="revoked") == [bob["id"]]
    assert listed(status="accepted") == [cem["id"]]
    assert listed(status="expired") == []
    assert listed(email=bob["email"].upper()) == [bob["id"]]
    page = admin.get(path_of(acme), limit=2)
    assert listed(limit=2, after=page["list_metadata"]["after"]) == [cem["id"]]


def test_the_page_of_the_token_shows_what_there_is_to_accept(admin: Admin) -> None:
    acme = admin.organization("Acme & Co", branding={"primary_color": "#0a7f5c"})
    issued = invite(admin, acme, roles=["admin"])
    opened = admin.get(f"/invitations/by-token/{issued['token']}")

    assert opened == {
        "id": issued["id"],
        "organization": {
            "id": acme["id"],
            "display_name": "Acme & Co",
            "name": acme["name"],
            "logo_url": None,
            "branding": {"primary_color": "#0a7f5c", "page_background": None},
        },
        "email": issued["email"],
        "status": "pending",
        "roles": ["admin"],
        "invited_by": None,
        "expires_at": issued["expires_at"],
    }


def test_accepting_makes_the_user_a_member(admin: Admin) -> None:
    acme = admin.organization()
    issued = invite(admin, acme)
    person = {"display_name": "Ada", "given_name": "Ada", "family_name": "Lovelace"}
    accepted = admin.post("/invitations/accept", {"token": issued["token"], "user": person})

    assert accepted["invitation"]["status"] == "accepted"
    assert accepted["invitation"]["accepted_user_id"] == accepted["user_id"]
    assert accepted["membership_id"].startswith("mem_")
    again = admin.client.post("/invitations/accept", json={"token": issued["token"]})
    assert problem(again) == (409, "invitation_not_pending")
    body = {"email": issued["email"], "send_email": False}
    assert problem(admin.client.post(path_of(acme), json=body)) == (409, "already_a_member")
    assert admin.get(f"/invitations/by-token/{issued['token']}")["status"] == "accepted"


def test_one_person_may_be_a_member_of_two_organizations(admin: Admin) -> None:
    email = address()
    issued = [invite(admin, admin.organization(), email=email) for _ in range(2)]
    users = {
        admin.post("/invitations/accept", {"token": one["token"]})["user_id"] for one in issued
    }

    assert len(users) == 1


def test_what_is_not_pending_is_neither_accepted_nor_revoked(admin: Admin) -> None:
    acme = admin.organization()
    issued = invite(admin, acme)
    revoked = admin.post(f"{path_of(acme)}/{issued['id']}/revoke")
    assert revoked["status"] == "revoked"

    for path, body in (
        ("/invitations/accept", {"token": issued["token"]}),
        (f"{path_of(acme)}/{issued['id']}/revoke", None),
        (f"{path_of(acme)}/{issued['id']}/resend", {"send_email": False}),
    ):
        assert problem(admin.client.post(path, json=body)) == (409, "invitation_not_pending")


def test_resending_at_once_is_too_soon(admin: Admin) -> None:
    acme = admin.organization()
    issued = invite(admin, acme)
    path = f"{path_of(acme)}/{issued['id']}/resend"

    assert problem(admin.client.post(path, json={"send_email": False})) == (409, "resent_too_soon")
    assert problem(admin.client.post(path, json={})) == (409, "email_not_configured")


def test_a_token_that_nobody_has_is_not_found(admin: Admin) -> None:
    token = secrets.token_urlsafe(32)
    accepted = admin.client.post("/invitations/accept", json={"token": token})
    opened = admin.client.get(f"/invitations/by-token/{token}")

    assert problem(accepted) == problem(opened) == (404, "not_found")
    assert token not in accepted.text + opened.text


def test_the_key_of_an_organization_sees_its_invitations_alone(admin: Admin) -> None:
    mine, other = admin.organization(), admin.organization()
    issued, foreign = invite(admin, mine), invite(admin, other)
    with admin.with_key("*", organization_id=mine["id"]) as own:
        assert own.get(f"/invitations/by-token/{issued['token']}")["id"] == issued["id"]
        for answer in (
            own.client.get(path_of(other)),
            own.client.get(f"{path_of(other)}/{foreign['id']}"),
            own.client.get(f"{path_of(mine)}/{foreign['id']}"),
            own.client.post(f"{path_of(mine)}/{foreign['id']}/revoke"),
            own.client.post(f"{path_of(mine)}/{foreign['id']}/resend", json={}),
            own.client.post(path_of(other), json={"email": address()}),
            own.client.get(f"/invitations/by-token/{foreign['token']}"),
            own.client.post("/invitations/accept", json={"token": foreign["token"]}),
        ):
            assert answer.status_code in {404, 409}, answer.text
            assert answer.json()["error"]["code"] in {"not_found", "email_not_configured"}
    assert admin.get(f"{path_of(other)}/{foreign['id']}")["status"] == "pending"


def test_the_invitations_of_a_deleted_organization_open_nothing(admin: Admin) -> None:
    acme = admin.organization()
    issued = invite(admin, acme)
    admin.client.delete(f"/organizations/{acme['id']}", params={"name": acme["name"]})

    accepted = admin.client.post("/invitations/accept", json={"token": issued["token"]})
    assert problem(accepted) == (404, "not_found")


def test_an_idempotent_repetition_gets_the_same_token(admin: Admin) -> None:
    acme = admin.organization()
    body = {"email": address(), "send_email": False}
    key = {"Idempotency-Key": secrets.token_hex(8)}

    assert admin.post(path_of(acme), body, **key) == admin.post(path_of(acme), body, **key)


def test_an_invitation_that_is_not_there_is_not_found(admin: Admin) -> None:
    path = f"{path_of(admin.organization())}/{NO_SUCH}"

    assert problem(admin.client.get(path)) == (404, "not_found")
    assert problem(admin.client.post(f"{path}/revoke")) == (404, "not_found")
    resent = admin.client.post(f"{path}/resend", json={"send_email": False})
    assert problem(resent) == (404, "not_found")
