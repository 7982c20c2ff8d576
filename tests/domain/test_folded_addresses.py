"""
`faß.test` folds to `fass.test`, and is another one's: what is meant for a person with an address of
the one reaches nobody with an address of the other.
"""

import pytest
from sqlalchemy import Engine

from provisioning import discovery, sign_ins
from provisioning.errors import Refused, Taken
from provisioning.proofs import Proof
from provisioning.sign_ins import SignInRules
from provisioning.store import admin_tables, issuers
from provisioning.store.engine import reading, transaction
from tests.tenant import Tenant, found

ADA, OTHER = "ada@faß.test", "Ada@fass.test"


@pytest.fixture
def acme(engine: Engine) -> Tenant:
    return found(engine)


def invitation_status(tenant: Tenant) -> str:
    (row,) = tenant.rows(admin_tables.invitations)
    return str(row["status"])


def test_an_invitation_brings_nobody_inside_the_scope_who_is_not_meant(acme: Tenant) -> None:
    acme.set_policies(provisioning_scope="hold")
    acme.invite(OTHER)
    ada = acme.create(ADA)
    acme.drain()
    assert acme.newcomers() == {ada: None}

    acme.edit(ada, userName=OTHER.upper())
    acme.drain()
    assert acme.newcomers() == {}


def test_whom_a_directory_brings_does_not_accept_it(acme: Tenant) -> None:
    acme.invite(OTHER, "admin")
    ada = acme.create(ADA)
    acme.drain()
    assert acme.people()[ADA].roles == {"member"}
    assert invitation_status(acme) == "pending"

    acme.edit(ada, userName=OTHER)
    acme.drain()
    assert "admin" in acme.people()[OTHER].roles
    assert invitation_status(acme) == "accepted"


def test_who_is_added_by_hand_does_not_accept_it(acme: Tenant, engine: Engine) -> None:
    found(engine, "Elsewhere").add(ADA)
    acme.invite(OTHER, "admin")
    acme.add(ADA, "guest")

    assert acme.people()[ADA].roles == {"guest"}
    assert invitation_status(acme) == "pending"


def test_nobody_is_added_by_an_address_that_folds_to_theirs(acme: Tenant, engine: Engine) -> None:
    found(engine, "Elsewhere").add(ADA)

    with pytest.raises(Taken):
        acme.add(OTHER)
    assert acme.people() == {}


def test_a_token_makes_nobody_else_a_member(acme: Tenant, engine: Engine) -> None:
    found(engine, "Elsewhere").add(ADA)
    token = acme.invite(OTHER).token

    with pytest.raises(Refused) as refusal:
        acme.accept(token)
    assert refusal.value.code == "account_conflict"
    assert (acme.people(), invitation_status(acme)) == ({}, "pending")


def test_nobody_is_led_to_the_organizations_of_the_other(acme: Tenant) -> None:
    acme.add(ADA)

    with reading(acme.engine) as connection:
        assert discovery.discover(connection, OTHER, None) == []
        (led,) = discovery.discover(connection, "ADA@Faß.Test", None)
    assert led.organization.id == acme.organization_id


def test_a_proof_of_one_is_none_of_the_other(acme: Tenant) -> None:
    """Ada's account is known by her identity, and her issuer calls her otherwise since."""
    acme.add(ADA)

    def verified(email: str) -> bool:
        with transaction(acme.engine) as connection:
            issuer_id = issuers.of_backend(connection, None, None, acme.acting.now)
            proof = Proof(issuer_id=issuer_id, subject="ada", email=email, email_verified=True)
            signed_in = sign_ins.sign_in(connection, proof, acme.acting, SignInRules())
        return signed_in.email_verified

    assert [verified(email) for email in (ADA, OTHER, "ADA@Faß.Test")] == [True, False, True]
