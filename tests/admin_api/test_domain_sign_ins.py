"""Signing in with an address of a verified domain: joining, being found, being who one is."""

import secrets
from typing import Any

import pytest

from provisioning.store.engine import transaction
from tests.admin_serving import Admin
from tests.signing_in import claims, connect, invite, refused, set_status, sign_in, told


@pytest.fixture
def name() -> str:
    return f"{secrets.token_hex(6)}.example"


@pytest.fixture
def acme(admin: Admin) -> str:
    return str(admin.organization()["id"])


def own(admin: Admin, organization_id: str, name: str, **policies: Any) -> str:
    """The domain, on the installation's word; its id."""
    path = f"/organizations/{organization_id}/domains"
    made = admin.post(path, {"name": name})
    admin.client.patch(f"{path}/{made['id']}", json={"policies": policies}).raise_for_status()
    admin.post(f"{path}/{made['id']}/verify-manually", {"note": "theirs"})
    return str(made["id"])


def somebody(name: str) -> dict[str, Any]:
    sub = secrets.token_hex(8)
    return claims(sub, f"{sub}@{name}")


def test_who_has_a_proven_address_of_the_domain_joins(admin: Admin, acme: str, name: str) -> None:
    own(admin, acme, name, auto_join="role", auto_join_role="guest")

    answer = sign_in(admin, somebody(name.upper()))

    assert answer["organization"]["id"] == acme
    assert answer["claims"]["roles"] == ["guest"]
    shown = admin.get(f"/organizations/{acme}/memberships/{answer['membership']['id']}")
    assert (shown["provisioned_by"], shown["directory_managed"]) == ("domain", False)
    assert [type_ for type_, _ in told(admin, acme)][-2:] == [
        "organization_membership.created",
        "role_grant.created",
    ]


def test_without_a_role_of_its_own_the_domain_gives_the_default_one(
    admin: Admin, acme: str, name: str
) -> None:
    own(admin, acme, name, auto_join="role")

    assert sign_in(admin, somebody(name))["claims"]["roles"] == ["member"]


@pytest.mark.parametrize("doubt", [{"email_verified": False}, {"email_verified": None}])
def test_an_address_that_is_not_proven_opens_nothing(
    admin: Admin, acme: str, name: str, doubt: dict[str, Any]
) -> None:
    own(admin, acme, name, auto_join="role")

    assert sign_in(admin, somebody(name) | doubt)["organizations"] == []


@pytest.mark.parametrize("part", ["sub.{}", "not{}", "{}.evil.example"])
def test_another_domain_opens_nothing(admin: Admin, acme: str, name: str, part: str) -> None:
    own(admin, acme, name, auto_join="role")

    assert sign_in(admin, somebody(part.format(name)))["organizations"] == []


def test_a_claim_opens_nothing(admin: Admin, acme: str, name: str) -> None:
    path = f"/organizations/{acme}/domains"
    made = admin.post(path, {"name": name})
    admin.client.patch(f"{path}/{made['id']}", json={"policies": {"auto_join": "role"}})

    assert sign_in(admin, somebody(name))["organizations"] == []


def test_a_domain_that_lets_nobody_join_opens_nothing(admin: Admin, acme: str, name: str) -> None:
    own(admin, acme, name)

    assert sign_in(admin, somebody(name))["organizations"] == []
    assert refused(admin, somebody(name), organization_id=acme) == (409, "not_a_member")


@pytest.mark.parametrize("policy", ["invited", "connections"])
def test_the_organizations_own_policy_says_more(
    admin: Admin, acme: str, name: str, policy: str
) -> None:
    own(admin, acme, name, auto_join="role")
    changed = {"policies": {"sign_in": policy}}
    admin.client.patch(f"/organizations/{acme}", json=changed).raise_for_status()

    assert sign_in(admin, somebody(name))["organizations"] == []


def test_no_seat_no_joining(admin: Admin, name: str) -> None:
    acme = admin.organization(policies={"seat_limit": 1})["id"]
    own(admin, acme, name, auto_join="role")

    assert sign_in(admin, somebody(name))["organization"]["id"] == acme
    assert sign_in(admin, somebody(name))["organizations"] == []
    assert refused(admin, somebody(name), organization_id=acme) == (409, "seat_limit_reached")


def test_who_was_removed_does_not_come_back_by_the_domain(
    admin: Admin, acme: str, name: str
) -> None:
    own(admin, acme, name, auto_join="role")
    who = somebody(name)
    set_status(admin, sign_in(admin, who)["membership"]["id"], "removed")

    assert refused(admin, who) == (409, "membership_removed")


def test_an_invitation_says_more_than_the_domain(admin: Admin, acme: str, name: str) -> None:
    own(admin, acme, name, auto_join="role", auto_join_role="guest")
    who = somebody(name)
    with transaction(admin.engine) as connection:
        invite(connection, acme, who["email"], "admin")

    assert sign_in(admin, who)["claims"]["roles"] == ["admin"]


