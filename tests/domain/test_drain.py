"""From what an IdP writes to memberships and grants, through the database, on both engines."""

from itertools import count

import pytest
from sqlalchemy import insert

from provisioning import clock
from provisioning.drain import BATCH, drain
from provisioning.errors import Taken, UnknownMember
from provisioning.filters import Comparison, Target
from provisioning.member_changes import MemberChange
from provisioning.store import conflict_tables, directory_tables, note_tables, role_tables
from provisioning.store.engine import transaction
from tests.tenant import Tenant, settled


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
    assert acme.told() == [*before, "sync_run.started", "sync_run.completed"]


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
    before = {row["id"] for row in acme.rows(role_tables.grants)}

    acme.leave(group, ada)
    acme.drain()
    acme.join(group, ada)
    settled(acme)

    assert {row["id"] for row in acme.rows(role_tables.grants)} == before


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

    assert acme.rows(directory_tables.directory_group_members) == []


def test_an_unknown_member_changes_nothing(acme: Tenant) -> None:
    group = acme.push("Engineering")
    ada = acme.create("ada@acme.test")
    acme.drain()

    with pytest.raises(UnknownMember, match="diruser_nobody"):
        acme.join(group, ada, "diruser_nobody")

    assert acme.drain().notes == 0
    assert acme.rows(directory_tables.directory_group_members) == []


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


def test_manual_grants_survive_leaving_and_coming_back(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test")
    acme.drain()
    acme.grant(acme.people()["ada@acme.test"].membership_id, "admin")

    acme.delete(ada)
    settled(acme)
    assert acme.people()["ada@acme.test"].roles == {"admin"}

    acme.create("ada@acme.test")
    settled(acme)
    assert acme.people()["ada@acme.test"].roles == {"admin", "member"}


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
    (parked,) = acme.rows(conflict_tables.parked_changes)
    assert parked["wanted_status"] == "suspended"

    acme.delete(ada)
    settled(acme)
    assert acme.people()["ada@acme.test"].status == "active"
    (parked,) = acme.rows(conflict_tables.parked_changes)
    assert parked["wanted_status"] == "removed"

    acme.join(group, acme.create("bob@acme.test"))
    settled(acme)
    people = acme.people()
    assert people["ada@acme.test"].status == "removed"
    assert "owner" in people["bob@acme.test"].roles
    assert acme.rows(conflict_tables.parked_changes) == []


def test_a_note_about_somebody_who_is_not_there_is_harmless(acme: Tenant) -> None:
    with transaction(acme.engine) as connection:
        for kind in ("user", "group", "group_members", "directory"):
            connection.execute(
                insert(note_tables.notes).values(
                    organization_id=acme.organization_id,
                    directory_id=acme.directory.id,
                    kind=kind,
                    key="nobody",
                    created_at=clock.now(),
                )
            )

    assert acme.drain().notes == 4
    assert acme.told() == []


def test_a_drain_ends_with_the_batch_that_spends_its_budget(acme: Tenant) -> None:
    acme.note_nobody(2 * BATCH + 1)
    seconds = count(0, 3)  # a look at the clock takes three

    done = drain(
        acme.engine, acme.organization_id, clock.now, budget_seconds=5, monotonic=seconds.__next__
    )

    assert (done.notes, done.more) == (2 * BATCH, True)
    assert acme.drain().notes == 1


def test_a_drain_that_spends_its_budget_on_the_last_note_is_done(acme: Tenant) -> None:
    acme.note_nobody(BATCH)

    done = drain(acme.engine, acme.organization_id, clock.now, budget_seconds=0)

    assert (done.notes, done.more) == (BATCH, False)
