"""Somebody who has joined by signing in, and whom a directory brings as well."""

from sqlalchemy import Engine

from provisioning import sign_ins
from provisioning.clock import now
from provisioning.context import Acting
from provisioning.ids import ConnectionId
from provisioning.proofs import Proof
from provisioning.sign_ins import SignedIn, SignInRules
from provisioning.store import issuers
from provisioning.store.admin_tables import connections
from provisioning.store.engine import transaction
from tests.tenant import Tenant

EMAIL = "ada@acme.test"
CONNECTION = ConnectionId("con_1")


def sign_in(tenant: Tenant) -> SignedIn:
    """By a connection of the organization that assigns memberships."""
    engine: Engine = tenant.engine
    with transaction(engine) as connection:
        row = connection.execute(connections.select().where(connections.c.id == CONNECTION))
        if row.one_or_none() is None:
            connection.execute(
                connections.insert().values(
                    id=CONNECTION,
                    organization_id=tenant.organization_id,
                    display_name="Okta",
                    provider="okta",
                    protocol="oidc",
                    assign_membership_on_login=True,
                    created_at=now(),
                    updated_at=now(),
                )
            )
        proof = Proof(
            issuer_id=issuers.of_backend(connection, tenant.organization_id, CONNECTION, now()),
            subject="ada",
            organization_id=tenant.organization_id,
            connection_id=CONNECTION,
            email=EMAIL,
            name="Ada",
        )
        return sign_ins.sign_in(connection, proof, Acting(actor="test", now=now()), SignInRules())


def push(tenant: Tenant) -> str:
    """The directory brings the same person."""
    emails = [{"value": EMAIL, "primary": True}]
    user = tenant.create(EMAIL, emails=emails, displayName="Ada", active=True)
    tenant.drain()
    return user


def test_a_directory_takes_over_whom_a_sign_in_has_let_in(acme: Tenant) -> None:
    joined = sign_in(acme)
    before = acme.told()
    push(acme)

    person = acme.people()[EMAIL]
    assert joined.belonging is not None
    assert person.membership_id == joined.belonging.membership_id
    assert person.user_id == joined.account.id
    assert [name for name in acme.told()[len(before) :] if "grant" in name or "ship" in name] == []


def test_a_sign_in_finds_whom_a_directory_has_brought(acme: Tenant) -> None:
    push(acme)
    before = acme.told()

    found = sign_in(acme)

    assert (found.account.id, found.is_new) == (acme.people()[EMAIL].user_id, False)
    assert found.roles == ("member",)
    assert acme.told() == before
