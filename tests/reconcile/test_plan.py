"""What becomes of memberships and grants, and that the last owner stays."""

from typing import Any

import pytest

from provisioning.ids import MembershipId, UserId
from provisioning.reconcile.actions import CreateMembership, Manage, Park, SetStatus, Unpark
from provisioning.reconcile.facts import OWNER, Status
from tests.reconcile.interpreter import reconcile
from tests.reconcile.state import ADMIN, ENTRA, GUEST, MEMBER, WORKSPACE, State

ADA = "diruser_a"
BOB = "diruser_b"
CEM = "diruser_c"


def test_a_new_member_has_the_default_role(state: State) -> None:
    state.default_role = GUEST
    state.says(ADA, "ada@acme.test")
    reconcile(state)

    assert (state.status(ADA), state.roles(ADA)) == ("active", {GUEST})


def test_another_default_role_replaces_the_former(state: State) -> None:
    state.says(ADA, "ada@acme.test")
    reconcile(state)
    state.default_role = GUEST
    reconcile(state)

    assert state.roles(ADA) == {GUEST}


def test_union_gives_the_roles_of_all_groups(state: State) -> None:
    state.says(ADA, "ada@acme.test", roles=[ADMIN, GUEST])
    reconcile(state)

    assert state.roles(ADA) == {ADMIN, GUEST, MEMBER}


def test_highest_gives_only_the_roles_of_the_highest_rank(state: State) -> None:
    state.role_mode = "highest"
    state.says(ADA, "ada@acme.test", roles=[ADMIN, GUEST])
    state.says(BOB, "bob@acme.test", roles=[GUEST])
    reconcile(state)

    assert (state.roles(ADA), state.roles(BOB)) == ({ADMIN}, {MEMBER})


def test_a_role_in_a_workspace_is_another_than_the_same_in_the_organization(state: State) -> None:
    state.says(ADA, "ada@acme.test", roles=[ADMIN], in_workspace=[ADMIN])
    reconcile(state)
    assert (state.roles(ADA), state.roles(ADA, WORKSPACE)) == ({ADMIN, MEMBER}, {ADMIN})

    state.says(ADA, "ada@acme.test", in_workspace=[ADMIN])
    reconcile(state)
    assert (state.roles(ADA), state.roles(ADA, WORKSPACE)) == ({MEMBER}, {ADMIN})


def test_highest_counts_for_the_organization_and_for_each_workspace(state: State) -> None:
    state.role_mode = "highest"
    state.says(ADA, "ada@acme.test", roles=[OWNER, GUEST], in_workspace=[ADMIN, GUEST])
    reconcile(state)

    assert (state.roles(ADA), state.roles(ADA, WORKSPACE)) == ({OWNER}, {ADMIN})


def test_the_owner_of_a_workspace_does_not_keep_the_organizations_last_one(state: State) -> None:
    state.says(ADA, "ada@acme.test", roles=[OWNER])
    state.says(BOB, "bob@acme.test", in_workspace=[OWNER])
    reconcile(state)
    state.says(ADA, "ada@acme.test", roles=[OWNER], active=False)
    state.says(BOB, "bob@acme.test", deleted=True)
    reconcile(state)

    assert (state.status(ADA), state.status(BOB)) == ("active", "removed")
    assert len(state.parked) == 1


def test_the_highest_role_of_any_directory_counts(state: State) -> None:
    state.role_mode = "highest"
    state.says(ADA, "ada@acme.test", roles=[GUEST])
    state.says(BOB, "ada@acme.test", roles=[ADMIN], directory=ENTRA)
    reconcile(state)

    assert state.roles(ADA) == {ADMIN}


def test_changing_the_role_mode_there_and_back_gives_the_same_grants(state: State) -> None:
    state.says(ADA, "ada@acme.test", roles=[ADMIN, GUEST])
    reconcile(state)
    before = dict(state.grants)

    state.role_mode = "highest"
    reconcile(state)
    assert state.roles(ADA) == {ADMIN}
    state.role_mode = "union"
    reconcile(state)

    assert state.grants == before


def test_who_is_suspended_keeps_the_grants(state: State) -> None:
    state.says(ADA, "ada@acme.test", roles=[ADMIN])
    reconcile(state)
    state.changes(ADA, active=False)
    (action,) = reconcile(state)

    assert isinstance(action, SetStatus)
    assert (state.status(ADA), state.roles(ADA)) == ("suspended", {ADMIN, MEMBER})


