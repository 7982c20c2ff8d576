"""Who a directory user is: known, back, the holder of the address, in conflict, or new."""

from provisioning.ids import DirectoryUserId
from provisioning.reconcile.actions import CloseConflict, CreateUser, OpenConflict
from tests.reconcile.state import ENTRA, OKTA, State

ADA = "diruser_a"
BOB = "diruser_b"
CEM = "diruser_c"


def test_somebody_with_an_address_that_nobody_has_is_a_new_user(state: State) -> None:
    state.says(ADA, "ada@acme.test")
    state.reconcile()

    user = state.user(ADA)
    assert user is not None
    assert state.accounts[user].authority_directory_id == OKTA
    assert state.accounts[user].email_key == "ada@acme.test"


def test_people_without_an_address_are_each_somebody_new(state: State) -> None:
    state.says(ADA)
    state.says(BOB)
    state.reconcile()

    assert state.user(ADA) != state.user(BOB)


def test_who_is_known_stays_the_same_whatever_changes(state: State) -> None:
    state.says(ADA, "ada@acme.test", external_id="1")
    state.account("usr_other", "bob@acme.test")
    state.reconcile()
    before = state.user(ADA)

    state.says(ADA, "bob@acme.test", external_id="2", user_name="another")
    state.reconcile()

    assert state.user(ADA) == before
    assert state.conflicts == {}


def test_an_address_of_another_account_is_shown_but_not_spoken_for(state: State) -> None:
    state.says(ADA, "ada@acme.test")
    state.reconcile()
    other = state.account("usr_other", "bob@other.test")

    state.changes(ADA, email="bob@other.test")
    state.reconcile()

    account = state.accounts[state.membership(ADA).user_id]
    assert (account.profile.email, account.email_key) == ("bob@other.test", None)
    assert state.accounts[other].email_key == "bob@other.test"


def test_who_was_deleted_is_known_again_by_external_id(state: State) -> None:
    state.says(ADA, "ada@acme.test", external_id="1", user_name="ada")
    state.reconcile()
    before = state.membership(ADA)
    state.changes(ADA, deleted=True)
    state.reconcile()

    state.says(BOB, "married@acme.test", external_id="1", user_name="married")
    state.reconcile()

    assert state.membership(BOB) == before
    assert state.user(ADA) is None


def test_who_was_deleted_is_known_again_by_user_name(state: State) -> None:
    state.says(ADA, "ada@acme.test", user_name="ada")
    state.reconcile()
    before = state.membership(ADA)
    state.changes(ADA, deleted=True)
    state.reconcile()

    state.says(BOB, "married@acme.test", external_id="1", user_name="ada")
    state.reconcile()

    assert state.membership(BOB) == before


def test_of_two_people_who_left_the_external_id_decides(state: State) -> None:
    state.says(ADA, "ada@acme.test", external_id="1", user_name="ada")
    state.says(BOB, "bob@acme.test", external_id="2", user_name="bob")
    state.reconcile()
    bob = state.user(BOB)
    state.changes(ADA, deleted=True)
    state.changes(BOB, deleted=True)
    state.reconcile()

    state.says(CEM, "ada@acme.test", external_id="2", user_name="ada")
    state.reconcile()

    assert state.user(CEM) == bob


def test_a_user_name_of_somebody_with_another_external_id_is_somebody_else(state: State) -> None:
    state.says(ADA, "ada@acme.test", external_id="1", user_name="ada")
    state.reconcile()
    state.changes(ADA, deleted=True)
    state.reconcile()

    state.says(BOB, "bob@acme.test", external_id="2", user_name="ada")
    state.reconcile()

    assert state.user(BOB) != state.user(ADA)


def test_when_external_ids_contradict_the_address_of_a_former_member_decides(state: State) -> None:
    state.says(ADA, "ada@acme.test", external_id="1", user_name="ada")
    state.reconcile()
    state.changes(ADA, deleted=True)
    state.reconcile()

    state.says(BOB, "ada@acme.test", external_id="2", user_name="ada")
    state.reconcile()

    assert state.user(BOB) == state.user(ADA)
    assert state.status(BOB) == "active"


