"""A verified domain speaks for its addresses: who has one is linked, and followed."""

from dataclasses import replace

import pytest

from provisioning.reconcile.actions import UpdateUser
from provisioning.reconcile.facts import Decision
from tests.reconcile.interpreter import reconcile
from tests.reconcile.state import ENTRA, OKTA, State, profile

ADA = "diruser_a"
EVE = "diruser_e"
DOMAINS = frozenset({"acme.test"})


def test_the_holder_of_an_address_of_a_verified_domain_is_linked(state: State) -> None:
    holder = state.account("usr_other", "ada@acme.test")
    state.verified_domains = DOMAINS
    state.says(ADA, "ada@acme.test")
    reconcile(state)

    assert state.user(ADA) == holder
    assert state.conflicts == {}
    assert state.status(ADA) == "active"


@pytest.mark.parametrize("email", ["ada@other.test", "ada@sub.acme.test", "ada@notacme.test"])
def test_an_address_of_another_domain_is_not(state: State, email: str) -> None:
    state.account("usr_other", email)
    state.verified_domains = DOMAINS
    state.says(ADA, email)
    reconcile(state)

    assert state.user(ADA) is None
    assert len(state.conflicts) == 1


def test_an_open_conflict_resolves_when_the_domain_is_verified(state: State) -> None:
    holder = state.account("usr_other", "ada@acme.test")
    state.says(ADA, "ada@acme.test")
    reconcile(state)
    assert len(state.conflicts) == 1

    state.verified_domains = DOMAINS
    reconcile(state)

    assert state.conflicts == {}
    assert state.user(ADA) == holder


@pytest.mark.parametrize(("decision", "same"), [("link", True), ("keep_apart", False)])
def test_an_administrators_decision_says_more_than_a_domain(
    state: State, decision: Decision, *, same: bool
) -> None:
    holder = state.account("usr_other", "ada@acme.test")
    state.says(ADA, "ada@acme.test")
    reconcile(state)
    (conflict_id,) = state.conflicts
    state.decides(conflict_id, decision)

    state.verified_domains = DOMAINS
    reconcile(state)

    assert state.conflicts == {}
    assert (state.user(ADA) == holder) is same


def test_addresses_that_are_equal_only_when_folded_are_of_two_domains(state: State) -> None:
    """Whoever proves `fass.test` has not proven `faß.test`, which folds to it."""
    holder = state.account("usr_other", "ada@fass.test")
    shown = profile("ada@faß.test")
    state.accounts[holder] = replace(state.accounts[holder], profile=shown)
    state.verified_domains = frozenset({"fass.test"})
    state.says(EVE, "ada@fass.test")
    reconcile(state)

    assert state.user(EVE) is None
    assert len(state.conflicts) == 1


def test_the_owner_of_the_domain_is_followed(state: State) -> None:
    holder = state.account("usr_other", "ada@acme.test")
    state.verified_domains = DOMAINS
    state.says(ADA, "ada@acme.test", name="Ada Byron")
    reconcile(state)

    account = state.accounts[holder]
    assert account.authority_directory_id == OKTA
    assert account.profile.display_name == "Ada Byron"

    state.says(ADA, "ada.byron@acme.test", name="Ada King")
    reconcile(state)

    account = state.accounts[holder]
    assert (account.email_key, account.profile.display_name) == ("ada.byron@acme.test", "Ada King")


def test_who_was_linked_by_decision_is_followed_once_the_domain_is_verified(state: State) -> None:
    holder = state.account("usr_other", "ada@acme.test")
    state.says(ADA, "ada@acme.test", name="Ada Byron")
    reconcile(state)
    (conflict_id,) = state.conflicts
    state.decides(conflict_id, "link")
    reconcile(state)
    assert state.accounts[holder].profile.display_name is None

    state.verified_domains = DOMAINS
    actions = reconcile(state)

    assert state.accounts[holder].profile.display_name == "Ada Byron"
    assert [type(action) for action in actions if isinstance(action, UpdateUser)] == [UpdateUser]
    assert reconcile(state) == []


def test_a_person_who_says_another_domain_does_not_bring_the_authority_along(
    state: State,
) -> None:
    """Else two owners of two domains would take turns for ever."""
    holder = state.account("usr_other", "ada@acme.test")
    state.says(ADA, "ada@acme.test")
    reconcile(state)
    (conflict_id,) = state.conflicts
    state.decides(conflict_id, "link")
    reconcile(state)

    state.says(ADA, "ada@elsewhere.test")
    state.verified_domains = DOMAINS
    reconcile(state)

    assert state.accounts[holder].authority_directory_id is None
    assert state.accounts[holder].email_key == "ada@acme.test"


def test_an_account_that_does_not_speak_for_its_address_is_nobodys_by_it(state: State) -> None:
    """It only shows the address; another one has it."""
    holder = state.account("usr_other", "ada@other.test")
    state.says(ADA, "ada@other.test")
    reconcile(state)
    (conflict_id,) = state.conflicts
    state.decides(conflict_id, "link")
    reconcile(state)
    shown = profile("shared@acme.test")
    state.accounts[holder] = replace(state.accounts[holder], profile=shown, email_key=None)
    state.changes(ADA, email="ada@acme.test")

    state.verified_domains = DOMAINS
    reconcile(state)

    assert state.accounts[holder].authority_directory_id is None


def test_one_directory_of_the_owner_does_not_take_it_from_another(state: State) -> None:
    state.verified_domains = DOMAINS
    state.says(ADA, "ada@acme.test", directory=OKTA)
    reconcile(state)
    state.says("diruser_z", "ada@acme.test", directory=ENTRA, name="Z")
    reconcile(state)

    user = state.user(ADA)
    assert user is not None
    assert state.user("diruser_z") == user
    assert state.accounts[user].authority_directory_id == OKTA
