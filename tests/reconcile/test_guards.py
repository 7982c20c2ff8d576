"""What guards hold of a directory's word: mass losses, and members whom no machine touches."""

from dataclasses import replace
from typing import Any

import pytest

from provisioning.reconcile.actions import CloseBreaker, TripBreaker, Unpark
from provisioning.reconcile.facts import OWNER, LeavingPolicy
from tests.reconcile.interpreter import reconcile
from tests.reconcile.state import ADMIN, ENTRA, GUEST, MEMBER, NOON, OKTA, State

PEOPLE = [f"diruser_{number}" for number in range(6)]
ADA, BOB, CEM, DOT, EVE, FAY = PEOPLE


@pytest.fixture
def staffed(state: State) -> State:
    """Six people who are all admins; the third one who leaves within the hour is too many."""
    state.guards(max_count=2)
    for key in PEOPLE:
        state.says(key, f"{key}@acme.test", roles=[ADMIN])
    reconcile(state)
    state.later(7200)
    return state


def statuses(state: State) -> list[str]:
    return [state.status(key) for key in PEOPLE]


def is_tripped(state: State) -> bool:
    return state.breakers[OKTA].tripped


@pytest.mark.parametrize("change", [{"active": False}, {"deleted": True}])
def test_too_many_at_once_are_all_held(staffed: State, change: dict[str, Any]) -> None:
    for key in PEOPLE:
        staffed.changes(key, **change)
    actions = reconcile(staffed)

    (tripped,) = (action for action in actions if isinstance(action, TripBreaker))
    assert (tripped.losses, tripped.people) == (6, 6)
    assert set(statuses(staffed)) == {"active"}
    assert all(staffed.roles(key) == {ADMIN, MEMBER} for key in PEOPLE)
    assert {one.reason for one in staffed.parked.values()} == {"mass_deprovisioning"}
    assert reconcile(staffed) == []


@pytest.mark.parametrize("deleted", [False, True])
def test_those_who_went_first_are_taken_back(staffed: State, *, deleted: bool) -> None:
    grants = {key: grant.id for key, grant in staffed.grants.items()}
    members = {key: staffed.membership(key).id for key in PEOPLE}
    for key in (ADA, BOB):
        staffed.changes(key, active=False, deleted=deleted)
        staffed.groups[key] = set()  # of whom is deleted no group says anything
        reconcile(staffed, key)
        staffed.later(60)
    assert "active" not in statuses(staffed)[:2]

    staffed.changes(CEM, active=False, deleted=deleted)
    reconcile(staffed, CEM)
    assert is_tripped(staffed)
    reconcile(staffed, ADA, BOB)

    assert set(statuses(staffed)) == {"active"}
    assert len(staffed.parked) == 3
    assert {key: staffed.membership(key).id for key in PEOPLE} == members
    assert {key: grant.id for key, grant in staffed.grants.items()} == grants
    assert all(staffed.roles(key) == {ADMIN, MEMBER} for key in PEOPLE)
    assert reconcile(staffed) == []


def test_whoever_went_before_the_window_stays_out(staffed: State) -> None:
    for key in PEOPLE:
        staffed.changes(key, active=False)
        reconcile(staffed, key)
        staffed.later(1801)

    assert set(statuses(staffed)) == {"suspended"}
    assert not is_tripped(staffed)


def test_a_few_of_many_are_believed(staffed: State) -> None:
    staffed.guards(max_count=2, max_share=0.6)
    for key in (ADA, BOB, CEM):
        staffed.changes(key, active=False)
    reconcile(staffed)

    assert statuses(staffed).count("suspended") == 3


def test_losses_that_were_taken_back_do_not_count(staffed: State) -> None:
    for key in PEOPLE:
        staffed.changes(key, active=False)
        reconcile(staffed, key)
        staffed.changes(key, active=True)
        reconcile(staffed, key)
    staffed.changes(ADA, deleted=True)
    reconcile(staffed)

    assert not is_tripped(staffed)
    assert staffed.status(ADA) == "removed"


def test_a_removal_of_who_is_suspended_is_no_further_loss(staffed: State) -> None:
    staffed.changes(ADA, active=False)
    staffed.changes(BOB, active=False)
    reconcile(staffed)
    staffed.changes(ADA, deleted=True)
    staffed.changes(BOB, deleted=True)
    reconcile(staffed)

    assert statuses(staffed)[:2] == ["removed", "removed"]
    assert not is_tripped(staffed)
    # But they went in this window, and come back with those who follow.
    staffed.changes(CEM, active=False)
    reconcile(staffed)
    assert set(statuses(staffed)) == {"active"}


@pytest.fixture
def tripped(staffed: State) -> State:
    """Four are held."""
    for key in (ADA, BOB, CEM, DOT):
        staffed.changes(key, active=False)
    reconcile(staffed)
    return staffed


