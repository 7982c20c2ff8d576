"""Whose word a profile is, and in which organizations its changes are told."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from provisioning.store import directory_tables, people_tables
from provisioning.store.engine import reading, transaction
from tests.event_feed import check
from tests.tenant import Tenant, found, settled

ADDRESS = "ada@shared.test"


@pytest.fixture
def borealis(engine: Engine) -> Tenant:
    """Another organization: its directory is the authority of Ada's account."""
    return found(engine, "Borealis")


@pytest.fixture
def ada(acme: Tenant, borealis: Tenant) -> str:
    """Ada in Borealis's directory, once she is a member of both organizations."""
    ada = borealis.create(ADDRESS, displayName="Ada")
    borealis.drain()
    acme.create(ADDRESS, displayName="Not hers to say", externalId="1")
    acme.drain()
    (conflict,) = acme.conflicts()
    acme.decide(conflict.id, "link")
    settled(acme)
    assert acme.people()[ADDRESS].user_id == borealis.people()[ADDRESS].user_id
    return ada


def memberships_told(tenant: Tenant, after: int) -> Iterator[tuple[str, Any, Any]]:
    for event in tenant.events(after):
        if event["type"].startswith("organization_membership."):
            yield event["type"], event["data"]["user"], event["previous_attributes"]


def test_a_change_of_a_profile_is_told_in_every_organization(
    acme: Tenant, borealis: Tenant, ada: str
) -> None:
    before = {tenant: len(tenant.events()) for tenant in (acme, borealis)}

    borealis.edit(ada, displayName="Countess")
    drained = borealis.drain()
    settled(acme)

    assert drained.woken == {acme.organization_id}
    for tenant in (acme, borealis):
        ((kind, user, previous),) = memberships_told(tenant, before[tenant])
        assert kind == "organization_membership.updated"
        assert user["display_name"] == "Countess"
        assert previous == {"user": {"display_name": "Ada"}}
        check(tenant)


def test_what_changed_twice_before_it_could_be_told_is_told_once(
    acme: Tenant, borealis: Tenant, ada: str
) -> None:
    before = len(acme.events())

    for name in ("Augusta", "Countess"):
        borealis.edit(ada, displayName=name)
        borealis.drain()
    settled(acme)

    ((_, user, previous),) = memberships_told(acme, before)
    assert (user["display_name"], previous) == ("Countess", {"user": {"display_name": "Ada"}})


def test_what_changed_there_and_back_is_not_told_elsewhere(
    acme: Tenant, borealis: Tenant, ada: str
) -> None:
    before = acme.told()

    for name in ("Countess", "Ada"):
        borealis.edit(ada, displayName=name)
        borealis.drain()
    settled(acme)

    assert acme.told() == before


def test_who_was_removed_is_told_of_again_when_they_are_back(
    acme: Tenant, borealis: Tenant, ada: str
) -> None:
    (here,) = acme.rows(directory_tables.directory_users)
    acme.delete(here["id"])
    settled(acme)
    before = len(acme.events())

    borealis.edit(ada, displayName="Countess")
    borealis.drain()
    settled(acme)
    assert list(memberships_told(acme, before)) == []

    acme.create(ADDRESS, externalId="1")
    settled(acme)
    ((kind, user, _),) = memberships_told(acme, before)
    assert (kind, user["display_name"]) == ("organization_membership.created", "Countess")
    check(acme)


def test_whom_a_former_release_has_taken_in_is_not_told_of_again(
    acme: Tenant, borealis: Tenant, ada: str
) -> None:
    """It keeps no record of the profile that it told; what is shown is what it was."""
    with transaction(acme.engine) as connection:
        connection.execute(update(people_tables.memberships).values(told_profile="{}"))
    before = {tenant: len(tenant.events()) for tenant in (acme, borealis)}

    for tenant in (acme, borealis):
        tenant.resync()
        settled(tenant)
        assert list(memberships_told(tenant, before[tenant])) == []

    borealis.edit(ada, displayName="Countess")
    borealis.drain()
    settled(acme)
    for tenant in (acme, borealis):
        ((_, _, previous),) = memberships_told(tenant, before[tenant])
        assert previous == {"user": {"display_name": "Ada"}}
        check(tenant)


def test_a_change_that_shows_nowhere_else_wakes_nobody(
    acme: Tenant, borealis: Tenant, ada: str
) -> None:
    borealis.edit(ada, title="Countess")

    assert borealis.drain().woken == set()
    assert acme.drain().notes == 0


