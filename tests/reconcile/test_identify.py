"""Who a directory user is: known, back, the holder of the address, in conflict, or new."""

import pytest

from provisioning.reconcile.actions import CreateUser, Identify
from tests.reconcile.interpreter import reconcile
from tests.reconcile.state import ENTRA, OKTA, State

ADA = "diruser_a"
BOB = "diruser_b"
CEM = "diruser_c"


def test_somebody_with_an_address_that_nobody_has_is_a_new_user(state: State) -> None:
    state.says(ADA, "ada@acme.test")
    reconcile(state)

    user = state.user(ADA)
    assert user is not None
    assert state.accounts[user].authority_directory_id == OKTA
    assert state.accounts[user].email_key == "ada@acme.test"


def test_people_without_an_address_are_each_somebody_new(state: State) -> None:
    state.says(ADA)
    state.says(BOB)
    reconcile(state)

    assert state.user(ADA) != state.user(BOB)


def test_who_is_known_stays_the_same_whatever_changes(state: State) -> None:
    state.says(ADA, "ada@acme.test", external_id="1")
    state.account("usr_other", "bob@acme.test")
    reconcile(state)
    before = state.user(ADA)

    state.says(ADA, "bob@acme.test", external_id="2", user_name="another")
    reconcile(state)

    assert state.user(ADA) == before
    assert state.conflicts == {}


def test_an_address_of_another_account_is_shown_but_not_spoken_for(state: State) -> None:
    state.says(ADA, "ada@acme.test")
    reconcile(state)
    other = state.account("usr_other", "bob@other.test")

    state.changes(ADA, email="bob@other.test")
    reconcile(state)

    account = state.accounts[state.membership(ADA).user_id]
    assert (account.profile.email, account.email_key) == ("bob@other.test", None)
    assert state.accounts[other].email_key == "bob@other.test"


def test_who_was_deleted_is_known_again_by_external_id(state: State) -> None:
    state.says(ADA, "ada@acme.test", external_id="1", user_name="ada")
    reconcile(state)
    before = state.membership(ADA).id
    state.changes(ADA, deleted=True)
    reconcile(state)

    state.says(BOB, "married@acme.test", external_id="1", user_name="married")
    reconcile(state)

    assert state.membership(BOB).id == before
    assert state.user(ADA) is None


def test_who_was_deleted_is_known_again_by_user_name(state: State) -> None:
    state.says(ADA, "ada@acme.test", user_name="ada")
    reconcile(state)
    before = state.membership(ADA).id
    state.changes(ADA, deleted=True)
    reconcile(state)

    state.says(BOB, "married@acme.test", external_id="1", user_name="ada")
    reconcile(state)

    assert state.membership(BOB).id == before


def test_of_two_people_who_left_the_external_id_decides(state: State) -> None:
    state.says(ADA, "ada@acme.test", external_id="1", user_name="ada")
    state.says(BOB, "bob@acme.test", external_id="2", user_name="bob")
    reconcile(state)
    bob = state.user(BOB)
    state.changes(ADA, deleted=True)
    state.changes(BOB, deleted=True)
    reconcile(state)

    state.says(CEM, "ada@acme.test", external_id="2", user_name="ada")
    reconcile(state)

    assert state.user(CEM) == bob


def test_a_user_name_of_somebody_with_another_external_id_is_somebody_else(state: State) -> None:
    state.says(ADA, "ada@acme.test", external_id="1", user_name="ada")
    reconcile(state)
    state.changes(ADA, deleted=True)
    reconcile(state)

    state.says(BOB, "bob@acme.test", external_id="2", user_name="ada")
    reconcile(state)

    assert state.user(BOB) != state.user(ADA)


def test_when_external_ids_contradict_a_leavers_address_brings_nothing_along(state: State) -> None:
    state.says(ADA, "ada@acme.test", external_id="1", user_name="ada")
    reconcile(state)
    leaver = state.membership(ADA).user_id
    state.changes(ADA, deleted=True)
    reconcile(state)

    state.says(BOB, "ada@acme.test", external_id="2", user_name="ada")
    reconcile(state)

    assert state.user(BOB) != leaver
    assert state.status(BOB) == "active"
    assert state.accounts[state.membership(BOB).user_id].email_key == "ada@acme.test"
    assert state.accounts[leaver].email_key is None
    assert reconcile(state) == []


def test_who_left_twice_comes_back_as_the_later_one(state: State) -> None:
    state.says(ADA, "one@acme.test", external_id="1", user_name="ada", deleted=False)
    reconcile(state)
    state.changes(ADA, deleted=True)
    reconcile(state)
    state.says(BOB, "two@acme.test", external_id="2", user_name="ada")
    reconcile(state)
    later = state.user(BOB)
    state.changes(BOB, deleted=True)
    reconcile(state)

    state.links = dict(reversed(state.links.items()))
    state.says(CEM, "three@acme.test", user_name="ada")
    reconcile(state)

    assert state.user(CEM) == later


def test_two_who_come_back_at_once_are_not_the_same_person(state: State) -> None:
    state.says(ADA, "ada@acme.test", user_name="ada")
    reconcile(state)
    state.changes(ADA, deleted=True)
    reconcile(state)

    state.says(BOB, "b@acme.test", user_name="ada", external_id="1")
    state.says(CEM, "c@acme.test", user_name="ada", external_id="1")
    reconcile(state)

    assert state.user(BOB) != state.user(CEM)


