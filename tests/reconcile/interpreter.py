"""Applies plans to a State, without the store, and refuses what a database would refuse."""

from collections.abc import Iterable
from dataclasses import replace

from provisioning.reconcile.actions import (
    AcceptInvitation,
    Action,
    CloseBreaker,
    CloseConflict,
    CreateMembership,
    CreateUser,
    EndHold,
    EndStep,
    ForgetLoss,
    GrantRole,
    HoldNewcomer,
    Identify,
    KeepOut,
    MakeManual,
    Manage,
    MarkBreakGlass,
    OpenConflict,
    Park,
    PurgeMembership,
    RevokeRole,
    ScheduleStep,
    SetStatus,
    ShowProfile,
    TripBreaker,
    Unpark,
    UpdateUser,
)
from provisioning.reconcile.facts import (
    Account,
    Conflict,
    Grant,
    Link,
    Loss,
    Membership,
    Parked,
)
from tests.planning import plan
from tests.reconcile.state import State


def reconcile(state: State, *batch: str) -> list[Action]:
    """Plans for these people, or for everybody, and applies the plan."""
    actions = plan(state.facts(batch or sorted(state.directory_users)), state.new_id)
    apply(state, actions)
    return actions


def apply(state: State, actions: Iterable[Action]) -> None:
    actions = list(actions)
    for action in actions:
        if isinstance(action, UpdateUser):
            account = state.accounts[action.user_id]
            assert action.before == account.profile
            if account.email_key != action.email_key:
                assert action.released == account.email_key
            state.accounts[action.user_id] = replace(account, email_key=None)
    for action in actions:
        _apply(state, action)
    pointed = [action.identity_id for action in actions if isinstance(action, Identify)]
    assert len(pointed) == len(set(pointed)), "one identity is pointed at two people"
    keys = [a.email_key for a in state.accounts.values() if a.email_key is not None]
    assert len(keys) == len(set(keys)), "two accounts speak for one address"
    linked = [link.directory_user_id for link in state.links.values()]
    assert len(linked) == len(set(linked)), "one directory user is two people"
    disputed = [conflict.directory_user_id for conflict in state.conflicts.values()]
    assert len(disputed) == len(set(disputed)), "one directory user has two open conflicts"
    members = [membership.user_id for membership in state.memberships.values()]
    assert len(members) == len(set(members)), "one user has two memberships"


def _apply(state: State, action: Action) -> None:  # noqa: C901, PLR0912 - a case for each action
    match action:
        case CreateUser():
            assert action.user_id not in state.accounts
            state.accounts[action.user_id] = Account(
                id=action.user_id,
                email_key=action.email_key,
                authority_directory_id=action.authority_directory_id,
                profile=action.profile,
            )
        case UpdateUser():
            state.accounts[action.user_id] = replace(
                state.accounts[action.user_id],
                profile=action.profile,
                email_key=action.email_key,
                authority_directory_id=action.authority_directory_id,
            )
        case Identify(identity_id, user_id, person):
            assert user_id in state.accounts
            state.links[identity_id] = Link(
                identity_id=identity_id,
                user_id=user_id,
                directory_user_id=person.id,
                directory_id=person.directory_id,
                external_id=person.external_id,
                user_name_folded=person.user_name_folded,
            )
        case CreateMembership(membership_id, user_id, status, profile):
            assert membership_id not in state.memberships
            assert user_id in state.accounts
            state.memberships[membership_id] = Membership(membership_id, user_id, status, profile)
        case Manage(membership_id):
            assert not state.memberships[membership_id].managed
            managed = replace(state.memberships[membership_id], managed=True)
            state.memberships[membership_id] = managed
        case ShowProfile(membership_id, user_id, before, after):
            recorded = state.memberships[membership_id].told
            assert recorded is None or recorded == before != after
            told = replace(state.memberships[membership_id], told=after)
            state.memberships[membership_id] = told
        case SetStatus(membership_id, _, before, after, lost_by):
            membership = state.memberships[membership_id]
            assert membership.status == before != after
            lost = None if lost_by is None else Loss(lost_by, state.now)
            if lost is not None and before != "active":
                assert membership.lost is not None
                assert membership.lost.directory_id == lost_by
                lost = membership.lost
            removed_at = state.now if after == "removed" else None
            changed = replace(membership, status=after, lost=lost, removed_at=removed_at)
            state.memberships[membership_id] = changed
        case KeepOut() | MarkBreakGlass():
            _by_hand(state, action)
        case GrantRole():
            _grant(state, action)
        case AcceptInvitation(invitation_id, membership_id, user_id):
            assert state.memberships[membership_id].user_id == user_id
            assert state.memberships[membership_id].status == "active"
            del state.invitations[invitation_id]
        case RevokeRole():
            assert not state.grants[action.grant_id].revoked
            revoked = replace(state.grants[action.grant_id], revoked=True, revoked_at=state.now)
            state.grants[action.grant_id] = revoked
        case MakeManual() | ScheduleStep() | EndStep() | PurgeMembership():
            _leave(state, action)
        case _:
            _except(state, action)


