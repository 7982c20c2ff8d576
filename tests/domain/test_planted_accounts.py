"""
An address of a domain that one organization has proven is claimed by no other organization's word:
nobody finds, or is led to, an account that lies in wait under it.
"""

from typing import Any

import pytest
from sqlalchemy import Engine, select

from provisioning.errors import Refused
from provisioning.ids import UserId
from provisioning.store import users
from provisioning.store.engine import reading, transaction
from provisioning.store.people_tables import users as accounts
from tests.oracle import differences
from tests.tenant import Tenant, acting, found, settled

CEO = "ceo@victim.test"


def account(tenant: Tenant, email: str = CEO) -> dict[str, Any]:
    """That of the member who is shown with the address."""
    with reading(tenant.engine) as connection:
        query = select(accounts).where(accounts.c.id == tenant.people()[email].user_id)
        return dict(connection.execute(query).mappings().one())


def settle_all(*tenants: Tenant) -> None:
    """Until nobody is woken any more."""
    for _ in range(3):
        for tenant in tenants:
            tenant.drain()
    for tenant in tenants:
        assert differences(tenant.engine, tenant.organization_id) == []


def test_a_directory_only_shows_an_address_of_anothers_domain(
    mallory: Tenant, victim: Tenant
) -> None:
    victim.own("victim.test")
    mallory.create(CEO)
    settled(mallory)

    planted = account(mallory)
    assert (planted["email"], planted["email_key"], planted["awaited_email_key"]) == (
        CEO,
        None,
        CEO,
    )
    assert mallory.people()[CEO].status == "active"


def test_the_owners_person_gets_an_account_of_their_own(mallory: Tenant, victim: Tenant) -> None:
    victim.own("victim.test")
    mallory.create(CEO)
    mallory.drain()
    victim.create(CEO)
    settle_all(victim, mallory)

    assert victim.conflicts() == []
    assert account(victim)["id"] != account(mallory)["id"]
    assert account(victim)["email_key"] == CEO


def test_a_changed_address_is_only_shown_as_well(mallory: Tenant, victim: Tenant) -> None:
    victim.own("victim.test")
    eve = mallory.create("eve@mallory.test")
    mallory.drain()
    mallory.edit(eve, userName=CEO)
    settled(mallory)

    assert account(mallory)["email_key"] is None


def test_addresses_that_are_equal_only_when_folded_are_of_two_domains(
    mallory: Tenant, victim: Tenant
) -> None:
    """`faß.test` folds to `fass.test`, whose owner has no say about it."""
    mallory.create("bob@faß.test")
    mallory.drain()
    victim.own("fass.test")
    mallory.create("ada@faß.test")
    settled(mallory)

    assert account(mallory, "ada@faß.test")["email_key"] == "ada@fass.test"
    assert account(mallory, "bob@faß.test")["email_key"] == "bob@fass.test"


def proven(mallory: Tenant) -> str:
    """Eve, as her directory knows her; she has shown `ceo@fass.test` to be hers."""
    eve = mallory.create("ceo@fass.test")
    mallory.drain()
    with transaction(mallory.engine) as connection:
        planted = UserId(account(mallory, "ceo@fass.test")["id"])
        users.claim_address(connection, planted, "ceo@fass.test", acting().now)
    return eve


def test_a_proof_of_one_domain_is_not_carried_to_another_that_folds_alike(
    mallory: Tenant, victim: Tenant
) -> None:
    """Eve has shown `ceo@fass.test` to be hers, and her directory writes `faß` instead."""
    eve = proven(mallory)
    victim.own("faß.test")
    mallory.edit(eve, userName="ceo@faß.test")
    settle_all(mallory, victim)

    assert account(mallory, "ceo@faß.test")["email_key"] is None
    victim.create("ceo@faß.test")
    settle_all(victim, mallory)
    assert account(victim, "ceo@faß.test")["email_key"] == "ceo@fass.test"


def test_who_verifies_it_later_finds_nobody_by_such_a_proof(
    mallory: Tenant, victim: Tenant
) -> None:
    eve = proven(mallory)
    mallory.edit(eve, userName="ceo@faß.test")
    settled(mallory)
    victim.own("faß.test")
    settle_all(mallory, victim)

    assert account(mallory, "ceo@faß.test")["email_key"] is None


def test_a_token_that_came_by_mail_shows_that_the_address_is_the_persons(
    mallory: Tenant, victim: Tenant, engine: Engine
) -> None:
    mallory.create(CEO)
    mallory.drain()
    guest = found(engine, "Guest")
    guest.accept(guest.invite(CEO).token)
    victim.own("victim.test")
    settle_all(victim, mallory, guest)

    assert account(guest)["id"] == account(mallory)["id"]
    assert account(mallory)["email_key"] == CEO


def test_a_token_that_the_inviter_was_shown_does_not(
    mallory: Tenant, victim: Tenant, engine: Engine
) -> None:
    mallory.create(CEO)
    mallory.drain()
    guest = found(engine, "Guest")
    guest.accept(guest.invite(CEO, shown=True).token)
    victim.own("victim.test")
    settle_all(victim, mallory, guest)

    assert account(mallory)["email_key"] is None