def test_later_losses_are_held_and_everything_else_goes_on(tripped: State) -> None:
    tripped.later(7200)
    tripped.changes(EVE, active=False)
    tripped.says("diruser_new", "new@acme.test")
    tripped.changes(ADA, email="ada.lovelace@acme.test")
    tripped.groups[FAY] |= {GUEST}
    tripped.groups[BOB] |= {GUEST}
    reconcile(tripped)

    assert tripped.status(EVE) == "active"
    assert tripped.status("diruser_new") == "active"
    told = tripped.membership(ADA).told
    assert told is not None
    assert told.email == "ada.lovelace@acme.test"
    assert GUEST in tripped.roles(FAY) & tripped.roles(BOB)


def test_who_is_held_loses_no_role_that_groups_no_longer_give(tripped: State) -> None:
    tripped.groups[ADA] = set()
    tripped.changes(BOB, deleted=True)
    reconcile(tripped)

    assert tripped.roles(ADA) == tripped.roles(BOB) == {ADMIN, MEMBER}
    assert tripped.parked[tripped.membership(BOB).id].wanted_status == "removed"
    assert reconcile(tripped) == []


def test_a_mapping_that_an_administrator_removes_takes_its_role(tripped: State) -> None:
    for key, grant in tripped.grants.items():
        tripped.grants[key] = replace(grant, giving=None)
    tripped.groups[ADA] = set()
    reconcile(tripped)

    assert tripped.roles(ADA) == {MEMBER}


def test_the_idp_takes_it_back_by_itself_and_the_window_begins_anew(tripped: State) -> None:
    for key in (ADA, BOB, CEM):
        tripped.changes(key, active=True)
    reconcile(tripped)
    assert is_tripped(tripped)

    tripped.changes(DOT, active=True)
    actions = reconcile(tripped)
    assert {action.outcome for action in actions if isinstance(action, Unpark)} == {"withdrawn"}
    assert any(isinstance(action, CloseBreaker) for action in actions)
    assert not is_tripped(tripped)

    tripped.later(1)
    tripped.changes(ADA, active=False)
    tripped.changes(BOB, active=False)
    reconcile(tripped)
    assert statuses(tripped)[:2] == ["suspended", "suspended"]


def test_what_is_released_happens_and_counts_no_more(tripped: State) -> None:
    for key in (ADA, BOB, CEM, DOT):
        tripped.says_of_held(key, "released")
    actions = reconcile(tripped)

    assert statuses(tripped)[:4] == ["suspended"] * 4
    assert {action.outcome for action in actions if isinstance(action, Unpark)} == {"applied"}
    assert (is_tripped(tripped), tripped.parked) == (False, {})
    tripped.changes(EVE, active=False)
    reconcile(tripped)
    assert (tripped.status(EVE), is_tripped(tripped)) == ("suspended", False)


def test_some_may_be_released(tripped: State) -> None:
    tripped.says_of_held(ADA, "released")
    reconcile(tripped)

    assert statuses(tripped)[:4] == ["suspended", "active", "active", "active"]
    assert is_tripped(tripped)
    assert reconcile(tripped) == []


def test_who_is_rejected_stays_until_the_idp_says_something_else(tripped: State) -> None:
    for key in (ADA, BOB, CEM, DOT):
        tripped.says_of_held(key, "rejected")
    reconcile(tripped)
    assert not is_tripped(tripped)

    # That somebody is not to be suspended says nothing of a deletion.
    tripped.changes(ADA, deleted=True)
    tripped.changes(BOB, active=True)
    actions = reconcile(tripped)
    assert statuses(tripped)[:4] == ["removed", "active", "active", "active"]
    assert {one.outcome for one in actions if isinstance(one, Unpark)} == {"applied", "withdrawn"}
    assert {one.decision for one in tripped.parked.values()} == {"rejected"}
    assert len(tripped.parked) == 2

    tripped.says_of_held(CEM, "released")
    tripped.later(7200)
    tripped.changes(BOB, active=False)
    reconcile(tripped)
    assert statuses(tripped)[:4] == ["removed", "suspended", "suspended", "active"]


def test_a_rejected_deletion_outlasts_the_grace_period(staffed: State) -> None:
    staffed.policies[None] = LeavingPolicy(7 * 86400, None, NOON)
    for key in (ADA, BOB, CEM):
        staffed.changes(key, deleted=True, gone_at=staffed.now)
    reconcile(staffed)
    assert {one.wanted_status for one in staffed.parked.values()} == {"removed"}
    for key in (ADA, BOB, CEM):
        staffed.says_of_held(key, "rejected")
    reconcile(staffed)

    staffed.later(8 * 86400)
    assert reconcile(staffed) == []
    staffed.policies[None] = LeavingPolicy(0, None, staffed.now)
    assert reconcile(staffed) == []
    assert set(statuses(staffed)) == {"active"}


