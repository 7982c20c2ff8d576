"""A leaver's name or address is no leaver whose account other organizations have (pure)."""

import pytest

from provisioning.ids import DirectoryId, UserId
from provisioning.reconcile.actions import CloseConflict
from provisioning.reconcile.facts import KeptRoles
from tests.reconcile.interpreter import reconcile
from tests.reconcile.state import ENTRA, OKTA, State

ADA = "diruser_a"
BOB = "diruser_b"
ADDRESS = "ada@acme.test"


def has_left(state: State, external_id: str | None = None, *, elsewhere: bool = True) -> UserId:
    """The directory has deleted Ada, whom another organization has as well."""
    state.says(ADA, ADDRESS, external_id=external_id, user_name=ADDRESS)
    reconcile(state)
    user_id = state.membership(ADA).user_id
    if elsewhere:
        state.joins_elsewhere(user_id)
    state.changes(ADA, deleted=True)
    reconcile(state)
    return user_id


@pytest.mark.parametrize("user_name", [ADDRESS, "ada.byron"])
@pytest.mark.parametrize("directory", [OKTA, ENTRA])
def test_a_recycled_address_is_a_conflict_when_the_account_is_known_elsewhere(
    state: State, directory: DirectoryId, user_name: str
) -> None:
    leaver = has_left(state, "1")

    state.says(BOB, ADDRESS, directory=directory, user_name=user_name)
    reconcile(state)

    (conflict,) = state.conflicts.values()
    assert (conflict.directory_user_id, conflict.user_id) == (BOB, leaver)
    assert state.user(BOB) is None
    assert state.status(ADA) == "removed"
    assert reconcile(state) == []


@pytest.mark.parametrize(("external_id", "same"), [(None, True), ("1", True), ("2", False)])
def test_a_verified_domain_gives_it_back_except_to_whom_its_directory_tells_apart(
    state: State, external_id: str | None, *, same: bool
) -> None:
    """Whose domain it is says who has its addresses, also what others have of the account."""
    leaver = has_left(state, "1")
    state.verified_domains = frozenset({"acme.test"})

    state.says(BOB, ADDRESS, external_id=external_id, user_name="ada.byron")
    reconcile(state)

    assert (state.user(BOB) == leaver) is same
    assert state.conflicts == {}
    assert reconcile(state) == []


def test_who_has_the_leavers_name_only_is_somebody_new(state: State) -> None:
    leaver = has_left(state)

    state.says(BOB, "another@acme.test", user_name=ADDRESS)
    reconcile(state)

    assert state.user(BOB) not in {leaver, None}
    assert state.conflicts == {}


def test_whom_nobody_else_knows_comes_back_by_address(state: State) -> None:
    leaver = has_left(state, "1", elsewhere=False)

    state.says(BOB, ADDRESS, user_name="ada.byron")
    reconcile(state)

    assert state.user(BOB) == leaver
    assert state.status(BOB) == "active"


def test_the_external_id_brings_back_whom_others_know(state: State) -> None:
    leaver = has_left(state, "1")

    state.says(BOB, ADDRESS, external_id="1", user_name="ada.byron")
    reconcile(state)

    assert state.user(BOB) == leaver
    assert state.conflicts == {}


def test_an_administrator_says_that_the_person_is_back(state: State) -> None:
    leaver = has_left(state)
    membership = state.membership(ADA).id
    state.says(BOB, ADDRESS, user_name=ADDRESS)
    reconcile(state)
    (conflict,) = state.conflicts

    state.decides(conflict, "link")
    actions = reconcile(state)

    assert CloseConflict(conflict, "link") in actions
    assert (state.user(BOB), state.membership(BOB).id) == (leaver, membership)
    assert state.status(BOB) == "active"
    assert reconcile(state) == []


def test_whom_an_administrator_has_added_by_hand_is_found_by_address(state: State) -> None:
    member = state.account("usr_1", ADDRESS, member=True)
    state.joins_elsewhere(member)

    state.says(ADA, ADDRESS)
    reconcile(state)

    assert state.user(ADA) == member


def test_whom_another_directory_still_knows_is_found_by_address(state: State) -> None:
    state.says(ADA, ADDRESS, directory=ENTRA)
    reconcile(state)
    member = state.membership(ADA).user_id
    state.joins_elsewhere(member)

    state.says(BOB, ADDRESS, directory=OKTA)
    reconcile(state)

    assert state.user(BOB) == member


def test_it_is_a_conflict_also_when_one_batch_brings_both_the_leaver_and_the_newcomer(
    state: State,
) -> None:
    state.says(ADA, ADDRESS, user_name=ADDRESS)
    reconcile(state)
    state.joins_elsewhere(state.membership(ADA).user_id)

    state.changes(ADA, deleted=True)
    state.says(BOB, ADDRESS, user_name=ADDRESS)
    reconcile(state)

    assert len(state.conflicts) == 1
    assert state.status(ADA) == "removed"
    assert reconcile(state) == []


@pytest.mark.parametrize("directory", [OKTA, ENTRA])
def test_it_is_a_conflict_also_when_the_leaver_was_renamed_first(
    state: State, directory: DirectoryId
) -> None:
    """Entra changes the name before it deletes somebody for good."""
    state.says(ADA, ADDRESS, user_name=ADDRESS)
    reconcile(state)
    leaver = state.membership(ADA).user_id
    state.joins_elsewhere(leaver)

    state.changes(ADA, user_name_folded="deleted-ada", deleted=True)
    state.says(BOB, ADDRESS, directory=directory, user_name=ADDRESS)
    reconcile(state)

    (conflict,) = state.conflicts.values()
    assert (conflict.directory_user_id, conflict.user_id) == (BOB, leaver)
    assert state.user(BOB) is None
    assert reconcile(state) == []


@pytest.mark.parametrize("before", [None, "9"])
def test_what_tells_a_newcomer_apart_is_what_the_directory_said_of_the_leaver_last(
    state: State, before: str | None
) -> None:
    state.says(ADA, ADDRESS, external_id=before, user_name=ADDRESS)
    reconcile(state)
    leaver = state.membership(ADA).user_id

    state.changes(ADA, external_id="1")
    state.changes(ADA, deleted=True)
    state.says(BOB, ADDRESS, external_id="2" if before is None else before, user_name="ada.byron")
    reconcile(state)

    assert state.user(BOB) not in {None, leaver}
    assert reconcile(state) == []


@pytest.mark.parametrize("kept", ["direct", "drop"])
def test_who_stays_when_a_directory_is_disconnected_is_found_by_address_at_once(
    state: State, kept: KeptRoles
) -> None:
    """A member by hand, whom the directory that comes next brings in the same batch."""
    state.says(ADA, ADDRESS)
    reconcile(state)
    member = state.membership(ADA).user_id
    state.joins_elsewhere(member)

    state.changes(ADA, deleted=True, disconnected=True, kept=kept)
    state.says(BOB, ADDRESS, directory=ENTRA)
    reconcile(state)

    assert state.user(BOB) == member
    assert reconcile(state) == []
