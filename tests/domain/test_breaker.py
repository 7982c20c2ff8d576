"""An IdP that lets go of everybody by mistake, through the database, on both engines."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Engine, event

from provisioning import breakers, clock, directory_users, roles
from provisioning.drain import drain
from provisioning.errors import NotFound, Refused
from provisioning.ids import DirectoryUserId, MembershipId
from provisioning.store import (
    breaker_tables,
    conflict_tables,
    directory_tables,
    facts,
    people_tables,
    role_tables,
)
from provisioning.store.engine import reading, transaction
from provisioning.store.memberships import get
from tests import event_feed
from tests.query_plans import counted
from tests.tenant import Tenant, context_of, found, settled
from tests.tenant_in_bulk import create_all, deactivate

TOO_MANY = 12
"""By the default policy, of so few people."""
ROLE = {"display_name": None, "description": None, "rank": 50, "permissions": (), "extends": None}


def trees(people: int, domain: str) -> list[dict[str, Any]]:
    addresses = [f"{number}@{domain}" for number in range(people)]
    return [{"userName": one, "emails": [{"value": one}]} for one in addresses]


def staffed(
    engine: Engine, people: int, domain: str = "x.test", *, are_admins: bool = True
) -> tuple[Tenant, list[str]]:
    """Everybody is a member."""
    tenant = found(engine, f"{people} people")
    addresses = [f"{number}@{domain}" for number in range(people)]
    keys = create_all(tenant, [{"userName": one, "emails": [{"value": one}]} for one in addresses])
    if are_admins:
        tenant.push("Engineering", *keys)
        tenant.map("Engineering", "admin")
    while tenant.drain().more:
        pass
    return tenant, keys


def delete(tenant: Tenant, keys: Sequence[str]) -> None:
    with transaction(tenant.engine) as connection:
        context = context_of(tenant.directory)
        for key in keys:
            directory_users.delete(connection, context, DirectoryUserId(key), if_version=None)


def parts(keys: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """So many at a time."""
    return (keys[start : start + size] for start in range(0, len(keys), size))


def access(tenant: Tenant) -> dict[str, tuple[str, ...]]:
    """Who may do what, by whose ids."""
    grants = {
        row["id"]: row["membership_id"]
        for row in tenant.rows(role_tables.grants)
        if row["revoked_at"] is None
    }
    may: dict[str, tuple[str, ...]] = {
        row["id"]: (row["user_id"],)
        for row in tenant.rows(people_tables.memberships)
        if row["status"] == "active"
    }
    for grant_id, membership_id in sorted(grants.items()):
        if membership_id in may:
            may[membership_id] += (grant_id,)
    return may


def held(tenant: Tenant) -> list[str]:
    return [row["membership_id"] for row in tenant.rows(conflict_tables.parked_changes)]


def is_tripped(tenant: Tenant) -> bool:
    rows = tenant.rows(breaker_tables.directory_breakers)
    return any(row["tripped_at"] is not None for row in rows)


def test_an_idp_that_deactivates_everybody_by_mistake_takes_nobodys_access(engine: Engine) -> None:
    people = 10_000 if engine.dialect.name == "postgresql" else 1_000
    tenant, keys = staffed(engine, people, are_admins=False)
    before = access(tenant)
    assert len(before) == people
    for size, part in zip(count(1), parts(keys, people // 50), strict=False):
        deactivate(tenant, part)
        if size <= 4 or size % 10 == 0:
            tenant.drain()
    while tenant.drain().more:
        pass

    assert access(tenant) == before
    assert len(held(tenant)) == people
    told = tenant.told()
    assert told.count("directory.breaker_tripped") == 1
    assert told.count("change.held") == people
    # The first of them went, and came back.
    assert 0 < told.count("organization_membership.updated") < people


def test_a_filter_that_deletes_everybody_by_mistake_takes_nobodys_access(engine: Engine) -> None:
    people = 300
    tenant, keys = staffed(engine, people)
    before = access(tenant)
    for part in parts(keys, people // 20):
        delete(tenant, part)
        tenant.drain()

    assert access(tenant) == before
    assert set(held(tenant)) == set(before)
    settled(tenant)
    event_feed.check(tenant)

    # The filter is mended: the IdP creates everybody again.
    create_all(tenant, trees(people, "x.test"))
    tenant.drain()
    assert access(tenant).keys() == before.keys()
    assert (held(tenant), is_tripped(tenant)) == ([], False)
    settled(tenant)


@pytest.mark.parametrize("people", [6, 60, 300])
def test_an_offboarding_of_five_goes_straight_through(engine: Engine, people: int) -> None:
    tenant, keys = staffed(engine, people)
    deactivate(tenant, keys[:3])
    delete(tenant, keys[3:5])
    settled(tenant)

    assert len(access(tenant)) == people - 5
    assert held(tenant) == []


@pytest.fixture
def tripped(engine: Engine) -> tuple[Tenant, list[str]]:
    """Twelve of thirty are held."""
    tenant, keys = staffed(engine, 30)
    deactivate(tenant, keys[:TOO_MANY])
    settled(tenant)
    assert len(held(tenant)) == TOO_MANY
    return tenant, keys


def test_the_idp_takes_it_back(tripped: tuple[Tenant, list[str]]) -> None:
    tenant, keys = tripped
    before = access(tenant)
    for key in keys[:TOO_MANY]:
        tenant.edit(key, active=True)
    settled(tenant)

    assert access(tenant) == before
    assert (held(tenant), is_tripped(tenant)) == ([], False)
    assert tenant.told().count("directory.breaker_closed") == 1


def test_some_are_released_and_some_rejected(tripped: tuple[Tenant, list[str]]) -> None:
    tenant, keys = tripped
    gone, stays, *_ = held(tenant)
    assert (tenant.release(gone), tenant.reject_held(stays)) == (1, 1)
    assert (tenant.release(gone), tenant.reject_held(stays)) == (0, 0)
    settled(tenant)

    assert gone not in access(tenant)
    assert stays in access(tenant)
    assert (len(held(tenant)), is_tripped(tenant)) == (TOO_MANY - 1, True)

    tenant.release()
    settled(tenant)
    assert (held(tenant), is_tripped(tenant)) == ([stays], False)
    assert len(access(tenant)) == 30 - TOO_MANY + 1
    # What was released is no loss of the new window.
    deactivate(tenant, keys[-5:])
    settled(tenant)
    assert len(access(tenant)) == 30 - TOO_MANY + 1 - 5
    # And the rejected one goes when it is released after all.
    tenant.release(stays)
    settled(tenant)
    assert stays not in access(tenant)
    event_feed.check(tenant)


def test_who_decided_is_told(tripped: tuple[Tenant, list[str]]) -> None:
    tenant, _ = tripped
    gone, stays, *_ = held(tenant)
    seen = len(tenant.events())
    tenant.release(gone)
    tenant.reject_held(stays)
    tenant.drain()

    told = {one["type"]: one for one in tenant.events(seen)}
    assert told["change.rejected"]["data"]["decided_by"] == "test"
    assert told["change.rejected"]["context"]["actor"] == "test"
    released = told["change.released"]["data"]
    assert (released["decided_by"], released["outcome"]) == ("test", "applied")
    assert released["reason"] == "mass_deprovisioning"


def test_nothing_is_decided_about_what_is_not_held(tripped: tuple[Tenant, list[str]]) -> None:
    tenant, _ = tripped
    free = next(key for key in access(tenant) if key not in held(tenant))
    for decide in (tenant.release, tenant.reject_held):
        with pytest.raises(NotFound):
            decide(held(tenant)[0], free)
    assert {row["decision"] for row in tenant.rows(conflict_tables.parked_changes)} == {None}


def test_everything_else_goes_on_meanwhile(tripped: tuple[Tenant, list[str]]) -> None:
    tenant, keys = tripped
    tenant.create("new@x.test", emails=[{"value": "new@x.test"}])
    tenant.edit(keys[0], displayName="Ada")
    guests = tenant.push("Guests", keys[0], keys[-1])
    tenant.map("Guests", "guest")
    settled(tenant)

    people = tenant.people()
    assert people["new@x.test"].status == "active"
    assert "guest" in people["0@x.test"].roles & people["29@x.test"].roles
    tenant.leave(guests, keys[0])
    settled(tenant)
    assert "guest" in tenant.people()["0@x.test"].roles
    # The IdP reads what it wrote.
    event_feed.check(tenant)


def test_a_mapping_an_administrator_removes_takes_its_role_of_held_people(engine: Engine) -> None:
    tenant, keys = staffed(engine, 30)
    tenant.push("Guests", *keys)
    mapping = tenant.map("Guests", "guest")
    tenant.drain()
    delete(tenant, keys[:TOO_MANY])
    settled(tenant)
    assert tenant.people()["0@x.test"].roles == {"admin", "guest", "member"}

    tenant.unmap(mapping)
    settled(tenant)
    assert tenant.people()["0@x.test"].roles == {"admin", "member"}


def test_a_mapping_that_waits_for_its_group_takes_its_role_when_it_goes(engine: Engine) -> None:
    tenant, keys = staffed(engine, 30)
    guests = tenant.push("Guests", *keys)
    mapping = tenant.map("Guests", "guest")
    tenant.drain()
    deactivate(tenant, keys[:TOO_MANY])
    tenant.drain()
    tenant.unpush(guests)
    settled(tenant)
    assert "guest" in tenant.people()["0@x.test"].roles

    tenant.unmap(mapping)
    settled(tenant)
    assert tenant.people()["0@x.test"].roles == {"admin", "member"}


@pytest.mark.parametrize("is_given_twice", [False, True])
def test_who_is_held_gets_the_role_that_replaces_another(
    engine: Engine, *, is_given_twice: bool
) -> None:
    tenant, keys = staffed(engine, 30)
    with transaction(engine) as connection:
        here = (connection, tenant.organization_id)
        made = [
            roles.create(*here, {**ROLE, "name": name}, tenant.acting)[0]
            for name in ("viewer", "reader")
        ]
    tenant.push("Viewers", *keys)
    tenant.map("Viewers", "viewer")
    if is_given_twice:
        tenant.map("Viewers", "reader")
    tenant.drain()
    tenant.mark_break_glass(tenant.people()["29@x.test"].membership_id)
    delete(tenant, keys[:TOO_MANY])
    settled(tenant)
    seen = len(tenant.events())

    with transaction(engine) as connection:
        here = (connection, tenant.organization_id)
        roles.delete(*here, "viewer", tenant.acting, replace_with="reader")
    settled(tenant)

    reader = made[1].id.removeprefix("role_")
    given = {person.roles for person in tenant.people().values()}
    assert given == {frozenset({"admin", "member", reader})}
    assert len(held(tenant)) == TOO_MANY
    sources = [one["data"]["source"] for one in tenant.events(seen) if "grant" in one["type"]]
    assert len(sources) == (30 if is_given_twice else 60)
    shown = {"type", "mapping_id", "group_id", "directory_id"}
    assert all(source.keys() == shown and None not in source.values() for source in sources)


def test_a_removal_by_hand_is_final(engine: Engine) -> None:
    tenant, keys = staffed(engine, 30)
    delete(tenant, keys[:TOO_MANY])
    settled(tenant)
    for membership_id in held(tenant):
        tenant.remove(membership_id)
    settled(tenant)

    assert len(access(tenant)) == 30 - TOO_MANY
    assert (held(tenant), is_tripped(tenant)) == ([], False)
    event_feed.check(tenant)


def test_a_suspension_by_hand_outlasts_what_is_held(tripped: tuple[Tenant, list[str]]) -> None:
    tenant, _ = tripped
    one = held(tenant)[0]
    tenant.suspend(one)
    settled(tenant)
    assert one not in access(tenant)

    tenant.reactivate(one)
    settled(tenant)
    assert one in access(tenant)
    assert one in held(tenant)


def test_deleting_the_directory_is_deliberate(engine: Engine) -> None:
    tenant, keys = staffed(engine, 30)
    deactivate(tenant, keys[:TOO_MANY])
    tenant.drain()
    tenant.delete_directory()
    settled(tenant)

    assert access(tenant) == {}
    assert (held(tenant), is_tripped(tenant)) == ([], False)


def test_who_was_rejected_goes_with_the_deleted_directory(
    tripped: tuple[Tenant, list[str]],
) -> None:
    tenant, _ = tripped
    tenant.reject_held()
    tenant.drain()
    tenant.delete_directory()
    settled(tenant)

    assert (held(tenant), access(tenant)) == ([], {})


def test_the_window_is_an_hour(engine: Engine) -> None:
    tenant, keys = staffed(engine, 30)
    for number, key in enumerate(keys[:20]):
        deactivate(tenant, [key])
        moment = clock.now() + timedelta(minutes=7 * number)
        drain(engine, tenant.organization_id, lambda at=moment: at)  # type: ignore[misc]

    assert len(access(tenant)) == 10
    assert held(tenant) == []


def test_a_policy_is_the_directorys_own(engine: Engine) -> None:
    tenant, keys = staffed(engine, 30)
    tenant.guard(max_count=2, max_share=0.0)
    tenant.guard(max_count=2)  # changes nothing
    deactivate(tenant, keys[:3])
    settled(tenant)
    assert len(held(tenant)) == 3

    tenant.guard(enabled=False)
    deactivate(tenant, keys[3:])
    settled(tenant)
    assert len(access(tenant)) == 3
    assert tenant.told().count("directory.breaker_updated") == 2
    event_feed.check(tenant)


def test_a_breaker_that_is_switched_on_again_begins_anew(
    tripped: tuple[Tenant, list[str]],
) -> None:
    tenant, keys = tripped
    for enabled in (False, True):
        seen = len(tenant.events())
        tenant.guard(enabled=enabled)
        (told,) = tenant.events(seen)
        assert told["data"]["tripped"] is False
        assert told.get("previous_attributes", {}).get("tripped", False) is not enabled
        settled(tenant)
        assert (len(held(tenant)), is_tripped(tenant)) == (TOO_MANY, False)
        # Real leavers: in the time between, and after it.
        deactivate(tenant, [keys[-1 - enabled]])
        settled(tenant)

    gone = {tenant.people()[f"{number}@x.test"].status for number in (28, 29)}
    assert gone == {"suspended"}
    # Too many are held, as ever; those two are none of them, and stay out.
    deactivate(tenant, keys[TOO_MANY : 2 * TOO_MANY])
    settled(tenant)
    assert is_tripped(tenant)
    assert len(held(tenant)) == 2 * TOO_MANY + 1
    assert tenant.people()["29@x.test"].status == "suspended"
    tenant.release()
    settled(tenant)
    assert (held(tenant), is_tripped(tenant)) == ([], False)
    event_feed.check(tenant)


def test_who_was_switched_off_with_is_shown_as_waiting(tripped: tuple[Tenant, list[str]]) -> None:
    tenant, _ = tripped
    tenant.guard(enabled=False)
    with reading(tenant.engine) as connection:
        state = breakers.of_directory(connection, tenant.organization_id, tenant.directory.id)

    assert (state.tripped_at, state.held) == (None, TOO_MANY)


def test_a_loss_that_nobody_will_take_back_keeps_no_breaker_open(engine: Engine) -> None:
    tenant, keys = staffed(engine, 30)
    other = tenant.add_directory()
    there = tenant.create("0", other, emails=[{"value": "0@x.test"}])
    tenant.drain()
    tenant.edit(there, other, active=False)
    deactivate(tenant, keys[:2])
    tenant.drain()
    ada, bob = (tenant.people()[f"{number}@x.test"].membership_id for number in (0, 1))
    assert not {ada, bob} & access(tenant).keys()
    tenant.delete_directory(other)
    tenant.mark_break_glass(bob)
    tenant.drain()
    deactivate(tenant, keys[2:TOO_MANY])
    settled(tenant)

    assert {ada, bob} < access(tenant).keys()
    tenant.release(*held(tenant))
    settled(tenant)
    assert (held(tenant), is_tripped(tenant)) == ([], False)
    # An hour later somebody leaves, and nobody keeps them.
    deactivate(tenant, keys[-1:])
    settled(tenant)
    assert tenant.people()["29@x.test"].status == "suspended"


class Killed(Exception):
    """The worker is no more."""


def test_a_worker_that_dies_between_loses_nothing(engine: Engine) -> None:
    tenant, keys = staffed(engine, 60)
    before = access(tenant)
    for part in parts(keys, 5):
        deactivate(tenant, part)
        killing = count(1)

        def listen(*_: object) -> None:
            # At its eighth write: rows of this batch are written, and nothing is committed.
            if next(killing) == 8:  # noqa: B023 - gone before the next turn
                raise Killed

        def on_write(*execution: object) -> None:
            if str(execution[2]).lstrip().startswith(("INSERT", "UPDATE", "DELETE")):
                listen()

        event.listen(engine, "before_cursor_execute", on_write)
        try:
            tenant.drain()
        except Killed:
            pass
        finally:
            event.remove(engine, "before_cursor_execute", on_write)
        tenant.drain()

    assert access(tenant) == before
    settled(tenant)
    event_feed.check(tenant)


def test_what_is_held_costs_a_drain_no_statement(engine: Engine) -> None:
    calm, _ = staffed(engine, 20, "calm.test")
    many, lots = staffed(engine, 600)
    calm_person, person = calm.create("new@calm.test"), many.create("new@many.test")
    calm.drain()
    deactivate(many, lots)
    many.drain()
    assert len(held(many)) == 600
    calm.edit(calm_person, title="Countess")
    many.edit(person, title="Countess")

    assert counted(many, many.drain) == counted(calm, calm.drain)


# --- members whom no machine touches -------------------------------------------------------------


def test_no_directory_takes_a_break_glass_member(engine: Engine) -> None:
    tenant, keys = staffed(engine, 3)
    ada = tenant.people()["0@x.test"].membership_id
    tenant.mark_break_glass(ada)
    tenant.mark_break_glass(ada)
    delete(tenant, keys)
    settled(tenant)

    assert access(tenant).keys() == {ada}
    assert tenant.people()["0@x.test"].roles == {"admin", "member"}
    (row,) = tenant.rows(conflict_tables.parked_changes)
    assert (row["reason"], row["said"]) == ("break_glass", "deleted")
    event_feed.check(tenant)

    tenant.mark_break_glass(ada, break_glass=False)
    settled(tenant)
    assert access(tenant) == {}
    assert held(tenant) == []
    event_feed.check(tenant)


def test_a_break_glass_members_demotion_may_be_released(engine: Engine) -> None:
    tenant, _ = staffed(engine, 2)
    ada = tenant.people()["0@x.test"].membership_id
    tenant.mark_break_glass(ada)
    (group,) = tenant.rows(directory_tables.directory_groups)
    tenant.unpush(group["id"])
    settled(tenant)
    assert tenant.people()["0@x.test"].roles == {"admin", "member"}
    assert tenant.people()["1@x.test"].roles == {"member"}

    tenant.release(ada)
    settled(tenant)
    assert tenant.people()["0@x.test"].roles == {"member"}


def test_an_administrator_may_suspend_a_break_glass_member(engine: Engine) -> None:
    tenant, _ = staffed(engine, 2)
    ada = tenant.people()["0@x.test"].membership_id
    tenant.mark_break_glass(ada)
    tenant.suspend(ada)
    settled(tenant)

    assert ada not in access(tenant)
    with reading(engine) as connection:
        member = get(connection, tenant.organization_id, MembershipId(ada))
    assert member is not None
    assert member.break_glass


def test_the_last_owner_cannot_be_released(engine: Engine) -> None:
    tenant, keys = staffed(engine, 1)
    tenant.map("Engineering", "owner")
    tenant.drain()
    deactivate(tenant, keys)
    settled(tenant)
    (owner,) = held(tenant)

    with pytest.raises(Refused) as refused:
        tenant.release(owner)
    assert refused.value.code == "last_owner"


@pytest.mark.parametrize("is_marked", [False, True])
def test_who_was_rejected_by_another_guard_is_asked_about_again_when_the_directory_goes(
    engine: Engine, *, is_marked: bool
) -> None:
    """What an administrator disconnects is no mistake of an IdP's; nor is it for who is marked."""
    tenant, keys = staffed(engine, 6)
    member = tenant.people()["0@x.test"].membership_id
    tenant.mark_break_glass(member)
    delete(tenant, keys[:1])
    settled(tenant)
    tenant.reject_held(member)
    tenant.mark_break_glass(member, break_glass=is_marked)
    settled(tenant)
    assert member in access(tenant)

    tenant.delete_directory()
    settled(tenant)
    assert (member in access(tenant)) == is_marked
    decisions = [row["decision"] for row in tenant.rows(conflict_tables.parked_changes)]
    assert decisions == [None] * is_marked

    # What is said of the disconnection itself holds.
    if is_marked:
        tenant.reject_held(member)
        tenant.mark_break_glass(member, break_glass=False)
        settled(tenant)
        assert member in access(tenant)