def test_a_new_word_on_who_was_rejected_is_judged_by_the_breaker(tripped: State) -> None:
    for key in (ADA, BOB, CEM, DOT):
        tripped.says_of_held(key, "rejected")
    reconcile(tripped)
    for key in (ADA, BOB, CEM):
        tripped.changes(key, deleted=True)
    actions = reconcile(tripped)

    (again,) = (action for action in actions if isinstance(action, TripBreaker))
    assert again.losses == 3
    assert statuses(tripped)[:4] == ["active"] * 4
    held = {tripped.parked[tripped.membership(key).id].decision for key in (ADA, BOB, CEM)}
    assert held == {None}
    assert reconcile(tripped) == []


def test_who_is_lost_elsewhere_keeps_the_breaker_open(staffed: State) -> None:
    staffed.changes(ADA, active=False)
    staffed.changes(BOB, active=False)
    reconcile(staffed)
    staffed.changes(CEM, active=False)
    reconcile(staffed, CEM)
    staffed.changes(CEM, active=True)
    reconcile(staffed, CEM)

    assert is_tripped(staffed)
    reconcile(staffed)
    assert set(statuses(staffed)) == {"active"}


def trip_without(state: State, *keys: str) -> None:
    """These went before the others, and are yet to be looked at."""
    others = [key for key in PEOPLE if key not in keys]
    for key in others[:3]:
        state.changes(key, active=False)
    reconcile(state, *others)
    assert is_tripped(state)


def test_who_was_marked_after_the_loss_is_taken_back_like_others(staffed: State) -> None:
    staffed.changes(ADA, active=False)
    reconcile(staffed, ADA)
    staffed.breaks_glass(ADA)
    trip_without(staffed, ADA)
    reconcile(staffed, ADA)

    assert staffed.status(ADA) == "active"
    assert staffed.parked[staffed.membership(ADA).id].reason == "break_glass"
    assert reconcile(staffed) == []
    for key in (BOB, CEM, DOT):
        staffed.changes(key, active=True)
    reconcile(staffed, BOB, CEM, DOT)
    assert not is_tripped(staffed)


def test_the_word_of_another_directory_that_is_deleted_takes_nobody_of_the_window(
    staffed: State,
) -> None:
    there = "diruser_there"
    staffed.says(there, f"{ADA}@acme.test", directory=ENTRA, active=False)
    reconcile(staffed)
    staffed.later(60)
    staffed.changes(ADA, active=False)
    reconcile(staffed, ADA)
    staffed.later(60)
    staffed.changes(there, deleted=True, disconnected=True)
    reconcile(staffed, there)
    assert staffed.status(ADA) == "suspended"
    trip_without(staffed, ADA)
    reconcile(staffed, ADA)

    assert staffed.status(ADA) == "active"
    assert reconcile(staffed) == []


def test_what_its_directory_had_lost_goes_with_it_and_holds_nothing_open(staffed: State) -> None:
    staffed.changes(ADA, active=False)
    reconcile(staffed, ADA)
    trip_without(staffed, ADA)
    for key in PEOPLE:
        staffed.changes(key, deleted=True, disconnected=True)
    for key in PEOPLE:
        reconcile(staffed, key)

    assert set(statuses(staffed)) == {"removed"}
    assert staffed.membership(ADA).lost is None
    assert not is_tripped(staffed)


def test_who_is_kept_by_hand_holds_nothing_open(staffed: State) -> None:
    staffed.changes(ADA, active=False)
    reconcile(staffed, ADA)
    trip_without(staffed, ADA)
    for key in PEOPLE:
        staffed.changes(key, deleted=True, disconnected=True, kept="direct")
    for key in PEOPLE:
        reconcile(staffed, key)

    assert staffed.status(ADA) == "suspended"
    assert not is_tripped(staffed)


def test_whom_an_administrator_suspended_stays_so(staffed: State) -> None:
    staffed.changes(ADA, active=False)
    reconcile(staffed)
    staffed.keep_out(staffed.membership(ADA).id)
    for key in PEOPLE:
        staffed.changes(key, active=False)
    reconcile(staffed)

    assert staffed.status(ADA) == "suspended"
    assert statuses(staffed)[1:] == ["active"] * 5


def test_a_directory_that_an_administrator_deletes_is_believed(staffed: State) -> None:
    for key in PEOPLE:
        staffed.changes(key, deleted=True, disconnected=True)
    reconcile(staffed)

    assert set(statuses(staffed)) == {"removed"}


def test_what_is_held_goes_with_the_deleted_directory(tripped: State) -> None:
    for key in PEOPLE:
        tripped.changes(key, deleted=True, disconnected=True)
    reconcile(tripped)

    assert set(statuses(tripped)) == {"removed"}
    assert (is_tripped(tripped), tripped.parked) == (False, {})