def _leave(state: State, action: MakeManual | ScheduleStep | EndStep | PurgeMembership) -> None:
    match action:
        case MakeManual(membership_id):
            assert state.memberships[membership_id].managed
            manual = replace(state.memberships[membership_id], managed=False)
            state.memberships[membership_id] = manual
        case ScheduleStep(step, _, before):
            assert state.steps.get(step.membership_id) == before != step
            state.steps[step.membership_id] = step
        case EndStep(step):
            assert state.steps.pop(step.membership_id) == step
        case PurgeMembership(membership_id, user_id):
            membership = state.memberships.pop(membership_id)
            assert membership.status == "removed"
            state.purged[membership_id] = membership
            assert all(g.revoked for g in state.grants.values() if g.membership_id == membership_id)
            state.links = {key: one for key, one in state.links.items() if one.user_id != user_id}


def _hold_newcomer(state: State, action: HoldNewcomer | EndHold) -> None:
    key = action.person.id
    if isinstance(action, EndHold):
        assert state.held_newcomers.pop(key) == action.held
    else:
        assert state.held_newcomers.get(key) == action.before != action.held
        assert state.user(key) is None
        state.held_newcomers[key] = action.held


def _by_hand(state: State, action: KeepOut | MarkBreakGlass) -> None:
    membership = state.memberships[action.membership_id]
    if isinstance(action, KeepOut):
        membership = replace(membership, kept_out=action.kept_out)
    else:
        membership = replace(membership, break_glass=action.break_glass)
    state.memberships[action.membership_id] = membership


def _except(
    state: State,
    action: OpenConflict
    | CloseConflict
    | HoldNewcomer
    | EndHold
    | Park
    | Unpark
    | TripBreaker
    | ForgetLoss
    | CloseBreaker,
) -> None:
    match action:
        case HoldNewcomer() | EndHold():
            _hold_newcomer(state, action)
        case OpenConflict(conflict_id, directory_user_id, user_id):
            state.conflicts[conflict_id] = Conflict(conflict_id, directory_user_id, user_id)
        case CloseConflict(conflict_id):
            del state.conflicts[conflict_id]
        case Park(membership_id=membership_id):
            state.parked[membership_id] = Parked(
                action.wanted_status,
                action.reason,
                action.directory_id,
                action.decision,
                action.decided_by,
                action.evidence.said,
            )
        case Unpark(membership_id, _, parked):
            assert state.parked.pop(membership_id) == parked
        case TripBreaker(breaker):
            former = state.breakers[breaker.directory_id]
            assert not former.tripped
            tripped = replace(former, tripped=True, since=breaker.since)
            state.breakers[breaker.directory_id] = tripped
        case ForgetLoss(membership_id):
            assert state.memberships[membership_id].lost is not None
            forgotten = replace(state.memberships[membership_id], lost=None)
            state.memberships[membership_id] = forgotten
        case CloseBreaker(breaker):
            former = state.breakers[breaker.directory_id]
            assert former.tripped
            closed = replace(former, tripped=False, since=state.now)
            state.breakers[breaker.directory_id] = closed


def _grant(state: State, action: GrantRole) -> None:
    assert action.membership_id in state.memberships
    present = state.grants.get(action.grant_id)
    assert present is None or present.revoked
    for other in state.grants.values():
        if other.id != action.grant_id:
            assert _source(other) != _source(action), "the same grant twice"
    state.grants[action.grant_id] = Grant(
        id=action.grant_id,
        membership_id=action.membership_id,
        role_id=action.role_id,
        source_type=action.source_type,
        source_id=action.source_id,
        revoked=False,
        workspace_id=action.workspace_id,
        giving=action.role_id if action.source_type == "mapping" else None,
    )


def _source(one: Grant | GrantRole) -> tuple[object, ...]:
    return (one.membership_id, one.role_id, one.source_type, one.source_id, one.workspace_id)