def test_what_was_planted_before_lets_the_address_go_when_the_domain_is_verified(
    mallory: Tenant, victim: Tenant
) -> None:
    mallory.create(CEO)
    mallory.create("eve@mallory.test")
    mallory.drain()
    victim.create(CEO)
    victim.drain()
    assert len(victim.conflicts()) == 1

    victim.own("victim.test")
    settle_all(victim, mallory)

    assert victim.conflicts() == []
    assert account(mallory)["email_key"] is None
    assert account(mallory, "eve@mallory.test")["email_key"] == "eve@mallory.test"
    assert account(victim)["id"] != account(mallory)["id"]
    mallory.resync()
    settle_all(victim, mallory)
    assert account(mallory)["email_key"] is None


def test_written_otherwise_it_lets_go_as_well(mallory: Tenant, victim: Tenant) -> None:
    """The name is ASCII, the address as people write it, and the key is folded."""
    mallory.create("ada@FAß.test")
    mallory.create("bob@fass.test")
    mallory.drain()
    victim.own("xn--fa-hia.test")
    mallory.drain()

    assert account(mallory, "ada@FAß.test")["email_key"] is None
    assert account(mallory, "bob@fass.test")["email_key"] == "bob@fass.test"


@pytest.mark.parametrize(
    "email", ["ceo@VICTIM.test.", '"ceo@mallory.test"@victim.test', "ceo@\uff56ictim\u3002test"]
)
def test_however_the_domain_is_written_it_lets_go(
    mallory: Tenant, victim: Tenant, email: str
) -> None:
    mallory.create(email)
    mallory.drain()
    held = account(mallory, email)["email_key"]
    domain = victim.own("victim.test")
    settle_all(mallory, victim)
    assert account(mallory, email)["email_key"] is None

    victim.disown(domain)
    settle_all(mallory, victim)
    assert account(mallory, email)["email_key"] == held


def test_whom_the_owner_has_taken_in_keeps_the_address(mallory: Tenant, victim: Tenant) -> None:
    mallory.create(CEO)
    mallory.drain()
    victim.create(CEO)
    victim.drain()
    (conflict,) = victim.conflicts()
    victim.decide(conflict.id, "link")
    victim.drain()
    victim.own("victim.test")
    settle_all(victim, mallory)

    assert account(victim)["id"] == account(mallory)["id"]
    assert account(victim)["email_key"] == CEO


def test_who_has_proven_the_address_keeps_it(mallory: Tenant, victim: Tenant) -> None:
    """A guest whom the other directory knows, and who has signed in with the address."""
    mallory.create(CEO)
    mallory.drain()
    with transaction(mallory.engine) as connection:
        users.claim_address(connection, UserId(account(mallory)["id"]), CEO, acting().now)
    victim.own("victim.test")
    mallory.resync()
    settle_all(victim, mallory)

    assert account(mallory)["email_key"] == CEO


def test_a_proven_address_survives_what_the_directory_says_of_the_name(
    mallory: Tenant, victim: Tenant
) -> None:
    guest = mallory.create(CEO)
    mallory.drain()
    with transaction(mallory.engine) as connection:
        users.claim_address(connection, UserId(account(mallory)["id"]), CEO, acting().now)
    victim.own("victim.test")
    mallory.edit(guest, displayName="The CEO")
    settle_all(victim, mallory)

    assert (account(mallory)["email_key"], account(mallory)["display_name"]) == (CEO, "The CEO")


def test_when_nobody_has_the_domain_any_more_who_was_shown_with_an_address_has_it(
    mallory: Tenant, victim: Tenant
) -> None:
    domain = victim.own("victim.test")
    mallory.create(CEO)
    mallory.drain()
    victim.disown(domain)
    settle_all(victim, mallory)

    assert account(mallory)["email_key"] == CEO

    victim.own("victim.test")
    settle_all(victim, mallory)
    assert account(mallory)["email_key"] is None


def test_an_organizations_key_adds_nobody_by_an_address_of_anothers_domain(
    mallory: Tenant, victim: Tenant
) -> None:
    victim.own("victim.test")

    with pytest.raises(Refused) as refusal:
        mallory.add(CEO, only_here=True)
    assert refusal.value.code == "email_domain_elsewhere"
    assert mallory.people() == {}
    mallory.add(CEO)  # the installation says so
    assert account(mallory)["email_key"] == CEO


def test_whom_an_organizations_key_has_added_before_lets_go(
    mallory: Tenant, victim: Tenant
) -> None:
    mallory.add(CEO, only_here=True)
    victim.own("victim.test")

    assert account(mallory)["email_key"] is None


def test_a_token_that_the_inviter_was_shown_proves_no_address_of_anothers_domain(
    mallory: Tenant, victim: Tenant
) -> None:
    before = mallory.invite("cfo@victim.test", shown=True)
    mallory.accept(before.token)
    victim.own("victim.test")
    shown = mallory.invite(CEO, shown=True)

    with pytest.raises(Refused) as refusal:
        mallory.accept(shown.token)
    assert refusal.value.code == "address_not_proven"
    assert account(mallory, "cfo@victim.test")["email_key"] is None
    sent = mallory.invite("cto@victim.test")
    mallory.accept(sent.token)
    assert account(mallory, "cto@victim.test")["email_key"] == "cto@victim.test"


def test_an_organization_that_goes_gives_up_all_its_names_at_once(
    mallory: Tenant, victim: Tenant
) -> None:
    for name in ("victim.test", "faß.test", "other.test"):
        victim.own(name)
    for email in (CEO, "ada@faß.test", "bob@mallory.test"):
        mallory.create(email)
    mallory.drain()
    victim.close()
    settled(mallory)

    held = [account(mallory, email)["email_key"] for email in (CEO, "ada@faß.test")]
    assert held == [CEO, "ada@fass.test"]