def test_who_left_twice_comes_back_as_the_later_one(state: State) -> None:
    state.says(ADA, "one@acme.test", external_id="1", user_name="ada", deleted=False)
    state.reconcile()
    state.changes(ADA, deleted=True)
    state.reconcile()
    state.says(BOB, "two@acme.test", external_id="2", user_name="ada")
    state.reconcile()
    later = state.user(BOB)
    state.changes(BOB, deleted=True)
    state.reconcile()

    state.links = dict(reversed(state.links.items()))
    state.says(CEM, "three@acme.test", user_name="ada")
    state.reconcile()

    assert state.user(CEM) == later


def test_two_who_come_back_at_once_are_not_the_same_person(state: State) -> None:
    state.says(ADA, "ada@acme.test", user_name="ada")
    state.reconcile()
    state.changes(ADA, deleted=True)
    state.reconcile()

    state.says(BOB, "b@acme.test", user_name="ada", external_id="1")
    state.says(CEM, "c@acme.test", user_name="ada", external_id="1")
    state.reconcile()

    assert state.user(BOB) != state.user(CEM)


def test_another_directory_does_not_know_who_was_deleted_here(state: State) -> None:
    state.says(ADA, "ada@acme.test", external_id="1", user_name="ada")
    state.reconcile()
    state.changes(ADA, deleted=True)
    state.reconcile()

    state.says(BOB, "b@acme.test", external_id="1", user_name="ada", directory=ENTRA)
    state.reconcile()

    assert state.user(BOB) != state.user(ADA)


def test_the_address_of_a_member_is_the_member(state: State) -> None:
    member = state.account("usr_1", "ada@acme.test", member=True)
    state.says(ADA, "ada@acme.test")
    state.reconcile()

    assert state.user(ADA) == member
    assert state.accounts[member].authority_directory_id is None


def test_the_address_of_a_member_of_another_directory_is_the_member(state: State) -> None:
    state.says(ADA, "ada@acme.test", directory=OKTA)
    state.says(BOB, "ada@acme.test", directory=ENTRA)
    state.reconcile()

    assert state.user(ADA) == state.user(BOB)
    assert len(state.accounts) == 1


def test_the_address_of_a_stranger_is_a_conflict_and_no_access(state: State) -> None:
    stranger = state.account("usr_1", "ada@acme.test")
    state.says(ADA, "ada@acme.test")
    (action,) = state.reconcile()

    assert isinstance(action, OpenConflict)
    assert (action.directory_user_id, action.user_id) == (DirectoryUserId(ADA), stranger)
    assert state.memberships == {}
    assert state.reconcile() == []


def test_a_conflict_is_moot_when_the_person_is_deleted(state: State) -> None:
    state.account("usr_1", "ada@acme.test")
    state.says(ADA, "ada@acme.test")
    state.reconcile()
    (conflict,) = state.conflicts

    state.changes(ADA, deleted=True)

    assert state.reconcile() == [CloseConflict(conflict, "moot")]


def test_a_conflict_is_moot_when_the_address_is_nobodys(state: State) -> None:
    state.account("usr_1", "ada@acme.test")
    state.says(ADA, "ada@acme.test")
    state.reconcile()
    (conflict,) = state.conflicts

    state.changes(ADA, email="countess@acme.test")
    actions = state.reconcile()

    assert CloseConflict(conflict, "moot") in actions
    assert state.status(ADA) == "active"


def test_a_conflict_ends_in_a_link_when_the_stranger_becomes_a_member(state: State) -> None:
    state.account("usr_1", "ada@acme.test")
    state.says(ADA, "ada@acme.test")
    state.reconcile()
    (conflict,) = state.conflicts

    member = state.account("usr_1", "ada@acme.test", member=True)
    actions = state.reconcile()

    assert CloseConflict(conflict, "link") in actions
    assert state.user(ADA) == member