def test_an_address_that_is_let_go_wakes_whoever_is_in_conflict_about_it(
    acme: Tenant, borealis: Tenant
) -> None:
    ada = borealis.create(ADDRESS)
    borealis.drain()
    acme.create(ADDRESS)
    acme.drain()

    borealis.edit(ada, emails=[{"value": "ada@borealis.test"}])

    assert borealis.drain().woken == {acme.organization_id}
    settled(acme)
    assert acme.people()[ADDRESS].status == "active"


def test_a_profile_follows_the_next_directory_when_the_first_deletes_the_person(
    acme: Tenant,
) -> None:
    second = acme.add_directory()
    here = acme.create("ada@acme.test", displayName="Ada")
    acme.drain()
    there = acme.create("ada@acme.test", directory=second, displayName="Ada L.")
    settled(acme)
    before = len(acme.events())

    acme.delete(here)
    settled(acme)
    ((_, user, previous),) = memberships_told(acme, before)
    assert (user["display_name"], previous) == ("Ada L.", {"user": {"display_name": "Ada"}})

    acme.edit(there, directory=second, displayName="Countess")
    settled(acme)
    assert profile(acme, "ada@acme.test")["display_name"] == "Countess"


def test_a_profile_never_follows_another_organization(
    acme: Tenant, borealis: Tenant, ada: str
) -> None:
    (here,) = acme.rows(directory_tables.directory_users)

    borealis.delete(ada)
    settled(borealis)
    acme.edit(here["id"], displayName="Mallory", emails=[{"value": "mallory@acme.test"}])
    settled(acme)

    user = profile(acme, ADDRESS)
    assert (user["display_name"], user["email_key"]) == ("Ada", ADDRESS)
    assert user["authority_directory_id"] == borealis.directory.id


def test_of_two_who_share_a_mailbox_the_second_speaks_for_it_when_the_first_is_deleted(
    acme: Tenant,
) -> None:
    mailbox = [{"value": "sales@acme.test"}]
    ada = acme.create("ada", emails=mailbox)
    acme.drain()
    acme.create("bob", emails=mailbox)
    settled(acme)
    first, second = (row["user_id"] for row in by_directory_user(acme))

    acme.delete(ada)
    settled(acme)
    assert addresses(acme) == {first: None, second: "sales@acme.test"}

    acme.create("ada", emails=mailbox)
    settled(acme)
    assert addresses(acme) == {first: None, second: "sales@acme.test"}


def test_who_is_merely_suspended_keeps_the_shared_mailbox(acme: Tenant) -> None:
    mailbox = [{"value": "sales@acme.test"}]
    ada = acme.create("ada", emails=mailbox)
    acme.drain()
    acme.create("bob", emails=mailbox)
    acme.drain()
    before = addresses(acme)

    acme.edit(ada, active=False)
    settled(acme)

    assert addresses(acme) == before


def test_a_claim_does_not_reach_an_account_of_another_organization(
    acme: Tenant, borealis: Tenant
) -> None:
    borealis.create(ADDRESS)
    borealis.drain()
    here = acme.create("bob@acme.test")
    acme.drain()

    acme.edit(here, emails=[{"value": ADDRESS}])
    settled(acme)

    assert list(addresses(borealis).values()) == [ADDRESS]
    assert list(addresses(acme).values()) == [None]


def test_a_claim_does_not_reach_a_colleague_who_is_in_no_batch(acme: Tenant) -> None:
    second = acme.add_directory()
    ada = acme.create("ada@acme.test")
    acme.drain()
    there = acme.create("ada@acme.test", directory=second)
    bob = acme.create("bob@acme.test")
    acme.drain()
    acme.edit(there, directory=second, emails=[{"value": "bob@acme.test"}])
    acme.drain()

    # Ada's other directory, which says Bob's address, is the authority from here on.
    acme.delete(ada)
    settled(acme)

    users = {
        row["directory_user_id"]: row["user_id"] for row in acme.rows(people_tables.identities)
    }
    assert addresses(acme) == {users[there]: None, users[bob]: "bob@acme.test"}


def profile(tenant: Tenant, email: str) -> dict[str, Any]:
    with reading(tenant.engine) as connection:
        user = select(people_tables.users).where(people_tables.users.c.email == email)
        return dict(connection.execute(user).mappings().one())


def by_directory_user(tenant: Tenant) -> list[dict[str, Any]]:
    return sorted(
        tenant.rows(people_tables.identities), key=lambda row: str(row["directory_user_id"])
    )


def addresses(tenant: Tenant) -> dict[str, str | None]:
    """By member, the address that the account speaks for."""
    members = {person.user_id for _, person in tenant.members()}
    with reading(tenant.engine) as connection:
        rows = connection.execute(select(people_tables.users.c.id, people_tables.users.c.email_key))
        return {user_id: key for user_id, key in rows if user_id in members}
