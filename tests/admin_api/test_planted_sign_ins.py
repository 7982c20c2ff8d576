"""Signing in where another organization has put an account in the way of the address's owner."""

import secrets
from datetime import timedelta

import pytest

from provisioning.clock import now
from tests.admin_serving import Admin, problem
from tests.signing_in import claims, connect, refused, sign_in
from tests.tenant import Tenant, found


@pytest.fixture
def name() -> str:
    return f"{secrets.token_hex(6)}.example"


@pytest.fixture
def ceo(name: str) -> str:
    return f"ceo@{name}"


@pytest.fixture
def mallory(admin: Admin) -> Tenant:
    return found(admin.engine, f"Mallory {secrets.token_hex(4)}")


@pytest.fixture
def victim(admin: Admin) -> Tenant:
    return found(admin.engine, f"Victim {secrets.token_hex(4)}")


def test_an_issuers_account_does_not_speak_for_an_address_of_anothers_domain(
    admin: Admin, mallory: Tenant, victim: Tenant, name: str, ceo: str
) -> None:
    victim.own(name)
    connection_id = connect(admin, mallory.organization_id)
    theirs = claims("theirs", ceo)

    planted = sign_in(admin, theirs, connection_id=connection_id)
    person = sign_in(admin, claims(secrets.token_hex(8), ceo))

    assert person["user"]["id"] != planted["user"]["id"]
    assert person["organizations"] == []
    again = sign_in(admin, theirs, connection_id=connection_id)
    assert again["user"]["id"] == planted["user"]["id"]
    victim.create(ceo)
    victim.drain()
    assert victim.people()[ceo].user_id == person["user"]["id"]


def test_an_issuers_account_from_before_lets_the_address_go(
    admin: Admin, mallory: Tenant, victim: Tenant, name: str, ceo: str
) -> None:
    connection_id = connect(admin, mallory.organization_id)
    theirs = claims("theirs", ceo)
    planted = sign_in(admin, theirs, connection_id=connection_id)["user"]["id"]

    victim.own(name)
    victim.create(ceo)
    victim.drain()
    person = sign_in(admin, claims(secrets.token_hex(8), ceo))

    assert victim.conflicts() == []
    assert person["user"]["id"] == victim.people()[ceo].user_id != planted
    assert sign_in(admin, theirs, connection_id=connection_id)["user"]["id"] == planted


def test_an_issuer_reaches_whom_its_organizations_directory_only_shows(
    admin: Admin, mallory: Tenant, victim: Tenant, name: str, ceo: str
) -> None:
    """A guest of theirs; and no account beyond their own."""
    victim.own(name)
    victim.create(ceo)
    victim.drain()
    connection_id = connect(admin, mallory.organization_id)
    theirs = claims("theirs", ceo)
    assert refused(admin, theirs, connection_id=connection_id) == (409, "account_conflict")

    mallory.create(f"guest@{name}")
    mallory.drain()
    victim.create(f"guest@{name}")
    victim.drain()
    guest = sign_in(admin, claims("guest", f"guest@{name}"), connection_id=connection_id)

    assert guest["user"]["id"] == mallory.people()[f"guest@{name}"].user_id
    assert guest["organization"]["id"] == mallory.organization_id
    assert refused(admin, theirs, connection_id=connection_id) == (409, "account_conflict")


def test_who_has_shown_the_address_before_keeps_the_account(
    admin: Admin, mallory: Tenant, victim: Tenant, name: str, ceo: str
) -> None:
    """The person has signed in with it, while it was nobody's domain."""
    mallory.create(ceo)
    mallory.drain()
    who = claims(secrets.token_hex(8), ceo)
    account = sign_in(admin, who)["user"]["id"]
    assert account == mallory.people()[ceo].user_id

    victim.own(name)

    assert sign_in(admin, claims(secrets.token_hex(8), ceo))["user"]["id"] == account


def test_an_address_that_was_let_go_is_the_persons_who_shows_it(
    admin: Admin, mallory: Tenant, victim: Tenant, name: str
) -> None:
    """Known by the account already, by another address at that time."""
    former, address = f"guest@{secrets.token_hex(4)}.test", f"guest@{name}"
    guest = mallory.create(former)
    mallory.drain()
    sub = secrets.token_hex(8)
    account = sign_in(admin, claims(sub, former))["user"]["id"]
    victim.own(name)
    mallory.edit(guest, userName=address)
    mallory.drain()

    assert sign_in(admin, claims(sub, address))["user"]["id"] == account
    assert sign_in(admin, claims(secrets.token_hex(8), address))["user"]["id"] == account


@pytest.mark.parametrize("again", [False, True], ids=["invited", "sent again"])
def test_a_token_that_an_organizations_key_has_seen_proves_no_address(
    admin: Admin, mallory: Tenant, victim: Tenant, name: str, ceo: str, *, again: bool
) -> None:
    """The person accepts by signing in."""
    victim.own(name)
    path = f"/organizations/{mallory.organization_id}/invitations"
    scopes = ("create:invitations", "update:invitations")
    body = {"email": ceo, "send_email": False}
    with admin.with_key(*scopes, organization_id=mallory.organization_id) as theirs:
        if again:
            made = mallory.invite(ceo, at=now() - timedelta(hours=1)).invitation
            answer = theirs.post(f"{path}/{made.id}/resend", {"send_email": False})
        else:
            answer = theirs.post(path, body)

    refusal = problem(admin.client.post("/invitations/accept", json={"token": answer["token"]}))
    assert refusal == (409, "address_not_proven")
    person = sign_in(admin, claims(secrets.token_hex(8), ceo))
    assert person["organization"]["id"] == mallory.organization_id