def test_who_is_suspended_from_the_start_is_a_suspended_member(state: State) -> None:
    state.says(ADA, "ada@acme.test", active=False)
    reconcile(state)

    assert (state.status(ADA), state.roles(ADA)) == ("suspended", {MEMBER})


def test_who_is_removed_keeps_only_what_was_granted_by_hand(state: State) -> None:
    state.says(ADA, "ada@acme.test", roles=[ADMIN])
    reconcile(state)
    state.grant(state.membership(ADA).id, GUEST)
    state.changes(ADA, deleted=True)
    reconcile(state)

    assert (state.status(ADA), state.roles(ADA)) == ("removed", {GUEST})


def test_a_role_held_by_hand_and_by_group_survives_the_group(state: State) -> None:
    state.says(ADA, "ada@acme.test", roles=[ADMIN])
    reconcile(state)
    state.grant(state.membership(ADA).id, ADMIN)
    state.groups[ADA] = set()
    reconcile(state)

    assert state.roles(ADA) == {ADMIN, MEMBER}


def test_who_comes_back_has_the_same_membership_and_grants(state: State) -> None:
    state.says(ADA, "ada@acme.test", roles=[ADMIN])
    reconcile(state)
    membership, grants = state.membership(ADA), dict(state.grants)
    state.changes(ADA, deleted=True)
    reconcile(state)

    state.says(BOB, "ada@acme.test", user_name=ADA, roles=[ADMIN])
    actions = reconcile(state)

    assert not any(isinstance(action, CreateMembership) for action in actions)
    assert (state.membership(BOB), state.grants) == (membership, grants)


def test_one_directory_that_says_active_is_enough(state: State) -> None:
    state.says(ADA, "ada@acme.test")
    state.says(BOB, "ada@acme.test", directory=ENTRA, active=False)
    reconcile(state)
    assert state.status(ADA) == "active"

    state.changes(ADA, deleted=True)
    reconcile(state, ADA)
    assert state.status(BOB) == "suspended"

    state.changes(BOB, deleted=True)
    reconcile(state, BOB)
    assert state.status(BOB) == "removed"


@pytest.mark.parametrize(
    ("change", "wanted"),
    [({"active": False}, "suspended"), ({"deleted": True}, "removed")],
    ids=["suspended", "removed"],
)
def test_the_last_owner_stays(state: State, change: dict[str, Any], wanted: Status) -> None:
    state.says(ADA, "ada@acme.test", roles=[OWNER])
    reconcile(state)
    state.changes(ADA, **change)
    (action,) = reconcile(state)

    assert isinstance(action, Park)
    assert (action.membership_id, action.wanted_status) == (state.membership(ADA).id, wanted)
    assert (action.reason, action.evidence.id) == ("last_owner", ADA)
    assert (state.status(ADA), state.roles(ADA)) == ("active", {OWNER, MEMBER})
    assert reconcile(state) == []


def wanted_of(state: State) -> dict[str, Status]:
    return {key: parked.wanted_status for key, parked in state.parked.items()}


def test_the_last_owner_is_not_demoted(state: State) -> None:
    state.says(ADA, "ada@acme.test", roles=[OWNER])
    reconcile(state)
    state.groups[ADA] = {ADMIN}
    reconcile(state)

    assert state.roles(ADA) == {OWNER, MEMBER}
    assert wanted_of(state) == {state.membership(ADA).id: "active"}


def test_an_owner_by_hand_is_an_owner(state: State) -> None:
    state.says(ADA, "ada@acme.test", roles=[OWNER])
    state.says(BOB, "bob@acme.test")
    reconcile(state)
    state.grant(state.membership(BOB).id, OWNER)

    state.changes(ADA, active=False)
    reconcile(state, ADA)
    assert state.status(ADA) == "suspended"

    state.changes(BOB, deleted=True)
    reconcile(state, BOB)
    assert state.status(BOB) == "active"


def test_a_parked_change_says_what_is_wanted_now(state: State) -> None:
    state.says(ADA, "ada@acme.test", roles=[OWNER])
    reconcile(state)
    state.changes(ADA, active=False)
    reconcile(state)
    state.changes(ADA, deleted=True)
    reconcile(state)

    assert wanted_of(state) == {state.membership(ADA).id: "removed"}