def test_an_organizations_issuer_reaches_accounts_of_its_domain(
    admin: Admin, acme: str, name: str
) -> None:
    """And before it has proven the domain, none but its members'."""
    who = somebody(name)
    account = sign_in(admin, who)["user"]["id"]
    connection_id = connect(admin, acme)
    theirs = claims("theirs", who["email"])
    assert refused(admin, theirs, connection_id=connection_id) == (409, "account_conflict")
    admin.post(f"/organizations/{acme}/domains", {"name": f"sub.{name}"})
    assert refused(admin, theirs, connection_id=connection_id) == (409, "account_conflict")

    own(admin, acme, name)

    assert sign_in(admin, theirs, connection_id=connection_id)["user"]["id"] == account


def test_an_address_that_only_folds_to_one_of_the_domain_is_another_persons(
    admin: Admin, acme: str, name: str
) -> None:
    """`faß` folds to `fass`, and is another domain."""
    sign_in(admin, claims(secrets.token_hex(8), f"ada@faß-{name}"))
    own(admin, acme, f"fass-{name}")
    theirs = claims("theirs", f"ada@fass-{name}")

    found = refused(admin, theirs, connection_id=connect(admin, acme))

    assert found == (409, "account_conflict")


def test_an_address_that_only_folds_to_another_opens_nothing(
    admin: Admin, acme: str, name: str
) -> None:
    """Whoever has `faß…` proves nothing about `fass…`: no account, and no invitation."""
    sign_in(admin, claims(secrets.token_hex(8), f"ada@fass-{name}"))
    with transaction(admin.engine) as connection:
        invite(connection, acme, f"bob@fass-{name}", "admin")

    ada = refused(admin, claims(secrets.token_hex(8), f"ada@faß-{name}"))
    bob = sign_in(admin, claims(secrets.token_hex(8), f"bob@faß-{name}"))

    assert ada == (409, "account_conflict")
    assert bob["organization"] is None


def test_an_address_of_a_domain_that_an_organization_has_lost_does_not_lead_to_its_people(
    admin: Admin, acme: str, name: str
) -> None:
    """Whoever has the domain now hands out its addresses, also those that others had before."""
    domain_id = own(admin, acme, name)
    ada, bob = f"ada@{name}", f"bob@{name}"
    for email in (ada, bob):
        admin.post(f"/organizations/{acme}/memberships", {"email": email})
    newcomer = claims("newcomer", ada)
    known = sign_in(admin, claims("known", bob))["user"]["id"]
    admin.client.delete(f"/organizations/{acme}/domains/{domain_id}").raise_for_status()
    other = admin.organization()["id"]
    theirs_id = own(admin, other, name, auto_join="role")

    assert refused(admin, newcomer) == (409, "account_conflict")
    theirs = claims("theirs", ada)
    found = refused(admin, theirs, connection_id=connect(admin, other))
    assert found == (409, "account_conflict")
    assert sign_in(admin, claims("known", bob))["user"]["id"] == known
    # Given up, or not even claimed: whoever buys a domain need not say so.
    admin.client.delete(f"/organizations/{other}/domains/{theirs_id}").raise_for_status()
    assert refused(admin, newcomer) == (409, "account_conflict")
    own(admin, acme, name)
    assert sign_in(admin, newcomer)["organization"]["id"] == acme


def test_the_domain_leads_to_its_organization_and_to_none_that_merely_names_it(
    admin: Admin, acme: str, name: str
) -> None:
    connection_id = connect(admin, acme)
    named = admin.organization(policies={"allowed_email_domains": [name]})["id"]
    sought = {"email": f"somebody@{name.upper()}"}
    assert [one["id"] for one in admin.post("/discovery", sought)["data"]] == [named]

    domain_id = own(admin, acme, name)
    (found,) = admin.post("/discovery", sought)["data"]
    admin.client.delete(f"/organizations/{acme}/domains/{domain_id}").raise_for_status()

    assert (found["id"], found["found_by"]) == (acme, "verified_domain")
    assert [one["id"] for one in found["connections"]] == [connection_id]
    assert [one["id"] for one in admin.post("/discovery", sought)["data"]] == [named]


def test_whose_domain_it_is_comes_before_those_that_the_person_has_joined(
    admin: Admin, acme: str, name: str
) -> None:
    own(admin, acme, name)
    mine = admin.organization()["id"]
    email = f"ada@{name}"
    admin.post(f"/organizations/{mine}/memberships", {"email": email})
    admin.post(f"/organizations/{acme}/memberships", {"email": email})

    found = admin.post("/discovery", {"email": email})["data"]

    assert [(one["id"], one["found_by"]) for one in found] == [
        (acme, "verified_domain"),
        (mine, "membership"),
    ]
