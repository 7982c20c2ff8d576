"""Who is who, through the database: returns, addresses, conflicts, on both engines."""

from provisioning.store import conflict_tables, people_tables, role_tables
from tests.tenant import Tenant, found, settled


def test_who_comes_back_gets_the_same_ids_and_grants(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test", externalId="1")
    group = acme.push("Engineering", ada)
    acme.map("Engineering", "admin")
    acme.drain()
    before, grants = acme.people(), {row["id"] for row in acme.rows(role_tables.grants)}

    acme.delete(ada)
    settled(acme)
    gone = acme.people()["ada@acme.test"]
    assert (gone.status, gone.roles) == ("removed", frozenset())

    acme.join(group, acme.create("ada@acme.test", externalId="1"))
    settled(acme)
    assert acme.people() == before
    assert {row["id"] for row in acme.rows(role_tables.grants)} == grants


def test_who_comes_back_between_two_drains_never_left(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test")
    acme.drain()
    before = acme.people()

    acme.delete(ada)
    acme.create("ada@acme.test")
    settled(acme)

    assert acme.people() == before


def test_one_directory_that_says_active_is_enough(acme: Tenant) -> None:
    second = acme.add_directory()
    here = acme.create("ada@acme.test")
    there = acme.create("ada@acme.test", directory=second)
    settled(acme)
    assert len(acme.people()) == 1

    acme.edit(here, active=False)
    settled(acme)
    assert acme.people()["ada@acme.test"].status == "active"

    acme.edit(there, directory=second, active=False)
    settled(acme)
    assert acme.people()["ada@acme.test"].status == "suspended"

    acme.delete(there, directory=second)
    acme.delete(here)
    settled(acme)
    assert acme.people()["ada@acme.test"].status == "removed"


def test_the_profile_follows_the_directory(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test", displayName="Ada")
    acme.drain()
    before = acme.people()["ada@acme.test"]

    acme.edit(ada, displayName="Countess", emails=[{"value": "Ada@new.test", "primary": True}])
    settled(acme)

    assert acme.people() == {"Ada@new.test": before}


def test_two_people_may_swap_their_addresses(acme: Tenant) -> None:
    ada, bob = acme.create("ada", emails=[{"value": "a@acme.test"}]), acme.create("b@acme.test")
    acme.drain()
    before = acme.people()

    acme.edit(ada, emails=[{"value": "b@acme.test"}])
    acme.edit(bob, emails=[{"value": "a@acme.test"}])
    settled(acme)

    after = acme.people()
    assert after["b@acme.test"] == before["a@acme.test"]
    assert after["a@acme.test"] == before["b@acme.test"]


def test_an_address_of_two_people_goes_to_the_second_when_the_first_lets_go(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test")
    bob = acme.create("bob@acme.test")
    acme.drain()
    acme.edit(bob, emails=[{"value": "ada@acme.test"}])
    settled(acme)

    # Bob is in no batch from here on: his account is found by the address it waits for.
    acme.edit(ada, emails=[{"value": "countess@acme.test"}])
    settled(acme)

    held = {row["directory_user_id"]: row["user_id"] for row in acme.rows(people_tables.identities)}
    people = {person.user_id: email for email, person in acme.people().items()}
    assert people[held[bob]] == "ada@acme.test"


def test_an_address_that_somebody_else_holds_does_not_stop_the_drain(acme: Tenant) -> None:
    second = acme.add_directory()
    ada = acme.create("ada@acme.test")
    acme.create("bob@acme.test")
    acme.drain()
    there = acme.create("ada@acme.test", directory=second)
    acme.drain()
    acme.edit(ada, emails=[{"value": "bob@acme.test"}])
    settled(acme)

    # Ada's account is looked at because of her other directory; Bob is in no batch.
    acme.edit(there, directory=second, displayName="Ada")
    settled(acme)


def test_a_newcomer_with_the_old_address_of_a_colleague_is_somebody_new(acme: Tenant) -> None:
    ada = acme.create("ada", emails=[{"value": "a@acme.test"}])
    acme.drain()

    acme.edit(ada, emails=[{"value": "ada@acme.test"}])
    acme.create("alan", emails=[{"value": "a@acme.test"}])
    settled(acme)

    assert len(acme.people()) == 2


def test_nobody_gains_an_account_by_typing_its_address(acme: Tenant) -> None:
    other = found(acme.engine, "Other")
    other.create("ada@acme.test")
    other.drain()

    acme.create("ada@acme.test")
    settled(acme)

    assert acme.people() == {}
    assert [row["resolved_at"] for row in acme.rows(conflict_tables.conflicts)] == [None]


def test_a_conflict_ends_when_its_reason_does(acme: Tenant) -> None:
    other = found(acme.engine, "Other")
    stranger = other.create("ada@acme.test")
    other.drain()
    ada = acme.create("ada@acme.test")
    bob = acme.create("bob", emails=[{"value": "ADA@acme.test"}])
    acme.drain()

    acme.delete(bob)
    acme.drain()
    assert len(acme.rows(conflict_tables.conflicts)) == 2
    open_ones = [row for row in acme.rows(conflict_tables.conflicts) if row["resolved_at"] is None]
    assert [row["directory_user_id"] for row in open_ones] == [ada]

    other.edit(stranger, emails=[{"value": "ada@other.test"}])
    other.drain()
    settled(acme)
    assert acme.people()["ada@acme.test"].status == "active"


def test_a_conflict_is_about_whoever_holds_the_present_address(acme: Tenant) -> None:
    other = found(acme.engine, "Other")
    other.create("ada@acme.test")
    other.create("bob@acme.test")
    other.drain()
    person = acme.create("ada@acme.test")
    settled(acme)

    acme.edit(person, emails=[{"value": "bob@acme.test"}])
    settled(acme)

    assert acme.told().count("conflict.opened") == 2
    assert acme.told().count("conflict.resolved") == 1


def test_who_was_in_conflict_may_turn_out_to_be_back(acme: Tenant) -> None:
    gone = acme.create("ada@acme.test", externalId="1")
    acme.drain()
    acme.delete(gone)
    other = found(acme.engine, "Other")
    other.create("bob@acme.test")
    other.drain()
    back = acme.create("bob@acme.test")
    settled(acme)
    assert acme.told().count("conflict.opened") == 1

    acme.edit(back, externalId="1")
    settled(acme)

    assert acme.people()["bob@acme.test"].status == "active"
