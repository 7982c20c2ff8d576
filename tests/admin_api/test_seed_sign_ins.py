"""Rows of the survey in test_seed_rows.py: signing up, connections, domains."""

import secrets
from pathlib import Path

import pytest
from sqlalchemy import Engine

from provisioning.sign_ins import PersonalOrganization
from provisioning.store.engine import transaction
from tests.admin_serving import Admin, admin_at, problem
from tests.serving import NOWHERE, application
from tests.signing_in import claims, invite, refused, sign_in, verified


@pytest.fixture
def domain() -> str:
    return f"{secrets.token_hex(6)}.example"


@pytest.mark.parametrize(
    ("setting", "alone", "invited"),
    [
        ("off", [], ["Acme"]),
        ("when_none_fits", ["John Doe"], ["Acme"]),
        ("always", ["John Doe"], ["Acme", "Jane Roe"]),
    ],
)
def test_s02_signing_up_makes_an_organization(
    engine: Engine,
    tmp_path: Path,
    setting: PersonalOrganization,
    alone: list[str],
    invited: list[str],
) -> None:
    """Of one's own, once, as its owner; its id is in both tokens."""
    with (
        application(engine, tmp_path, broker_url=NOWHERE, personal_organization=setting) as address,
        admin_at(address, engine, ["*"]) as admin,
    ):
        john = claims("auth|1", "john.doe@example.com", name="John Doe")
        jane = claims("auth|2", "jane.roe@example.com", name="Jane Roe")
        acme = admin.organization("Acme")["id"]
        with transaction(engine) as connection:
            invite(connection, acme, "jane.roe@example.com", "member")
        sign_in(admin, john)
        johns = sign_in(admin, john, tokens=True, client_id="product")
        janes = sign_in(admin, jane)
        made = admin.get("/organizations")["data"]

        tokens = [verified(admin, johns[name]) for name in ("id_token", "access_token")]

    assert [one["display_name"] for one in johns["organizations"]] == alone
    assert sorted(one["display_name"] for one in janes["organizations"]) == invited
    assert len(made) == len({"Acme", *alone, *invited})
    if alone:
        (own,) = [one["id"] for one in made if one["display_name"] == "John Doe"]
        assert [token["oid"] for token in tokens] == [own, own]
        assert johns["claims"]["roles"] == ["owner"]
    else:
        assert not any("oid" in token for token in tokens)


def test_s20_a_connection_says_whether_signing_in_makes_a_member(admin: Admin) -> None:
    """And is shown to who has to choose how to sign in."""
    organization_id = admin.organization()["id"]
    path = f"/organizations/{organization_id}/connections"
    okta = {"display_name": "Okta", "provider": "okta", "protocol": "oidc"}
    granting = admin.post(path, {**okta, "assign_membership_on_login": True})
    other = admin.post(path, {**okta, "assign_membership_on_login": False})
    email = f"{secrets.token_hex(8)}@acme.example"
    ada, bob = claims(secrets.token_hex(8), email), claims(secrets.token_hex(8))

    answer = sign_in(admin, ada, connection_id=granting["id"])
    assert answer["organization"]["id"] == organization_id
    assert answer["claims"]["roles"] == ["member"]
    assert refused(admin, bob, connection_id=other["id"]) == (409, "not_a_member")
    admin.client.patch(f"{path}/{granting['id']}", json={"assign_membership_on_login": False})
    admin.client.patch(f"{path}/{other['id']}", json={"assign_membership_on_login": True})

    assert sign_in(admin, bob, connection_id=other["id"])["claims"]["oid"] == organization_id
    assert sign_in(admin, ada, connection_id=granting["id"])["user"] == {
        **answer["user"],
        "is_new": False,
    }
    stranger = claims(secrets.token_hex(8))
    assert refused(admin, stranger, connection_id=granting["id"]) == (409, "not_a_member")
    (found,) = admin.post("/discovery", {"email": email})["data"]
    assert [one["id"] for one in found["connections"]] == [granting["id"], other["id"]]


def test_s31_an_organizations_domains_restrict_and_route(admin: Admin, domain: str) -> None:
    """The domains that it names; nobody is assigned by one that is not verified."""
    acme = admin.organization(policies={"allowed_email_domains": [domain]})
    path = f"/organizations/{acme['id']}"
    inside, outside = (
        {"email": f"ada-{secrets.token_hex(4)}@{host}"} for host in (domain, f"sub.{domain}")
    )

    for noun in ("memberships", "invitations"):
        more = {"send_email": False} if noun == "invitations" else {}
        refusal = admin.client.post(f"{path}/{noun}", json={**outside, **more})
        assert problem(refusal) == (409, "email_domain_not_allowed")
    member = admin.post(f"{path}/memberships", inside)
    assert admin.get(f"{path}/memberships")["data"] == [member]
    routed = admin.post("/discovery", {"email": f"somebody@{domain}"})["data"]
    assert [(one["id"], one["found_by"]) for one in routed] == [(acme["id"], "email_domain")]
    stranger = claims(secrets.token_hex(8), f"somebody@{domain}")
    assert sign_in(admin, stranger)["organizations"] == []


def test_s33_an_address_leads_to_its_organization(admin: Admin, domain: str) -> None:
    """And to the way in: what a login page needs before anybody has signed in."""
    acme = admin.organization(slug=domain, policies={"allowed_email_domains": [domain]})
    okta = {"display_name": "Okta", "provider": "okta", "protocol": "oidc"}
    path = f"/organizations/{acme['id']}/connections"
    connection = admin.post(path, {**okta, "assign_membership_on_login": True})
    email = f"Ada@{domain.upper()}"

    (found,) = admin.post("/discovery", {"email": email})["data"]
    (way,) = found["connections"]
    answer = sign_in(
        admin,
        claims(secrets.token_hex(8), email),
        connection_id=way["id"],
        redirect_url_template="https://app.example/{{org_slug}}/home",
    )

    assert (found["id"], way["id"]) == (acme["id"], connection["id"])
    assert answer["claims"]["oid"] == acme["id"]
    assert answer["redirect_url"] == f"https://app.example/{domain}/home"
    assert admin.post("/discovery", {"email": f"ada@other.{domain}"})["data"] == []