def test_a_parked_change_is_dropped_when_it_is_taken_back(state: State) -> None:
    state.says(ADA, "ada@acme.test", roles=[OWNER])
    reconcile(state)
    state.changes(ADA, active=False)
    reconcile(state)
    state.changes(ADA, active=True)
    (action,) = reconcile(state)

    assert isinstance(action, Unpark)
    assert (action.parked.wanted_status, action.outcome) == ("suspended", "withdrawn")
    assert state.parked == {}


def test_another_owner_releases_the_parked_change(state: State) -> None:
    state.says(ADA, "ada@acme.test", roles=[OWNER])
    reconcile(state)
    state.changes(ADA, active=False)
    reconcile(state)

    state.says(BOB, "bob@acme.test", roles=[OWNER])
    # Ada is not in the batch: whoever is parked is always looked at.
    actions = reconcile(state, BOB)

    assert (state.status(ADA), state.parked) == ("suspended", {})
    (released,) = (action for action in actions if isinstance(action, Unpark))
    assert (released.parked.wanted_status, released.outcome) == ("suspended", "applied")


@pytest.mark.parametrize("successor", ["diruser_0", "diruser_z"])
def test_a_successor_in_the_same_batch_is_in_time(state: State, successor: str) -> None:
    state.says(ADA, "ada@acme.test", roles=[OWNER])
    reconcile(state)

    state.changes(ADA, deleted=True)
    state.says(successor, "successor@acme.test", roles=[OWNER])
    actions = reconcile(state)

    assert not any(isinstance(action, Park) for action in actions)
    assert (state.status(ADA), state.roles(successor)) == ("removed", {OWNER, MEMBER})


def test_when_all_owners_leave_the_one_who_has_been_there_longest_stays(state: State) -> None:
    state.says(ADA, "ada@acme.test", roles=[OWNER])
    reconcile(state)
    state.says(BOB, "bob@acme.test", roles=[OWNER])
    state.says(CEM, "cem@acme.test", roles=[OWNER])
    reconcile(state)

    for key in (ADA, BOB, CEM):
        state.changes(key, deleted=True)
    reconcile(state)

    assert [state.status(key) for key in (ADA, BOB, CEM)] == ["active", "removed", "removed"]


def test_two_owners_who_leave_in_different_batches_are_not_both_gone(state: State) -> None:
    state.says(ADA, "ada@acme.test", roles=[OWNER])
    state.says(BOB, "bob@acme.test", roles=[OWNER])
    reconcile(state)

    state.changes(ADA, deleted=True)
    state.changes(BOB, deleted=True)
    reconcile(state, ADA)
    reconcile(state, BOB)

    assert (state.status(ADA), state.status(BOB)) == ("removed", "active")


def test_no_directory_lifts_what_an_administrator_has_suspended(state: State) -> None:
    state.says(ADA, "ada@acme.test")
    reconcile(state)
    state.keep_out(state.membership(ADA).id)
    for active in (False, True):
        state.changes(ADA, active=active)
        reconcile(state)
        assert state.status(ADA) == "suspended"

    state.changes(ADA, deleted=True)
    reconcile(state)
    assert state.status(ADA) == "removed"


def test_who_was_added_by_hand_leaves_with_the_directory_that_came_to_know_them(
    state: State,
) -> None:
    state.account("usr_1", "ada@acme.test", member=True)
    state.says(ADA, "ada@acme.test")
    assert Manage(MembershipId("mem_usr_1"), UserId("usr_1")) in reconcile(state)

    state.changes(ADA, deleted=True)
    reconcile(state)
    assert state.status(ADA) == "removed"


def test_whom_the_directories_let_go_may_be_taken_in_by_hand(state: State) -> None:
    state.says(ADA, "ada@acme.test", external_id="1", roles=[ADMIN])
    reconcile(state)
    state.changes(ADA, deleted=True)
    reconcile(state)

    state.take_in(state.membership(ADA).id)
    assert reconcile(state) == []
    assert state.status(ADA) == "active"

    state.says(BOB, "ada@acme.test", external_id="1", active=False)
    reconcile(state)
    assert state.status(BOB) == "suspended"