def test_a_last_owner_who_was_rejected_goes_after_the_directory_when_there_is_another(
    engine: Engine,
) -> None:
    tenant = found(engine)
    ada = tenant.create("ada@x.test")
    tenant.push("Owners", ada)
    tenant.map("Owners", "owner")
    settled(tenant)
    member = tenant.people()["ada@x.test"].membership_id
    tenant.delete(ada)
    settled(tenant)
    tenant.reject_held(member)
    tenant.delete_directory()
    settled(tenant)
    assert member in access(tenant)

    tenant.grant(tenant.add("bob@x.test"), "owner")
    settled(tenant)
    assert member not in access(tenant)


@pytest.fixture
def by_hand(engine: Engine) -> Tenant:
    """Twenty members whom no directory knows yet, and a breaker for so few."""
    tenant = found(engine)
    for number in range(20):
        tenant.add(f"{number}@x.test")
    tenant.guard(max_count=2, max_share=0.2)
    return tenant


@pytest.mark.parametrize(("inactive", "is_too_much"), [(4, False), (5, True)])
def test_a_first_synchronization_is_measured_by_all_whom_it_brings(
    by_hand: Tenant, inactive: int, *, is_too_much: bool
) -> None:
    """Of twenty members and two newcomers."""
    for number in range(22):
        address = f"{number}@x.test"
        by_hand.create(address, emails=[{"value": address}], active=number >= inactive)
    settled(by_hand)

    assert is_tripped(by_hand) == is_too_much
    assert len(access(by_hand)) == (22 if is_too_much else 22 - inactive)
    tripped = [one for one in by_hand.events() if one["type"] == "directory.breaker_tripped"]
    assert [(one["data"]["losses"], one["data"]["people"]) for one in tripped] == [
        (inactive, 22)
    ] * is_too_much


def test_a_first_synchronization_of_people_who_have_left_is_no_loss(by_hand: Tenant) -> None:
    """It neither trips the breaker, nor makes later losses look like few."""
    gone = [by_hand.create(f"gone-{number}", active=False) for number in range(40)]
    here = [
        by_hand.create(f"{number}@x.test", emails=[{"value": f"{number}@x.test"}])
        for number in range(10)
    ]
    with reading(by_hand.engine) as connection:
        keys = [DirectoryUserId(key) for key in gone]
        known = facts.read(connection, by_hand.organization_id, keys, clock.now())
    # Nobody is counted for whom nobody can be lost: that would cost each batch a look at everybody.
    assert [breaker.people for breaker in known.breakers] == [None]
    settled(by_hand)
    assert not is_tripped(by_hand)

    deactivate(by_hand, here[:3])
    settled(by_hand)
    assert is_tripped(by_hand)
    assert len(access(by_hand)) == 20