def test_another_strangers_address_is_another_conflict(state: State) -> None:
    state.account("usr_1", "ada@acme.test")
    second = state.account("usr_2", "bob@acme.test")
    state.says(ADA, "ada@acme.test")
    state.reconcile()

    state.changes(ADA, email="bob@acme.test")
    state.reconcile()

    (conflict,) = state.conflicts.values()
    assert conflict.user_id == second


def test_who_is_in_conflict_and_turns_out_to_be_back_has_none_any_more(state: State) -> None:
    state.says(ADA, "ada@acme.test", external_id="1")
    state.reconcile()
    before = state.user(ADA)
    state.changes(ADA, deleted=True)
    state.account("usr_1", "bob@other.test")
    state.says(BOB, "bob@other.test")
    state.reconcile()

    state.changes(BOB, external_id="1")
    state.reconcile()

    assert state.user(BOB) == before
    assert state.conflicts == {}


def test_who_was_deleted_before_anybody_looked_is_nobody(state: State) -> None:
    state.says(ADA, "ada@acme.test", deleted=True)

    assert state.reconcile() == []


def test_two_people_may_swap_their_addresses(state: State) -> None:
    state.says(ADA, "a@acme.test")
    state.says(BOB, "b@acme.test")
    state.reconcile()
    ada, bob = state.user(ADA), state.user(BOB)

    state.changes(ADA, email="b@acme.test")
    state.changes(BOB, email="a@acme.test")
    # Only one of them is in the batch; the other one is found by the address.
    state.reconcile(ADA)

    assert (state.user(ADA), state.user(BOB)) == (ada, bob)
    assert state.summary() == {
        ADA: ("active", {"role_member"}, "b@acme.test"),
        BOB: ("active", {"role_member"}, "a@acme.test"),
    }


def test_a_newcomer_may_have_an_address_that_a_colleague_has_given_up(state: State) -> None:
    state.says(BOB, "info@acme.test")
    state.reconcile()

    state.changes(BOB, email="bob@acme.test")
    state.says(ADA, "info@acme.test")
    actions = state.reconcile(ADA)

    assert any(isinstance(action, CreateUser) for action in actions)
    assert state.user(ADA) != state.user(BOB)


def test_the_newcomer_is_not_taken_for_a_colleague_who_is_back_with_another_address(
    state: State,
) -> None:
    state.says("diruser_1", "info@acme.test", user_name="bob")
    state.reconcile()
    bob = state.user("diruser_1")
    state.changes("diruser_1", deleted=True)
    state.reconcile()

    state.says("diruser_2", "info@acme.test", user_name="ada")
    state.says("diruser_3", "bob@acme.test", user_name="bob")
    state.reconcile()

    assert state.user("diruser_3") == bob
    assert state.user("diruser_2") != bob


def test_the_profile_does_not_follow_a_directory_that_is_not_its_authority(state: State) -> None:
    state.says(ADA, "ada@acme.test", directory=OKTA)
    state.says(BOB, "ada@acme.test", directory=ENTRA)
    state.reconcile()

    state.changes(BOB, email="another@acme.test")
    assert state.reconcile() == []

    state.changes(ADA, email="countess@acme.test")
    state.reconcile()
    assert state.summary()[BOB] == ("active", {"role_member"}, "countess@acme.test")


def test_who_is_found_by_address_is_shown_as_the_directory_says_at_once(state: State) -> None:
    state.says(ADA, "ada@acme.test", name="Ada", external_id="1")
    state.reconcile()
    state.changes(ADA, deleted=True)
    state.reconcile()

    state.says(BOB, "ada@acme.test", name="Countess", external_id="2")
    state.reconcile()

    user = state.user(BOB)
    assert user is not None
    assert state.accounts[user].profile.display_name == "Countess"
    assert state.reconcile() == []


def test_who_comes_back_is_known_by_the_last_external_id(state: State) -> None:
    state.says(ADA, "ada@acme.test")
    state.reconcile()
    before = state.membership(ADA)
    state.changes(ADA, external_id="9")
    state.reconcile()
    state.changes(ADA, deleted=True)
    state.reconcile()

    state.says(BOB, "married@acme.test", external_id="9", user_name="married")
    state.reconcile()

    assert state.membership(BOB) == before
