"""Whose word a profile is, and who speaks for an address that somebody has left behind."""

from dataclasses import replace

from provisioning.ids import DirectoryId, UserId
from provisioning.reconcile.actions import ShowProfile
from provisioning.reconcile.facts import Account
from tests.reconcile.interpreter import reconcile
from tests.reconcile.state import ENTRA, OKTA, State, profile

ADA = "diruser_a"
BOB = "diruser_b"
CEM = "diruser_c"
THIRD = DirectoryId("dir_a_third")


def account(state: State, key: str) -> Account:
    return state.accounts[state.membership(key).user_id]


def test_the_directory_that_has_known_the_person_longest_is_the_next_authority(
    state: State,
) -> None:
    state.says(ADA, "ada@acme.test", name="Ada")
    state.says(BOB, "ada@acme.test", name="Ada L.", directory=ENTRA)
    state.says(CEM, "ada@acme.test", name="Countess", directory=THIRD)
    reconcile(state)

    state.changes(ADA, deleted=True)
    reconcile(state)

    assert account(state, BOB).authority_directory_id == ENTRA
    assert account(state, BOB).profile.display_name == "Ada L."
    assert reconcile(state) == []


def test_a_directory_that_only_suspends_the_person_stays_the_authority(state: State) -> None:
    state.says(ADA, "ada@acme.test", name="Ada")
    state.says(BOB, "ada@acme.test", name="Ada L.", directory=ENTRA)
    reconcile(state)

    state.changes(ADA, active=False)
    reconcile(state)

    assert account(state, ADA).authority_directory_id == OKTA
    assert account(state, ADA).profile.display_name == "Ada"


def test_who_moves_to_another_directory_follows_it(state: State) -> None:
    state.says(ADA, "ada@acme.test", name="Ada")
    reconcile(state)
    state.changes(ADA, deleted=True)
    reconcile(state)

    state.says(BOB, "ada@acme.test", name="Countess", directory=ENTRA)
    reconcile(state)

    assert account(state, BOB).authority_directory_id == ENTRA
    assert account(state, BOB).profile.display_name == "Countess"
    assert reconcile(state) == []


def test_an_authority_of_another_organization_is_left_alone(state: State) -> None:
    user = state.account("usr_1", "ada@shared.test", member=True)
    elsewhere = DirectoryId("dir_of_another_organization")
    state.accounts[user] = Account(
        id=user,
        email_key="ada@shared.test",
        authority_directory_id=elsewhere,
        profile=profile("ada@shared.test"),
    )
    state.says(ADA, "ada@shared.test", name="Mallory")
    reconcile(state)

    assert state.accounts[user].authority_directory_id == elsewhere
    assert state.accounts[user].profile.display_name is None


def test_a_profile_that_another_organization_changed_is_told_once(state: State) -> None:
    user = state.account("usr_1", "ada@shared.test", member=True)
    state.says(ADA, "ada@shared.test")
    reconcile(state)
    before = state.accounts[user].profile
    after = profile("ada@shared.test", "Countess")
    state.accounts[user] = Account(
        id=user, email_key="ada@shared.test", authority_directory_id=None, profile=after
    )

    assert reconcile(state) == [ShowProfile(state.membership(ADA).id, user, before, after)]
    assert reconcile(state) == []


def shared(state: State) -> tuple[UserId, UserId]:
    """The mailbox is Ada's, and Bob is shown with it."""
    state.says(ADA, "office@acme.test")
    state.says(BOB, "office@acme.test")
    reconcile(state)
    return state.membership(ADA).user_id, state.membership(BOB).user_id


def test_a_mailbox_of_two_is_the_seconds_when_the_first_is_deleted(state: State) -> None:
    ada, bob = shared(state)

    state.changes(ADA, deleted=True)
    reconcile(state)

    assert state.accounts[bob].email_key == "office@acme.test"
    assert state.accounts[ada].email_key is None
    assert state.accounts[ada].profile.email == "office@acme.test"
    assert reconcile(state) == []


def test_a_mailbox_stays_with_who_is_back_at_once(state: State) -> None:
    ada, bob = shared(state)

    state.changes(ADA, deleted=True)
    state.says(CEM, "office@acme.test", user_name=ADA)
    reconcile(state)

    assert state.user(CEM) == ada
    assert state.accounts[ada].email_key == "office@acme.test"
    assert state.accounts[bob].email_key is None


def test_a_mailbox_stays_with_whom_another_directory_knows(state: State) -> None:
    ada, bob = shared(state)
    state.says(CEM, "office@acme.test", directory=ENTRA)
    reconcile(state)
    assert state.user(CEM) == ada

    state.changes(ADA, deleted=True)
    reconcile(state)

    assert state.accounts[ada].email_key == "office@acme.test"
    assert state.accounts[bob].email_key is None


def test_who_was_taken_in_without_a_record_is_told_of_when_the_profile_changes(
    state: State,
) -> None:
    state.says(ADA, "ada@acme.test", name="Ada")
    reconcile(state)
    membership = state.membership(ADA)
    state.memberships[membership.id] = replace(membership, told=None)

    state.says(ADA, "ada@acme.test", name="Countess")
    shown = [action for action in reconcile(state) if isinstance(action, ShowProfile)]

    before, after = profile("ada@acme.test", "Ada"), profile("ada@acme.test", "Countess")
    assert shown == [ShowProfile(membership.id, membership.user_id, before, after)]
    assert reconcile(state) == []