def test_another_directory_does_not_know_who_was_deleted_here(state: State) -> None:
    state.says(ADA, "ada@acme.test", external_id="1", user_name="ada")
    reconcile(state)
    state.changes(ADA, deleted=True)
    reconcile(state)

    state.says(BOB, "b@acme.test", external_id="1", user_name="ada", directory=ENTRA)
    reconcile(state)

    assert state.user(BOB) != state.user(ADA)


def test_the_address_of_a_member_is_the_member(state: State) -> None:
    member = state.account("usr_1", "ada@acme.test", member=True)
    state.says(ADA, "ada@acme.test")
    reconcile(state)

    assert state.user(ADA) == member
    assert state.accounts[member].authority_directory_id is None


def test_the_address_of_a_member_of_another_directory_is_the_member(state: State) -> None:
    state.says(ADA, "ada@acme.test", directory=OKTA)
    state.says(BOB, "ada@acme.test", directory=ENTRA)
    reconcile(state)

    assert state.user(ADA) == state.user(BOB)
    assert len(state.accounts) == 1


def test_who_was_deleted_before_anybody_looked_is_nobody(state: State) -> None:
    state.says(ADA, "ada@acme.test", deleted=True)

    assert reconcile(state) == []


def test_two_people_may_swap_their_addresses(state: State) -> None:
    state.says(ADA, "a@acme.test")
    state.says(BOB, "b@acme.test")
    reconcile(state)
    ada, bob = state.user(ADA), state.user(BOB)

    state.changes(ADA, email="b@acme.test")
    state.changes(BOB, email="a@acme.test")
    # Only one of them is in the batch; the other one is found by the address.
    reconcile(state, ADA)

    assert (state.user(ADA), state.user(BOB)) == (ada, bob)
    assert state.summary() == {
        ADA: ("active", {"role_member"}, "b@acme.test"),
        BOB: ("active", {"role_member"}, "a@acme.test"),
    }


def test_a_newcomer_may_have_an_address_that_a_colleague_has_given_up(state: State) -> None:
    state.says(BOB, "info@acme.test")
    reconcile(state)

    state.changes(BOB, email="bob@acme.test")
    state.says(ADA, "info@acme.test")
    actions = reconcile(state, ADA)

    assert any(isinstance(action, CreateUser) for action in actions)
    assert state.user(ADA) != state.user(BOB)


def test_the_newcomer_is_not_taken_for_a_colleague_who_is_back_with_another_address(
    state: State,
) -> None:
    state.says("diruser_1", "info@acme.test", user_name="bob")
    reconcile(state)
    bob = state.user("diruser_1")
    state.changes("diruser_1", deleted=True)
    reconcile(state)

    state.says("diruser_2", "info@acme.test", user_name="ada")
    state.says("diruser_3", "bob@acme.test", user_name="bob")
    reconcile(state)

    assert state.user("diruser_3") == bob
    assert state.user("diruser_2") != bob


def test_the_profile_does_not_follow_a_directory_that_is_not_its_authority(state: State) -> None:
    state.says(ADA, "ada@acme.test", directory=OKTA)
    state.says(BOB, "ada@acme.test", directory=ENTRA)
    reconcile(state)

    state.changes(BOB, email="another@acme.test")
    assert reconcile(state) == []

    state.changes(ADA, email="countess@acme.test")
    reconcile(state)
    assert state.summary()[BOB] == ("active", {"role_member"}, "countess@acme.test")


def test_who_is_found_by_address_is_shown_as_the_directory_says_at_once(state: State) -> None:
    state.says(ADA, "ada@acme.test", name="Ada", external_id="1")
    reconcile(state)
    state.changes(ADA, deleted=True)
    reconcile(state)

    state.says(BOB, "ada@acme.test", name="Countess", external_id="2")
    reconcile(state)

    user = state.user(BOB)
    assert user is not None
    assert state.accounts[user].profile.display_name == "Countess"
    assert reconcile(state) == []


def test_who_comes_back_is_known_by_the_last_external_id(state: State) -> None:
    state.says(ADA, "ada@acme.test")
    reconcile(state)
    before = state.membership(ADA).id
    state.changes(ADA, external_id="9")
    reconcile(state)
    state.changes(ADA, deleted=True)
    reconcile(state)

    state.says(BOB, "married@acme.test", external_id="9", user_name="married")
    # Only the newcomer is looked at: the one who left is found by what was kept of them.
    reconcile(state, BOB)

    assert state.membership(BOB).id == before


@pytest.mark.parametrize(("user_name", "external_id"), [("ada", "1"), ("deleted-ada", None)])
def test_an_identity_that_changes_twice_before_one_plan_is_said_once(
    state: State, user_name: str, external_id: str | None
) -> None:
    """Entra changes the name before it deletes somebody for good, whom it may then create anew."""
    state.says(ADA, "ada@acme.test", user_name="ada", external_id="1")
    reconcile(state)
    before = state.membership(ADA).id

    state.changes(ADA, user_name_folded="deleted-ada", deleted=True)
    state.says(BOB, "ada@acme.test", user_name=user_name, external_id=external_id)
    actions = reconcile(state)

    said = [one.directory_user.id for one in actions if isinstance(one, Identify)]
    assert said == [BOB]
    assert state.membership(BOB).id == before
    assert reconcile(state) == []