def test_another_directory_is_believed_meanwhile(tripped: State) -> None:
    tripped.says("diruser_guy", "guy@acme.test", directory=ENTRA)
    reconcile(tripped)
    tripped.changes("diruser_guy", active=False)
    reconcile(tripped)

    assert tripped.status("diruser_guy") == "suspended"


def test_a_breaker_that_is_switched_off_holds_nothing_more(tripped: State) -> None:
    tripped.breakers[OKTA] = replace(tripped.breakers[OKTA], enabled=False)
    tripped.changes(EVE, active=False)
    reconcile(tripped)

    assert tripped.status(EVE) == "suspended"
    assert tripped.membership(EVE).lost is None
    assert statuses(tripped)[:4] == ["active"] * 4


# --- members whom no machine touches -------------------------------------------------------------


@pytest.mark.parametrize("change", [{"active": False}, {"deleted": True}])
def test_no_directory_takes_a_break_glass_member(state: State, change: dict[str, Any]) -> None:
    state.says(ADA, "ada@acme.test", roles=[ADMIN])
    reconcile(state)
    state.breaks_glass(ADA)
    state.changes(ADA, **change)
    state.groups[ADA] = set()
    reconcile(state)

    assert (state.status(ADA), state.roles(ADA)) == ("active", {ADMIN, MEMBER})
    (parked,) = state.parked.values()
    assert parked.reason == "break_glass"
    assert reconcile(state) == []


def test_no_group_demotes_a_break_glass_member(state: State) -> None:
    state.says(ADA, "ada@acme.test", roles=[ADMIN])
    reconcile(state)
    state.breaks_glass(ADA)
    state.groups[ADA] = {GUEST}
    reconcile(state)

    assert state.roles(ADA) == {ADMIN, GUEST, MEMBER}
    (parked,) = state.parked.values()
    assert (parked.reason, parked.wanted_status) == ("break_glass", "active")
    state.groups[ADA] = {ADMIN, GUEST}
    (action,) = reconcile(state)
    assert isinstance(action, Unpark)
    assert action.outcome == "withdrawn"


def test_a_break_glass_member_may_rise(state: State) -> None:
    state.role_mode = "highest"
    state.says(ADA, "ada@acme.test", roles=[ADMIN])
    reconcile(state)
    state.breaks_glass(ADA)
    state.groups[ADA] = {ADMIN, OWNER}
    reconcile(state)

    assert (state.roles(ADA), state.parked) == ({OWNER}, {})


def test_what_is_held_of_a_break_glass_member_may_be_released(state: State) -> None:
    state.says(ADA, "ada@acme.test")
    reconcile(state)
    state.breaks_glass(ADA)
    state.changes(ADA, active=False)
    reconcile(state)
    state.says_of_held(ADA, "released")
    reconcile(state)

    assert (state.status(ADA), state.parked) == ("suspended", {})
    assert reconcile(state) == []


def test_a_decision_on_a_demotion_is_none_on_a_suspension(state: State) -> None:
    state.says(ADA, "ada@acme.test", roles=[ADMIN])
    reconcile(state)
    state.breaks_glass(ADA)
    state.groups[ADA] = set()
    reconcile(state)
    state.says_of_held(ADA, "released")
    state.changes(ADA, active=False)
    reconcile(state)

    assert (state.status(ADA), state.roles(ADA)) == ("active", {ADMIN, MEMBER})
    (parked,) = state.parked.values()
    assert (parked.wanted_status, parked.decision) == ("suspended", None)


@pytest.mark.parametrize("was_marked", [False, True])
def test_who_was_held_by_another_guard_is_held_with_the_others(
    staffed: State, *, was_marked: bool
) -> None:
    staffed.says(ADA, f"{ADA}@acme.test", roles=[ADMIN, OWNER])
    reconcile(staffed)
    if was_marked:
        staffed.breaks_glass(ADA)
    staffed.changes(ADA, active=False)
    reconcile(staffed)
    (before,) = staffed.parked.values()
    assert before.reason == ("break_glass" if was_marked else "last_owner")
    for key in (BOB, CEM, DOT):
        staffed.changes(key, active=False)
    reconcile(staffed)
    assert is_tripped(staffed)

    # Nothing stands in the way any more but the breaker.
    staffed.says(EVE, f"{EVE}@acme.test", roles=[ADMIN, OWNER])
    if was_marked:
        ada = staffed.membership(ADA)
        staffed.memberships[ada.id] = replace(ada, break_glass=False)
    reconcile(staffed)
    assert staffed.status(ADA) == "active"
    assert {one.reason for one in staffed.parked.values()} == {"mass_deprovisioning"}
    assert reconcile(staffed) == []
