"""From what an IdP writes to memberships and grants, through the database, on both engines."""

import pytest
from sqlalchemy import insert

from provisioning import clock
from provisioning.errors import Taken, UnknownMember
from provisioning.filters import Comparison, Target
from provisioning.member_changes import MemberChange
from provisioning.store import tables
from provisioning.store.engine import transaction
from tests.oracle import differences
from tests.tenant import Tenant, found


def settled(tenant: Tenant) -> None:
    """Drained, and as an independent reading of the tables says it should be."""
    tenant.drain()
    assert differences(tenant.engine, tenant.organization_id) == []


def test_a_new_person_becomes_a_member_with_the_default_role(acme: Tenant) -> None:
    acme.create("ada@acme.test")
    settled(acme)

    ada = acme.people()["ada@acme.test"]
    assert ada.status == "active"
    assert ada.sources == {("member", "default")}


def test_nothing_is_left_to_do_after_a_drain(acme: Tenant) -> None:
    acme.create("ada@acme.test")
    acme.drain()
    before = acme.told()

    assert acme.drain().notes == 0
    acme.resync()
    assert acme.drain().actions == 0
    assert acme.told() == before


def test_a_group_gives_its_role_and_takes_it_back(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test")
    group = acme.push("Engineering", ada)
    acme.map("Engineering", "admin")
    settled(acme)
    assert acme.people()["ada@acme.test"].roles == {"member", "admin"}

    acme.leave(group, ada)
    settled(acme)
    assert acme.people()["ada@acme.test"].roles == {"member"}


def test_a_role_that_comes_back_is_the_same_grant(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test")
    group = acme.push("Engineering", ada)
    acme.map("Engineering", "admin")
    acme.drain()
    before = {row["id"] for row in acme.rows(tables.grants)}

    acme.leave(group, ada)
    acme.drain()
    acme.join(group, ada)
    settled(acme)

    assert {row["id"] for row in acme.rows(tables.grants)} == before


def test_a_person_in_a_group_inside_a_group_has_the_outer_roles(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test")
    inner = acme.push("Backend", ada)
    middle = acme.push("Engineering", inner)
    outer = acme.push("Everybody", middle)
    acme.map("Everybody", "admin")
    settled(acme)
    assert "admin" in acme.people()["ada@acme.test"].roles

    acme.leave(outer, middle)
    settled(acme)
    assert "admin" not in acme.people()["ada@acme.test"].roles


def test_groups_that_contain_each_other_are_harmless(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test")
    one = acme.push("One", ada)
    two = acme.push("Two", one)
    acme.join(one, two)
    acme.map("Two", "admin")
    settled(acme)
    assert "admin" in acme.people()["ada@acme.test"].roles

    acme.unpush(two)
    settled(acme)
    assert "admin" not in acme.people()["ada@acme.test"].roles


def test_a_deleted_group_takes_its_roles_along(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test")
    inner = acme.push("Backend", ada)
    outer = acme.push("Everybody", inner)
    acme.map("Everybody", "admin")
    acme.drain()

    acme.unpush(outer)
    settled(acme)

    assert acme.people()["ada@acme.test"].roles == {"member"}


def test_members_are_replaced_as_a_whole(acme: Tenant) -> None:
    ada, bob, eve = (acme.create(f"{name}@acme.test") for name in ("ada", "bob", "eve"))
    group = acme.push("Engineering", ada, bob)
    acme.map("Engineering", "admin")
    acme.drain()

    acme.change(group, MemberChange(replaced=True, added=(bob, eve)))
    settled(acme)

    admins = {email for email, person in acme.people().items() if "admin" in person.roles}
    assert admins == {"bob@acme.test", "eve@acme.test"}


def test_members_leave_by_what_they_are(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test")
    inner = acme.push("Backend", acme.create("bob@acme.test"))
    group = acme.push("Engineering", ada, inner)
    acme.map("Engineering", "admin")
    acme.drain()

    kind = Target(("type",), "string", case_exact=False, multi_valued=False)
    acme.change(group, MemberChange(removed_where=(Comparison(kind, "eq", "user"),)))
    settled(acme)

    admins = {email for email, person in acme.people().items() if "admin" in person.roles}
    assert admins == {"bob@acme.test"}


def test_a_deleted_person_leaves_every_group(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test")
    acme.push("Engineering", ada)
    acme.drain()

    acme.delete(ada)
    settled(acme)

    assert acme.rows(tables.directory_group_members) == []


def test_an_unknown_member_changes_nothing(acme: Tenant) -> None:
    group = acme.push("Engineering")
    ada = acme.create("ada@acme.test")
    acme.drain()

    with pytest.raises(UnknownMember, match="diruser_nobody"):
        acme.join(group, ada, "diruser_nobody")

    assert acme.drain().notes == 0
    assert acme.rows(tables.directory_group_members) == []


def test_a_refused_change_leaves_no_note(acme: Tenant) -> None:
    acme.create("ada@acme.test")
    acme.drain()

    with pytest.raises(Taken):
        acme.create("ADA@acme.test")

    assert acme.drain().notes == 0


def test_suspended_people_keep_their_grants(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test")
    acme.push("Engineering", ada)
    acme.map("Engineering", "admin")
    acme.drain()

    acme.edit(ada, active=False)
    settled(acme)

    person = acme.people()["ada@acme.test"]
    assert person.status == "suspended"
    assert person.roles == {"member", "admin"}


def test_who_comes_back_gets_the_same_ids_and_grants(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test", externalId="1")
    group = acme.push("Engineering", ada)
    acme.map("Engineering", "admin")
    acme.drain()
    before, grants = acme.people(), {row["id"] for row in acme.rows(tables.grants)}

    acme.delete(ada)
    settled(acme)
    gone = acme.people()["ada@acme.test"]
    assert (gone.status, gone.roles) == ("removed", frozenset())

    acme.join(group, acme.create("ada@acme.test", externalId="1"))
    settled(acme)
    assert acme.people() == before
    assert {row["id"] for row in acme.rows(tables.grants)} == grants


def test_who_comes_back_between_two_drains_never_left(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test")
    acme.drain()
    before = acme.people()

    acme.delete(ada)
    acme.create("ada@acme.test")
    settled(acme)

    assert acme.people() == before


def test_manual_grants_survive_leaving_and_coming_back(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test")
    acme.drain()
    acme.grant(acme.people()["ada@acme.test"], "admin")

    acme.delete(ada)
    settled(acme)
    assert acme.people()["ada@acme.test"].roles == {"admin"}

    acme.create("ada@acme.test")
    settled(acme)
    assert acme.people()["ada@acme.test"].roles == {"admin", "member"}


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

    held = {row["directory_user_id"]: row["user_id"] for row in acme.rows(tables.identities)}
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
    assert [row["resolved_at"] for row in acme.rows(tables.conflicts)] == [None]


def test_a_conflict_ends_when_its_reason_does(acme: Tenant) -> None:
    other = found(acme.engine, "Other")
    stranger = other.create("ada@acme.test")
    other.drain()
    ada = acme.create("ada@acme.test")
    bob = acme.create("bob", emails=[{"value": "ADA@acme.test"}])
    acme.drain()

    acme.delete(bob)
    acme.drain()
    assert len(acme.rows(tables.conflicts)) == 2
    open_ones = [row for row in acme.rows(tables.conflicts) if row["resolved_at"] is None]
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


def test_the_default_role_and_the_role_mode_reach_everybody(acme: Tenant) -> None:
    ada, _ = acme.create("ada@acme.test"), acme.create("bob@acme.test")
    acme.push("Engineering", ada)
    acme.map("Engineering", "admin")
    acme.drain()

    acme.set_roles(default="guest", mode="highest")
    settled(acme)

    people = acme.people()
    assert people["ada@acme.test"].roles == {"admin"}
    assert people["bob@acme.test"].roles == {"guest"}


def test_the_last_owner_is_parked_until_there_is_another(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test")
    group = acme.push("Owners", ada)
    acme.map("Owners", "owner")
    settled(acme)

    acme.edit(ada, active=False)
    settled(acme)
    assert acme.people()["ada@acme.test"].status == "active"
    (parked,) = acme.rows(tables.parked_changes)
    assert parked["wanted_status"] == "suspended"

    acme.delete(ada)
    settled(acme)
    assert acme.people()["ada@acme.test"].status == "active"
    (parked,) = acme.rows(tables.parked_changes)
    assert parked["wanted_status"] == "removed"

    acme.join(group, acme.create("bob@acme.test"))
    settled(acme)
    people = acme.people()
    assert people["ada@acme.test"].status == "removed"
    assert "owner" in people["bob@acme.test"].roles
    assert acme.rows(tables.parked_changes) == []


def test_a_note_about_somebody_who_is_not_there_is_harmless(acme: Tenant) -> None:
    with transaction(acme.engine) as connection:
        for kind in ("user", "group", "group_members", "directory"):
            connection.execute(
                insert(tables.notes).values(
                    organization_id=acme.organization_id,
                    directory_id=acme.directory.id,
                    kind=kind,
                    key="nobody",
                    created_at=clock.now(),
                )
            )

    assert acme.drain().notes == 4
    assert acme.told() == []
