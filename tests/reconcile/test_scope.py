"""Whom directories may bring: newcomers whose address is outside the organization's domains."""

from dataclasses import replace

from provisioning.reconcile.actions import CreateUser, EndHold, HoldNewcomer
from tests.reconcile.interpreter import reconcile
from tests.reconcile.state import ADMIN, ENTRA, GUEST, State

INSIDE, OUTSIDE = "ada@acme.test", "eve@contractor.test"


def narrowed(state: State, scope: str = "hold") -> None:
    state.scope = scope  # type: ignore[assignment]
    state.verified_domains = frozenset({"acme.test"})


def test_whoever_is_inside_is_let_in(state: State) -> None:
    narrowed(state)
    state.says("ada", INSIDE, roles=[ADMIN])
    reconcile(state)

    assert state.status("ada") == "active"
    assert not state.held_newcomers


def test_whoever_is_outside_waits_without_an_account(state: State) -> None:
    narrowed(state)
    state.says("eve", OUTSIDE, roles=[ADMIN])
    actions = reconcile(state)

    assert [type(action) for action in actions] == [HoldNewcomer]
    assert state.held_newcomers["eve"].decision is None
    assert not state.accounts


def test_a_policy_that_refuses_needs_no_administrator(state: State) -> None:
    narrowed(state, "refuse")
    state.says("eve", OUTSIDE)
    reconcile(state)

    held = state.held_newcomers["eve"]
    assert (held.decision, held.decided_by) == ("rejected", None)


def test_a_subdomain_is_another_domain(state: State) -> None:
    narrowed(state)
    state.says("sub", "ada@mail.acme.test")
    reconcile(state)

    assert "sub" in state.held_newcomers


def test_without_an_address_nobody_is_inside(state: State) -> None:
    narrowed(state)
    state.says("ann")
    reconcile(state)

    assert "ann" in state.held_newcomers


def test_an_organization_without_a_domain_lets_nobody_in_by_itself(state: State) -> None:
    state.scope = "hold"
    state.says("ada", INSIDE)
    reconcile(state)

    assert "ada" in state.held_newcomers


def test_a_record_that_is_lost_locks_nobody_out(state: State) -> None:
    state.scope = "refuse"
    state.lapsed_domains = frozenset({"acme.test"})
    state.says("ada", INSIDE)
    reconcile(state)

    assert state.status("ada") == "active"


def test_members_stay_whatever_the_scope_becomes(state: State) -> None:
    state.says("eve", OUTSIDE, roles=[ADMIN])
    reconcile(state)
    narrowed(state, "refuse")

    assert reconcile(state) == []
    assert state.roles("eve") >= {ADMIN}


def test_a_member_whose_address_moves_outside_stays(state: State) -> None:
    narrowed(state)
    state.says("ada", INSIDE)
    reconcile(state)
    state.says("ada", OUTSIDE)
    reconcile(state)

    assert state.status("ada") == "active"
    assert not state.held_newcomers


def test_a_member_who_leaves_and_returns_is_no_newcomer(state: State) -> None:
    state.says("eve", OUTSIDE, external_id="1")
    reconcile(state)
    narrowed(state, "refuse")
    state.says("eve", OUTSIDE, external_id="1", deleted=True)
    reconcile(state)
    state.says("again", OUTSIDE, external_id="1")
    reconcile(state)

    assert state.status("again") == "active"


def test_a_member_by_hand_whom_a_directory_brings_is_linked(state: State) -> None:
    user_id = state.account("usr_eve", OUTSIDE, member=True)
    narrowed(state, "refuse")
    state.says("eve", OUTSIDE, roles=[GUEST])
    reconcile(state)

    assert state.user("eve") == user_id


def test_a_member_may_change_directories(state: State) -> None:
    state.says("eve", OUTSIDE)
    reconcile(state)
    narrowed(state, "refuse")
    state.says("eve_entra", OUTSIDE, directory=ENTRA)
    state.says("eve", OUTSIDE, deleted=True)
    reconcile(state)

    assert state.status("eve_entra") == "active"


