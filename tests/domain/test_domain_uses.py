"""What a verified domain is good for in the directories and by hand; and no claim is good for."""

import pytest
from sqlalchemy import Engine, insert

from provisioning import domains
from provisioning.clock import now
from provisioning.errors import Refused
from provisioning.store import issuers
from provisioning.store.admin_tables import sign_in_identities
from provisioning.store.engine import transaction
from tests.oracle import differences
from tests.tenant import Tenant, found

ADA = "ada@acme.test"


@pytest.fixture
def elsewhere(engine: Engine) -> Tenant:
    """Where Ada has had an account before, whose address she has shown to be hers."""
    tenant = found(engine, "Elsewhere")
    tenant.create(ADA, displayName="Ada of Elsewhere")
    tenant.drain()
    tenant.show_address(ADA)
    return tenant


@pytest.fixture
def acme(engine: Engine, elsewhere: Tenant) -> Tenant:
    """Its directory knows her, too: she waits."""
    tenant = found(engine)
    tenant.create(ADA, displayName="Ada of Acme")
    tenant.drain()
    assert tenant.people() == {}
    return tenant


def test_verifying_the_domain_resolves_the_conflict_by_itself(
    acme: Tenant, elsewhere: Tenant
) -> None:
    acme.own("acme.test")
    acme.drain()

    assert acme.conflicts() == []
    assert acme.people()[ADA].user_id == elsewhere.people()[ADA].user_id
    assert acme.people()[ADA].status == "active"
    assert acme.told()[-6:] == [
        "organization_domain.verified",
        "sync_run.started",
        "conflict.resolved",
        "organization_membership.created",
        "role_grant.created",
        "sync_run.completed",
    ]
    assert differences(acme.engine, acme.organization_id) == []


def test_an_account_that_somebody_else_may_sign_in_as_is_not_linked(
    acme: Tenant, elsewhere: Tenant
) -> None:
    """Elsewhere's directory may have given the account of its Eve the address, and Ada found it."""
    account = elsewhere.people()[ADA].user_id
    moment = now()
    with transaction(acme.engine) as connection:
        issuer_id = issuers.of_backend(connection, None, None, moment)
        connection.execute(
            insert(sign_in_identities).values(
                id="sid_1", user_id=account, issuer_id=issuer_id, subject="eve", created_at=moment
            )
        )

    acme.own("acme.test")
    acme.drain()

    assert [conflict.user_id for conflict in acme.conflicts()] == [account]
    assert acme.people() == {}


def test_a_claim_alone_resolves_nothing(acme: Tenant) -> None:
    with transaction(acme.engine) as connection:
        domains.claim(connection, acme.organization_id, "acme.test", acme.acting)
    acme.resync()
    acme.drain()

    assert len(acme.conflicts()) == 1
    assert acme.people() == {}
    with pytest.raises(Refused, match="another organization's"):
        acme.add(ADA, only_here=True)


def test_a_claim_alone_keeps_nobody_out(acme: Tenant) -> None:
    with transaction(acme.engine) as connection:
        claimed = domains.claim(connection, acme.organization_id, "acme.test", acme.acting)
        restrict = {"restrict_email": True}
        domains.update(connection, acme.organization_id, claimed.id, restrict, acme.acting)

    acme.invite("gus@other.test")


def test_another_organizations_domain_resolves_nothing(acme: Tenant, elsewhere: Tenant) -> None:
    elsewhere.own("acme.test")
    acme.resync()
    acme.drain()

    assert len(acme.conflicts()) == 1


def test_the_profile_follows_the_owner_of_the_domain_in_every_organization(
    acme: Tenant, elsewhere: Tenant
) -> None:
    acme.own("acme.test")
    done = acme.drain()
    assert done.woken == {elsewhere.organization_id}
    elsewhere.drain()

    (event,) = [
        event for event in elsewhere.events() if event["type"] == "organization_membership.updated"
    ]
    assert event["data"]["user"]["display_name"] == "Ada of Acme"
    assert event["previous_attributes"] == {"user": {"display_name": "Ada of Elsewhere"}}


def test_what_the_former_authority_says_of_the_profile_counts_no_more(
    acme: Tenant, elsewhere: Tenant
) -> None:
    acme.own("acme.test")
    acme.drain()
    elsewhere.edit(elsewhere.create("x"), displayName="X")
    elsewhere.resync()
    elsewhere.drain()
    acme.drain()

    for tenant in (acme, elsewhere):
        assert tenant.events()[-1]["data"].get("user", {}).get("display_name") != "Ada of Elsewhere"
        assert differences(tenant.engine, tenant.organization_id) == []


def test_who_was_linked_stays_when_the_domain_is_given_up(acme: Tenant) -> None:
    domain = acme.own("acme.test")
    acme.drain()
    acme.disown(domain)
    acme.resync()
    acme.drain()

    assert acme.people()[ADA].status == "active"


def test_a_later_owner_of_the_domain_gets_nobody_of_the_former_one(
    acme: Tenant, engine: Engine
) -> None:
    """Its directory has to name them, and then they join it, with what it grants them itself."""
    domain = acme.own("acme.test")
    acme.drain()
    acme.disown(domain)
    heir = found(engine, "Heir")
    heir.own("acme.test")
    heir.drain()

    assert heir.people() == {}
    heir.create("bob@acme.test")
    heir.drain()
    assert set(heir.people()) == {"bob@acme.test"}
    assert set(acme.people()) == {ADA}


def test_invitations_and_additions_are_kept_to_restricting_domains(acme: Tenant) -> None:
    domain = acme.own("acme.test")
    acme.add("eve@other.test")
    with transaction(acme.engine) as connection:
        restrict = {"restrict_email": True}
        domains.update(connection, acme.organization_id, domain.id, restrict, acme.acting)

    for refused in (acme.add, acme.invite):
        with pytest.raises(Refused, match="does not allow addresses") as refusal:
            refused("gus@other.test")
        assert refusal.value.code == "email_domain_not_allowed"
    acme.invite("gus@ACME.test")
    acme.add("hal@acme.test")
    acme.disown(domain)
    acme.invite("ian@other.test")


def test_whose_domain_it_is_may_add_the_holder_of_an_address(acme: Tenant) -> None:
    """With the key of the organization alone, which otherwise reaches no stranger's account."""
    with pytest.raises(Refused, match="another organization's"):
        acme.add(ADA, only_here=True)

    acme.own("acme.test")
    acme.add(ADA, only_here=True)
    acme.drain()

    assert acme.people()[ADA].status == "active"
    assert acme.conflicts() == []
