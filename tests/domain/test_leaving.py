"""Who leaves does so by steps, each with its time, and may come back to what they had."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, update

from provisioning import clock
from provisioning.errors import NotFound, Refused
from provisioning.leaving_steps import INTERVAL, ring_due
from provisioning.store import directory_tables, note_tables, people_tables, role_tables
from provisioning.store.engine import transaction
from provisioning.store.leaving_steps import RETRY
from tests.tenant import Tenant, found, settled

DAY = timedelta(days=1)
GRACE, RETENTION = 7 * DAY, 30 * DAY
ADA = "ada@acme.test"


@pytest.fixture
def leaver(acme: Tenant) -> str:
    """Ada, an engineer and by hand an owner beside Bob; she may leave by steps."""
    acme.let_leave(GRACE, RETENTION)
    ada, bob = acme.create(ADA), acme.create("bob@acme.test")
    acme.push("Engineering", ada)
    acme.push("Owners", bob)
    acme.map("Engineering", "admin")
    acme.map("Owners", "owner")
    acme.drain()
    acme.grant(acme.people()[ADA].membership_id, "owner")
    acme.drain()
    return ada


def ids(acme: Tenant) -> dict[str, str]:
    """Of the grants that Ada has or has had, by role and source."""
    member = acme.people()[ADA].membership_id
    return {
        f"{grant['role_id']} {grant['source_type']}": grant["id"]
        for grant in acme.rows(role_tables.grants)
        if grant["membership_id"] == member
    }


def test_who_leaves_is_suspended_then_removed_then_purged(acme: Tenant, leaver: str) -> None:
    before = acme.people()[ADA]
    acme.delete(leaver)
    settled(acme)

    suspended = acme.people()[ADA]
    assert (suspended.status, suspended.sources) == ("suspended", before.sources)
    (removal,) = acme.foreseen()
    assert removal.step.step == "remove"
    assert removal.user_id == before.user_id
    due = removal.step.due_at
    assert due is not None
    assert abs(due - clock.now() - GRACE) < timedelta(minutes=1)

    acme.drain_at(due - timedelta(seconds=1))
    assert acme.people()[ADA] == suspended
    acme.drain_at(due + INTERVAL)
    assert acme.people()[ADA].status == "removed"
    assert acme.people()[ADA].sources == {("owner", "direct")}

    (purge,) = acme.foreseen()
    assert purge.step.step == "purge"
    assert purge.step.due_at == due + INTERVAL + RETENTION
    acme.drain_at(due + 2 * INTERVAL + RETENTION)
    assert acme.foreseen() == []
    (row,) = (
        row for row in acme.rows(people_tables.memberships) if row["id"] == before.membership_id
    )
    assert row["purged_at"] == due + 2 * INTERVAL + RETENTION
    assert told(acme) == [
        "organization_membership.updated",
        "leaving_step.scheduled",
        "organization_membership.deleted",
        "role_grant.deleted",
        "role_grant.deleted",
        "leaving_step.taken",
        "leaving_step.scheduled",
        "leaving_step.taken",
        "role_grant.deleted",
        "organization_membership.purged",
        "user.purged",
    ]


def told(acme: Tenant) -> list[str]:
    """Since Ada left, but for what is told of directories."""
    types = [event["type"] for event in acme.events()]
    left = types.index("leaving_step.scheduled") - 1
    return [name for name in types[left:] if not name.startswith("directory_")]


def test_a_policy_that_holds_anyway_is_no_news(acme: Tenant) -> None:
    acme.let_leave()
    acme.let_leave(directory=acme.directory)
    acme.let_leave(directory=acme.directory)

    (told,) = acme.told()
    assert told == "leaving_policy.updated"
    assert acme.events()[-1]["previous_attributes"] == {"inherited": True}


@pytest.mark.parametrize("step", ["suspended", "removed"])
def test_who_comes_back_has_the_same_ids_and_grants(acme: Tenant, leaver: str, step: str) -> None:
    before, grants = acme.people()[ADA], ids(acme)
    acme.delete(leaver)
    acme.drain()
    if step == "removed":
        acme.drain_at(clock.now() + GRACE)
    assert acme.people()[ADA].status == step

    back = acme.create(ADA)
    (engineering,) = (
        group["id"]
        for group in acme.rows(directory_tables.directory_groups)
        if "Eng" in group["display_name"]
    )
    acme.join(engineering, back)
    settled(acme)

    assert acme.people()[ADA] == before
    assert acme.people()[ADA].sources == before.sources
    assert ids(acme) == grants
    assert acme.foreseen() == []
    ended = [event for event in acme.events() if event["type"] == "leaving_step.cancelled"]
    assert [event["data"]["outcome"] for event in ended] == ["returned"]
    acme.drain_at(clock.now() + GRACE + RETENTION + DAY)
    assert acme.people()[ADA] == before


def test_who_comes_back_after_the_purge_is_somebody_new(acme: Tenant, leaver: str) -> None:
    before = acme.people()[ADA]
    purge(acme, leaver)
    assert ADA not in acme.people()

    acme.create(ADA)
    acme.drain()

    after = acme.people()[ADA]
    assert after.user_id != before.user_id
    assert after.membership_id != before.membership_id
    assert after.sources == {("member", "default")}


def purge(acme: Tenant, key: str) -> None:
    acme.delete(key)
    acme.drain()
    acme.drain_at(clock.now() + GRACE)
    acme.drain_at(clock.now() + GRACE + RETENTION + DAY)


def test_without_a_policy_who_is_let_go_is_removed_at_once(acme: Tenant) -> None:
    ada = acme.create(ADA)
    acme.drain()
    acme.delete(ada)
    acme.drain()

    assert acme.people()[ADA].status == "removed"
    assert acme.foreseen() == []


def test_a_directory_may_have_a_policy_of_its_own(acme: Tenant) -> None:
    acme.let_leave(GRACE)
    acme.let_leave(directory=acme.directory)
    other = acme.add_directory()
    ada, bob = acme.create(ADA), acme.create("bob@acme.test", other)
    acme.drain()
    acme.delete(ada)
    acme.delete(bob, other)
    acme.drain()

    assert acme.people()[ADA].status == "removed"
    assert acme.people()["bob@acme.test"].status == "suspended"


def test_who_is_still_known_to_another_directory_does_not_leave(acme: Tenant, leaver: str) -> None:
    other = acme.add_directory()
    acme.create(ADA, other)
    acme.drain()
    acme.delete(leaver)
    acme.drain()

    assert acme.people()[ADA].status == "active"
    assert acme.foreseen() == []


def test_a_removal_that_is_called_off_keeps_the_person_by_hand(acme: Tenant, leaver: str) -> None:
    before = acme.people()[ADA]
    acme.delete(leaver)
    acme.drain()

    acme.call_off(acme.foreseen()[0])
    acme.drain_at(clock.now() + GRACE + RETENTION + DAY)
    acme.resync()
    acme.drain_at(clock.now() + GRACE + RETENTION + 2 * DAY)

    kept = acme.people()[ADA]
    assert (kept.status, kept.membership_id) == ("active", before.membership_id)
    assert kept.sources == {("owner", "direct"), ("admin", "direct"), ("member", "default")}
    assert acme.foreseen() == []


def test_who_is_kept_may_lose_what_groups_gave(acme: Tenant, leaver: str) -> None:
    acme.delete(leaver)
    acme.drain()
    acme.call_off(acme.foreseen()[0], "drop")
    settled(acme)

    assert acme.people()[ADA].sources == {("owner", "direct"), ("member", "default")}
    acme.suspend(acme.people()[ADA].membership_id)
    acme.reactivate(acme.people()[ADA].membership_id)
    acme.drain()
    assert acme.people()[ADA].status == "active"


def unmap_admins(acme: Tenant) -> None:
    for mapping in acme.mappings():
        if mapping.role == "admin":
            acme.unmap(mapping)


@pytest.mark.parametrize("is_looked_at", [True, False])
def test_who_is_kept_has_nothing_of_a_mapping_that_was_removed(
    acme: Tenant, leaver: str, *, is_looked_at: bool
) -> None:
    acme.delete(leaver)
    acme.drain()
    unmap_admins(acme)
    if is_looked_at:
        acme.resync()
        settled(acme)

    acme.call_off(acme.foreseen()[0])
    settled(acme)

    assert acme.people()[ADA].sources == {("owner", "direct"), ("member", "default")}


def test_a_mapping_that_was_removed_before_its_directory_gives_nothing(
    acme: Tenant, leaver: str
) -> None:
    acme.delete(leaver)
    acme.drain()
    unmap_admins(acme)
    settled(acme)
    assert acme.people()[ADA].sources == {("owner", "direct"), ("member", "default")}

    acme.delete_directory()
    acme.drain()
    (removal,) = (one for one in acme.foreseen() if one.profile and one.profile.email == ADA)
    acme.call_off(removal)
    settled(acme)
    assert acme.people()[ADA].sources == {("owner", "direct"), ("member", "default")}


def test_who_is_kept_has_what_a_directory_gave_that_was_disconnected(
    acme: Tenant, leaver: str
) -> None:
    """Its mappings went with it; nobody has taken back what they gave."""
    acme.delete(leaver)
    acme.drain()
    acme.delete_directory()
    acme.drain()
    (removal,) = (one for one in acme.foreseen() if one.profile and one.profile.email == ADA)

    acme.call_off(removal)
    settled(acme)

    assert ("admin", "direct") in acme.people()[ADA].sources


def test_who_is_kept_and_comes_back_is_the_directorys_again(acme: Tenant, leaver: str) -> None:
    acme.delete(leaver)
    acme.drain()
    acme.call_off(acme.foreseen()[0])
    acme.drain()

    back = acme.create(ADA)
    acme.drain()
    acme.edit(back, active=False)
    acme.drain()

    assert acme.people()[ADA].status == "suspended"


def test_who_leaves_is_not_reactivated_but_called_off(acme: Tenant, leaver: str) -> None:
    acme.delete(leaver)
    acme.drain()
    member = acme.people()[ADA].membership_id

    with pytest.raises(Refused, match=r"call stp_.* off"):
        acme.reactivate(member)
    acme.suspend(member)
    acme.reactivate(member)
    acme.drain()

    assert acme.people()[ADA].status == "suspended"


def test_who_is_suspended_by_an_administrator_stays_so_when_kept(acme: Tenant, leaver: str) -> None:
    acme.suspend(acme.people()[ADA].membership_id)
    acme.delete(leaver)
    acme.drain()
    acme.call_off(acme.foreseen()[0])
    acme.drain()

    assert acme.people()[ADA].status == "suspended"


def test_a_step_is_put_off(acme: Tenant, leaver: str) -> None:
    acme.delete(leaver)
    acme.drain()
    (removal,) = acme.foreseen()
    later = clock.now() + 3 * GRACE

    acme.put_off(removal, later)
    acme.drain_at(clock.now() + 2 * GRACE)
    assert acme.people()[ADA].status == "suspended"
    acme.let_leave(DAY, RETENTION)
    acme.drain_at(clock.now() + 2 * GRACE + INTERVAL)
    assert acme.people()[ADA].status == "suspended"

    acme.drain_at(later + INTERVAL)
    assert acme.people()[ADA].status == "removed"
    with pytest.raises(NotFound):
        acme.put_off(removal, later + DAY)
    with pytest.raises(Refused, match="a time to come"):
        acme.put_off(acme.foreseen()[0], clock.now() - DAY)


def test_a_purge_that_is_called_off_waits_for_another_word(acme: Tenant, leaver: str) -> None:
    acme.delete(leaver)
    acme.drain()
    acme.drain_at(clock.now() + GRACE)
    (foreseen,) = acme.foreseen()

    acme.call_off(foreseen)
    (called_off,) = acme.foreseen()
    assert called_off.step.due_at is None
    much_later = clock.now() + 20 * RETENTION
    acme.resync()
    acme.drain_at(much_later)
    assert acme.people()[ADA].status == "removed"

    acme.put_off(called_off, clock.now() + DAY)
    acme.drain_at(much_later + INTERVAL)
    assert ADA not in acme.people()


def test_whom_an_administrator_removes_is_purged_by_the_organizations_policy(
    acme: Tenant,
) -> None:
    acme.let_leave(GRACE, RETENTION)
    member = acme.add("hand@acme.test")
    acme.remove(member)
    acme.drain()

    (foreseen,) = acme.foreseen()
    assert (foreseen.step.step, foreseen.step.membership_id) == ("purge", member)
    acme.add("hand@acme.test")
    acme.drain()
    assert acme.foreseen() == []


def test_a_new_policy_takes_nobody_by_surprise(acme: Tenant) -> None:
    ada = acme.create(ADA)
    acme.drain()
    acme.delete(ada)
    acme.drain()
    year_later = clock.now() + 365 * DAY

    acme.let_leave(GRACE, RETENTION, at=year_later)
    acme.drain_at(year_later)
    (foreseen,) = acme.foreseen()
    assert foreseen.step.due_at == year_later + DAY

    acme.let_leave(GRACE, None, at=year_later)
    acme.drain_at(year_later + 2 * DAY)
    assert acme.foreseen() == []
    assert acme.people()[ADA].status == "removed"


@pytest.mark.parametrize("shorter", [timedelta(0), timedelta(hours=1)])
def test_who_waits_already_is_told_a_day_before_a_shorter_period_ends(
    acme: Tenant, leaver: str, shorter: timedelta
) -> None:
    acme.delete(leaver)
    acme.drain()
    at = clock.now() + 5 * DAY

    acme.let_leave(shorter, RETENTION, at=at)
    acme.drain_at(at + timedelta(hours=2))
    (foreseen,) = acme.foreseen()
    assert (foreseen.step.step, foreseen.step.due_at) == ("remove", at + DAY)
    assert acme.people()[ADA].status == "suspended"

    acme.drain_at(at + DAY)
    assert acme.people()[ADA].status == "removed"


def test_a_purge_that_is_called_off_stays_so_under_another_policy(
    acme: Tenant, leaver: str
) -> None:
    acme.delete(leaver)
    acme.drain()
    acme.drain_at(clock.now() + GRACE)
    acme.call_off(acme.foreseen()[0])
    (called_off,) = acme.foreseen()

    acme.let_leave(GRACE, None)
    acme.drain()
    assert acme.foreseen() == [called_off]
    acme.let_leave(GRACE, DAY)
    acme.drain_at(clock.now() + 20 * RETENTION)

    assert acme.people()[ADA].status == "removed"
    assert [one.step.due_at for one in acme.foreseen()] == [None]


def test_whom_a_former_release_has_removed_is_purged_as_well(acme: Tenant, leaver: str) -> None:
    """It knows no `removed_at`, and works on while the database is migrated."""
    acme.delete(leaver)
    acme.drain()
    acme.drain_at(clock.now() + GRACE)
    with transaction(acme.engine) as connection:
        connection.execute(update(people_tables.memberships).values(removed_at=None))

    acme.drain_at(clock.now() + GRACE + RETENTION + DAY)

    assert ADA not in acme.people()


def test_the_last_owner_is_neither_suspended_nor_removed(acme: Tenant) -> None:
    acme.let_leave(GRACE)
    ada = acme.create(ADA)
    acme.push("Owners", ada)
    acme.map("Owners", "owner")
    acme.drain()
    acme.delete(ada)
    acme.drain()
    after = clock.now() + GRACE + DAY
    acme.drain_at(after)

    assert acme.people()[ADA].status == "active"

    acme.grant(acme.add("bob@acme.test"), "owner")
    acme.drain_at(after + RETRY)
    assert acme.people()[ADA].status == "removed"


def test_a_worker_that_dies_has_lost_nothing(acme: Tenant, leaver: str) -> None:
    """Between the note and the drain, a note is only a hint; the step is there until taken."""
    acme.delete(leaver)
    acme.drain()
    due = clock.now() + GRACE
    assert ring_due(acme.engine, due, lambda _: None) == 1
    with transaction(acme.engine) as connection:
        connection.execute(delete(note_tables.notes))
    assert ring_due(acme.engine, due + RETRY - INTERVAL, lambda _: None) == 0

    acme.drain_at(due + RETRY)

    assert acme.people()[ADA].status == "removed"


def test_two_beats_ring_once(acme: Tenant, leaver: str) -> None:
    acme.delete(leaver)
    acme.drain()
    due = clock.now() + GRACE
    rung: list[str] = []

    assert ring_due(acme.engine, due, rung.append) == 1
    assert ring_due(acme.engine, due, rung.append) == 0
    assert rung == [acme.organization_id]


# --- a directory that is disconnected ------------------------------------------------------------


def test_disconnecting_goes_by_the_same_steps(acme: Tenant, leaver: str) -> None:
    acme.revoke(acme.people()[ADA].membership_id, "owner")
    acme.delete_directory()
    acme.drain()

    assert acme.people()[ADA].status == "suspended"
    assert acme.people()["bob@acme.test"].status == "active"  # the last owner
    acme.drain_at(clock.now() + GRACE)
    assert acme.people()[ADA].status == "removed"


@pytest.mark.parametrize(
    ("roles", "sources"),
    [
        ("direct", {("owner", "direct"), ("admin", "direct"), ("member", "default")}),
        ("drop", {("owner", "direct"), ("member", "default")}),
    ],
)
def test_people_of_a_disconnected_directory_may_be_kept(
    acme: Tenant, leaver: str, roles: str, sources: set[tuple[str, str]]
) -> None:
    before = acme.people()[ADA]
    gone = acme.create("gone@acme.test")
    off = acme.create("off@acme.test", active=False)
    acme.drain()
    acme.delete(gone)
    acme.drain()
    assert off

    acme.delete_directory(kept_roles=roles)  # type: ignore[arg-type]
    acme.drain()
    acme.resync()
    acme.drain_at(clock.now() + GRACE + DAY)

    kept = acme.people()[ADA]
    assert (kept.status, kept.membership_id) == ("active", before.membership_id)
    assert kept.sources == sources
    assert acme.people()["off@acme.test"].status == "suspended"
    assert acme.people()["gone@acme.test"].status == "removed"
    acme.reactivate(acme.people()["off@acme.test"].membership_id)
    acme.drain()
    assert acme.people()["off@acme.test"].status == "active"
    assert acme.mappings() == []


def test_dropping_roles_leaves_an_owner(acme: Tenant, leaver: str) -> None:
    acme.revoke(acme.people()[ADA].membership_id, "owner")
    acme.drain()
    acme.delete_directory(kept_roles="drop")
    acme.drain()

    assert "owner" in acme.people()["bob@acme.test"].roles
    assert acme.people()["bob@acme.test"].status == "active"


def test_another_directory_that_knows_them_goes_on_deciding(acme: Tenant, leaver: str) -> None:
    other = acme.add_directory()
    there = acme.create(ADA, other)
    acme.drain()
    acme.delete_directory(kept_roles="direct")
    acme.drain()
    assert ("admin", "direct") not in acme.people()[ADA].sources

    acme.delete(there, other)
    acme.drain()
    assert acme.people()[ADA].status == "suspended"


def test_other_tenants_see_nothing_of_it(acme: Tenant, leaver: str) -> None:
    other = found(acme.engine, "Other")
    acme.delete(leaver)
    acme.drain()

    assert other.foreseen() == []
    with pytest.raises(NotFound):
        other.call_off(acme.foreseen()[0])


@pytest.mark.parametrize("said", ["suspended", "demoted", "newly known"])
def test_nobody_is_kept_as_they_were_before_what_the_directory_said_last(
    acme: Tenant, leaver: str, said: str
) -> None:
    if said == "suspended":
        acme.edit(leaver, active=False)
    elif said == "demoted":
        acme.leave(next(one["id"] for one in acme.rows(directory_tables.directory_groups)), leaver)
    else:
        acme.create("new@acme.test")
    with pytest.raises(Refused) as refused:
        acme.delete_directory(kept_roles="direct")
    assert refused.value.code == "directory_not_settled"

    acme.drain()
    acme.delete_directory(kept_roles="direct")
    settled(acme)

    people = acme.people()
    assert people[ADA].status == ("suspended" if said == "suspended" else "active")
    assert (("admin", "direct") in people[ADA].sources) == (said != "demoted")
    assert ("new@acme.test" in people) == (said == "newly known")


def test_a_backlog_of_another_directory_keeps_none_from_being_disconnected(
    acme: Tenant, leaver: str
) -> None:
    other = acme.add_directory()
    acme.create("there@acme.test", other)
    acme.delete_directory(kept_roles="direct")
    settled(acme)

    assert acme.people()[ADA].status == "active"


def _ended(acme: Tenant) -> list[str]:
    """How removals that were foreseen have ended, of whomever."""
    told = [one for one in acme.events() if one["type"].startswith("leaving_step.")]
    return [one["data"]["outcome"] for one in told if one["data"].get("outcome")]


def test_nothing_is_foreseen_for_whom_a_breaker_takes_back(acme: Tenant, leaver: str) -> None:
    others = [acme.create(f"{number}@acme.test") for number in range(3)]
    acme.guard(max_count=2, max_share=0.0)
    settled(acme)
    acme.delete(leaver)
    settled(acme)
    assert len(acme.foreseen()) == 1

    for key in others[:2]:
        acme.delete(key)
    settled(acme)

    assert acme.people()[ADA].status == "active"
    assert (acme.foreseen(), _ended(acme)) == ([], ["held"])


def marked_after_leaving(acme: Tenant, leaver: str) -> str:
    """The membership of Ada, who is suspended for the grace period and a break-glass member now."""
    member = acme.people()[ADA].membership_id
    acme.delete(leaver)
    acme.drain()
    acme.mark_break_glass(member)
    return member


def test_nothing_is_due_for_whom_a_guard_holds_and_an_administrator_suspends(
    acme: Tenant, leaver: str
) -> None:
    member = marked_after_leaving(acme, leaver)
    acme.suspend(member)
    later = clock.now() + GRACE + DAY
    acme.drain_at(later)

    assert acme.people()[ADA].status == "suspended"
    assert (acme.foreseen(), _ended(acme)) == ([], ["held"])
    # Nor is anybody woken for them every hour.
    assert ring_due(acme.engine, later + DAY, lambda _: None) == 0

    acme.release(member)
    acme.drain_at(later + DAY)
    assert acme.people()[ADA].status == "removed"
    assert [one.step.step for one in acme.foreseen()] == ["purge"]


def held_early(acme: Tenant, leaver: str, after: timedelta = GRACE / 2) -> tuple[str, datetime]:
    """Her membership, whose removal is due and held so long after she has gone; and when."""
    member = marked_after_leaving(acme, leaver)
    due = clock.now() + after
    acme.put_off(acme.foreseen()[0], due)
    acme.drain_at(due)
    assert acme.people()[ADA].status == "suspended"
    return member, due


@pytest.mark.parametrize("rejected", [False, True])
def test_a_removal_that_is_brought_forward_stays_due_while_a_guard_holds_it(
    acme: Tenant, leaver: str, *, rejected: bool
) -> None:
    member, due = held_early(acme, leaver)
    if rejected:
        acme.reject_held(member)
    for hour in range(1, 4):
        # Nobody is woken for her every hour; but a plan changes nothing, whoever asks for one.
        assert ring_due(acme.engine, due + hour * RETRY, lambda _: None) == 0
        acme.let_leave(GRACE, RETENTION + hour * DAY)
        acme.drain_at(due + hour * RETRY)
        assert acme.people()[ADA].status == "suspended"
        assert [one.step.due_at for one in acme.foreseen()] == [due]
    assert acme.told().count("change.held") == 1

    acme.release(member)
    acme.drain_at(due + 4 * RETRY)
    assert acme.people()[ADA].status == "removed"
    assert [one.step.step for one in acme.foreseen()] == ["purge"]


@pytest.mark.parametrize("kept_out", [False, True])
def test_who_is_back_while_a_removal_is_held_has_another_grace_period(
    acme: Tenant, leaver: str, *, kept_out: bool
) -> None:
    member, due = held_early(acme, leaver)
    if kept_out:
        acme.suspend(member)
    back = acme.create(ADA, active=kept_out)
    acme.drain_at(due + RETRY)
    assert acme.foreseen() == []

    acme.delete(back)
    acme.mark_break_glass(member, break_glass=False)
    acme.drain_at(due + 2 * RETRY)
    assert acme.people()[ADA].status == "suspended"
    assert [one.step.step for one in acme.foreseen()] == ["remove"]


def test_a_held_removal_that_is_put_off_again_is_not_told_as_done(
    acme: Tenant, leaver: str
) -> None:
    _, due = held_early(acme, leaver)
    acme.put_off(acme.foreseen()[0], due + DAY, at=due)
    acme.let_leave(GRACE, 2 * RETENTION)
    acme.drain_at(due + RETRY)

    (told,) = [one["data"] for one in acme.events() if one["type"] == "change.released"]
    assert told["outcome"] == "withdrawn"
    assert acme.people()[ADA].status == "suspended"


def test_a_removal_that_was_put_off_beyond_its_own_time_is_held_without_one(
    acme: Tenant, leaver: str
) -> None:
    held_early(acme, leaver, 2 * GRACE)

    assert (acme.foreseen(), _ended(acme)) == ([], ["held"])


@pytest.mark.parametrize("comes_back_late", [False, True])
def test_a_purge_that_is_put_off_keeps_its_time_while_nothing_is_purged(
    acme: Tenant, leaver: str, *, comes_back_late: bool
) -> None:
    acme.delete(leaver)
    gone = clock.now() + GRACE
    acme.drain()
    acme.drain_at(gone)
    wanted = gone + 2 * RETENTION
    acme.put_off(acme.foreseen()[0], wanted)

    acme.let_leave(GRACE, None, at=gone)
    acme.drain_at(gone)
    assert [one.step.due_at for one in acme.foreseen()] == [None]
    acme.drain_at(wanted + DAY)
    assert acme.people()[ADA].status == "removed"

    again = wanted + RETENTION if comes_back_late else gone + DAY
    acme.let_leave(GRACE, DAY, at=again)
    acme.drain_at(again)
    # Nobody is taken by surprise, and nothing comes before its time.
    (purge,) = acme.foreseen()
    assert purge.step.due_at == (again + DAY if comes_back_late else wanted)
    told = [one["type"] for one in acme.events() if one["type"].startswith("leaving_step.")]
    assert told[-3:] == ["leaving_step.postponed"] * 3


def test_a_purge_that_is_called_off_while_nothing_is_purged_has_no_time_any_more(
    acme: Tenant, leaver: str
) -> None:
    acme.delete(leaver)
    acme.drain()
    acme.drain_at(clock.now() + GRACE)
    acme.put_off(acme.foreseen()[0], clock.now() + RETENTION)
    acme.let_leave(GRACE, None)
    acme.drain()
    acme.call_off(acme.foreseen()[0])
    acme.let_leave(GRACE, DAY)
    acme.drain()

    assert [one.step.due_at for one in acme.foreseen()] == [None]