def test_whoever_was_invited_is_let_in(state: State) -> None:
    narrowed(state)
    state.invites(OUTSIDE, ADMIN)
    state.says("eve", OUTSIDE)
    reconcile(state)

    assert state.roles("eve") >= {ADMIN}


def test_an_administrator_releases_a_newcomer(state: State) -> None:
    narrowed(state, "refuse")
    state.says("eve", OUTSIDE, roles=[ADMIN])
    reconcile(state)
    state.says_of_newcomer("eve", "released")
    actions = reconcile(state)

    assert [a.outcome for a in actions if isinstance(a, EndHold)] == ["admitted"]
    assert state.roles("eve") >= {ADMIN}


def test_a_rejected_newcomer_stays_out_whatever_the_policy_becomes(state: State) -> None:
    narrowed(state)
    state.says("eve", OUTSIDE)
    reconcile(state)
    state.says_of_newcomer("eve", "rejected")
    for scope in ("refuse", "hold"):
        narrowed(state, scope)
        assert reconcile(state) == []
    assert state.held_newcomers["eve"].decided_by == "admin"


def test_a_policy_that_holds_again_takes_back_what_it_refused(state: State) -> None:
    narrowed(state, "refuse")
    state.says("eve", OUTSIDE)
    reconcile(state)
    narrowed(state, "hold")
    reconcile(state)

    assert state.held_newcomers["eve"].decision is None


def test_a_newcomer_whose_address_moves_inside_is_let_in(state: State) -> None:
    narrowed(state)
    state.says("eve", OUTSIDE)
    reconcile(state)
    state.says("eve", "eve@acme.test")
    reconcile(state)

    assert state.status("eve") == "active"
    assert not state.held_newcomers


def test_a_newcomer_who_is_deleted_waits_no_more(state: State) -> None:
    narrowed(state)
    state.says("eve", OUTSIDE)
    reconcile(state)
    state.says("eve", OUTSIDE, deleted=True)
    actions = reconcile(state)

    assert [a.outcome for a in actions if isinstance(a, EndHold)] == ["gone"]
    assert not any(isinstance(action, CreateUser) for action in actions)


def test_an_address_of_a_stranger_outside_is_no_conflict_until_the_person_is_released(
    state: State,
) -> None:
    stranger = state.account("usr_stranger", OUTSIDE)
    state.says("eve", OUTSIDE)
    reconcile(state)
    assert state.conflicts
    narrowed(state)
    reconcile(state)
    assert not state.conflicts

    state.says_of_newcomer("eve", "released")
    reconcile(state)
    (conflict,) = state.conflicts.values()
    assert conflict.user_id == stranger
    assert reconcile(state) == []
    state.decides(conflict.id, "link")
    reconcile(state)

    assert state.user("eve") == stranger
    assert not state.held_newcomers


def test_two_who_share_an_address_are_one_when_one_of_them_is_released(state: State) -> None:
    narrowed(state)
    state.says("a", OUTSIDE, directory=ENTRA)
    state.says("b", OUTSIDE)
    reconcile(state)
    state.says_of_newcomer("b", "released")
    reconcile(state)

    assert state.user("a") == state.user("b")
    assert not state.held_newcomers


def test_whom_an_administrator_has_linked_no_scope_keeps_out(state: State) -> None:
    stranger = state.account("usr_stranger", OUTSIDE)
    state.says("eve", OUTSIDE)
    reconcile(state)
    state.decides(next(iter(state.conflicts)), "link")
    narrowed(state, "refuse")
    reconcile(state)

    assert state.user("eve") == stranger
    assert not state.held_newcomers


def test_who_was_rejected_is_somebody_else_once_a_colleague_has_the_address(state: State) -> None:
    """Who was held outside comes in with the domain, and is the account of the address."""
    stranger = state.account("usr_stranger", OUTSIDE)
    state.says("a", OUTSIDE)
    reconcile(state)
    (conflict,) = state.conflicts.values()
    state.conflicts[conflict.id] = replace(conflict, rejected=True)
    narrowed(state, "refuse")
    state.says("b", OUTSIDE)
    reconcile(state)
    state.verified_domains = frozenset({"contractor.test"})
    reconcile(state)

    assert state.user("b") == stranger
    assert state.user("a") not in {None, stranger}
    assert reconcile(state) == []
