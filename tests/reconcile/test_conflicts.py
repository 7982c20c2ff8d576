"""An address that is the account of somebody whom the organization does not know (pure)."""

from dataclasses import replace

from provisioning.ids import DirectoryUserId
from provisioning.reconcile.actions import CloseConflict, OpenConflict
from tests.reconcile.interpreter import reconcile
from tests.reconcile.state import State

ADA = "diruser_a"
BOB = "diruser_b"


def test_the_address_of_a_stranger_is_a_conflict_and_no_access(state: State) -> None:
    stranger = state.account("usr_1", "ada@acme.test")
    state.says(ADA, "ada@acme.test")
    (action,) = reconcile(state)

    assert isinstance(action, OpenConflict)
    assert (action.directory_user_id, action.user_id) == (DirectoryUserId(ADA), stranger)
    assert state.memberships == {}
    assert reconcile(state) == []


def test_a_conflict_is_moot_when_the_person_is_deleted(state: State) -> None:
    state.account("usr_1", "ada@acme.test")
    state.says(ADA, "ada@acme.test")
    reconcile(state)
    (conflict,) = state.conflicts

    state.changes(ADA, deleted=True)

    assert reconcile(state) == [CloseConflict(conflict, "moot")]


def test_a_conflict_is_moot_when_the_address_is_nobodys(state: State) -> None:
    state.account("usr_1", "ada@acme.test")
    state.says(ADA, "ada@acme.test")
    reconcile(state)
    (conflict,) = state.conflicts

    state.changes(ADA, email="countess@acme.test")
    actions = reconcile(state)

    assert CloseConflict(conflict, "moot") in actions
    assert state.status(ADA) == "active"


def test_a_conflict_ends_in_a_link_when_the_stranger_becomes_a_member(state: State) -> None:
    state.account("usr_1", "ada@acme.test")
    state.says(ADA, "ada@acme.test")
    reconcile(state)
    (conflict,) = state.conflicts

    member = state.account("usr_1", "ada@acme.test", member=True)
    actions = reconcile(state)

    assert CloseConflict(conflict, "link") in actions
    assert state.user(ADA) == member


def test_who_was_rejected_is_left_out_until_somebody_says_something_else(state: State) -> None:
    stranger = state.account("usr_1", "ada@acme.test")
    state.says(ADA, "ada@acme.test")
    reconcile(state)
    (conflict,) = state.conflicts
    state.conflicts[conflict] = replace(state.conflicts[conflict], rejected=True)

    assert reconcile(state) == []
    state.account("usr_1", "ada@acme.test", member=True)
    assert not [one for one in reconcile(state) if isinstance(one, CloseConflict)]

    state.decides(conflict, "link")
    reconcile(state)
    assert state.user(ADA) == stranger


def test_a_rejection_is_moot_when_the_address_is_nobodys(state: State) -> None:
    state.account("usr_1", "ada@acme.test")
    state.says(ADA, "ada@acme.test")
    reconcile(state)
    (conflict,) = state.conflicts
    state.conflicts[conflict] = replace(state.conflicts[conflict], rejected=True)

    state.changes(ADA, email="countess@acme.test")

    assert CloseConflict(conflict, "moot") in reconcile(state)
    assert state.status(ADA) == "active"


def test_another_strangers_address_is_another_conflict(state: State) -> None:
    state.account("usr_1", "ada@acme.test")
    second = state.account("usr_2", "bob@acme.test")
    state.says(ADA, "ada@acme.test")
    reconcile(state)

    state.changes(ADA, email="bob@acme.test")
    reconcile(state)

    (conflict,) = state.conflicts.values()
    assert conflict.user_id == second


def test_who_is_in_conflict_and_turns_out_to_be_back_has_none_any_more(state: State) -> None:
    state.says(ADA, "ada@acme.test", external_id="1")
    reconcile(state)
    before = state.user(ADA)
    state.changes(ADA, deleted=True)
    state.account("usr_1", "bob@other.test")
    state.says(BOB, "bob@other.test")
    reconcile(state)

    state.changes(BOB, external_id="1")
    reconcile(state)

    assert state.user(BOB) == before
    assert state.conflicts == {}


def test_an_administrator_links_the_person_to_the_account(state: State) -> None:
    stranger = state.account("usr_1", "ada@acme.test")
    state.says(ADA, "ada@acme.test")
    reconcile(state)
    (conflict,) = state.conflicts

    state.decides(conflict, "link")
    actions = reconcile(state)

    assert CloseConflict(conflict, "link") in actions
    assert (state.user(ADA), state.status(ADA)) == (stranger, "active")
    assert reconcile(state) == []


def test_an_administrator_keeps_them_apart(state: State) -> None:
    stranger = state.account("usr_1", "ada@acme.test")
    state.says(ADA, "ada@acme.test")
    reconcile(state)
    (conflict,) = state.conflicts

    state.decides(conflict, "keep_apart")
    actions = reconcile(state)

    assert CloseConflict(conflict, "keep_apart") in actions
    assert state.user(ADA) != stranger
    assert state.status(ADA) == "active"
    assert state.accounts[state.membership(ADA).user_id].email_key is None
    assert reconcile(state) == []


def test_two_people_of_one_directory_who_share_a_mailbox_are_two(state: State) -> None:
    state.says(ADA, "office@acme.test")
    state.says(BOB, "office@acme.test")
    reconcile(state)

    state.changes(ADA, active=False)
    reconcile(state)

    assert state.user(ADA) != state.user(BOB)
    assert (state.status(ADA), state.status(BOB)) == ("suspended", "active")
