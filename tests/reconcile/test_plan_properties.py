"""What holds of every plan, whatever the directories say."""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.ids import RoleId
from provisioning.reconcile.facts import (
    OWNER,
    Grant,
    LeavingPolicy,
    ProvisioningScope,
    RoleMode,
    Verdict,
)
from provisioning.reconcile.leaving import NOTICE
from tests.planning import plan
from tests.reconcile.interpreter import reconcile
from tests.reconcile.state import ADMIN, ENTRA, GUEST, MEMBER, NOON, OKTA, ROLES, State

EMAILS = st.sampled_from(["a@x.test", "b@x.test", "c@y.test", "stranger@x.test", "hand@x.test"])
SCOPES: list[ProvisioningScope] = ["accept", "accept", "hold", "refuse"]
NAMES = st.sampled_from(["ann", "bob", "cem"])
KEYS = [f"diruser_{number}" for number in range(6)]
MODES: list[RoleMode] = ["union", "highest"]
VERDICTS: list[Verdict | None] = [None, "released", "rejected"]
ROLE_SETS = st.sets(st.sampled_from(sorted(ROLES)), max_size=2)
WORDS = st.fixed_dictionaries(
    {
        "email": st.none() | EMAILS,
        "name": st.sampled_from(["one", "two"]),
        "user_name": NAMES,
        "external_id": st.none() | st.sampled_from(["1", "2"]),
        "active": st.booleans(),
        "deleted": st.booleans(),
        "kept": st.sampled_from([None, None, "direct", "drop"]),
        "roles": ROLE_SETS,
        "in_workspace": ROLE_SETS,
    }
)
PERIODS = st.sampled_from([0, 3600, 86_400])
POLICIES = st.builds(
    lambda grace, retention: LeavingPolicy(grace, retention, NOON - NOTICE),
    PERIODS,
    st.none() | PERIODS.filter(bool),
)
SAYINGS = st.dictionaries(st.sampled_from(KEYS), WORDS, max_size=len(KEYS))


def say(state: State, sayings: Mapping[str, Mapping[str, Any]]) -> None:
    """
    A directory user stays in its directory, a deleted one stays deleted, and a userName belongs to
    one living user of a directory.
    """
    for number, key in enumerate(KEYS):
        directory = (OKTA, ENTRA)[number % 2]
        former = state.directory_users.get(key)
        if key not in sayings or (former is not None and former.deleted):
            continue
        taken = any(
            other.user_name_folded == sayings[key]["user_name"]
            for other in state.directory_users.values()
            if other.id != key and other.directory_id == directory and not other.deleted
        )
        if not taken:
            state.says(key, directory=directory, **sayings[key])


def decide(draw: st.DrawFn, state: State) -> None:
    """An administrator has a look at what is held, and marks some whom no machine touches."""
    for key, parked in sorted(state.parked.items()):
        verdict = draw(st.sampled_from(VERDICTS))
        refused = verdict == "released" and parked.reason == "last_owner"
        if verdict is None or refused:
            continue
        state.parked[key] = replace(parked, decision=verdict, decided_by="admin")
    for newcomer in sorted(state.held_newcomers):
        verdict = draw(st.sampled_from(VERDICTS))
        if verdict is not None:
            state.says_of_newcomer(newcomer, verdict)
    for key in (
        draw(st.sets(st.sampled_from(sorted(state.memberships)), max_size=1))
        if (state.memberships)
        else ()
    ):
        marked = state.memberships[key]
        if marked.status != "removed":
            state.memberships[key] = replace(marked, break_glass=not marked.break_glass)


@st.composite
def histories(draw: st.DrawFn) -> State:
    """An organization that has seen some batches, and whose directories have said more since."""
    state = State(
        role_mode=draw(st.sampled_from(MODES)),
        default_role=draw(st.sampled_from([GUEST, MEMBER])),
    )
    state.policies = draw(st.dictionaries(st.sampled_from([None, OKTA, ENTRA]), POLICIES))
    for directory in draw(st.sets(st.sampled_from([OKTA, ENTRA]))):
        share = draw(st.sampled_from([0.0, 0.5]))
        state.guards(directory, max_count=draw(st.integers(0, 2)), max_share=share)
    state.account("usr_stranger", "stranger@x.test")
    state.account("usr_hand", "hand@x.test", member=True)
    for _ in range(draw(st.integers(0, 3))):
        say(state, draw(SAYINGS))
        state.later(draw(st.sampled_from([0, 60, 4000])))
        batch = draw(st.lists(st.sampled_from(KEYS), unique=True))
        reconcile(state, *sorted(set(batch) & set(state.directory_users)))
        state.scope = draw(st.sampled_from(SCOPES))
        state.lapsed_domains = draw(st.sampled_from([frozenset(), frozenset({"y.test"})]))
        granting = draw(st.booleans())
        if state.memberships and granting:
            chosen = draw(st.sampled_from(sorted(state.memberships)))
            role = draw(st.sampled_from([OWNER, ADMIN, GUEST]))
            grants = state.grants.values()
            draw(st.sampled_from([state.keep_out, state.take_in, id]))(chosen)
            if all((g.membership_id, g.role_id) != (chosen, role) for g in grants):
                state.grant(chosen, role)
        wavers = draw(st.booleans())
        if state.steps and wavers:
            put_off(state, draw)
        decide(draw, state)
        if draw(st.booleans()):
            state.joins_elsewhere(draw(st.sampled_from(sorted(state.accounts))))
        state.now += timedelta(seconds=draw(PERIODS))
        for email in draw(st.sets(EMAILS, max_size=2)):
            if all(other.email_key != email for other in state.invitations.values()):
                state.invites(email, draw(st.sampled_from([OWNER, ADMIN, GUEST])))
    say(state, draw(SAYINGS))
    return state


def put_off(state: State, draw: st.DrawFn) -> None:
    """An administrator says something else of a step."""
    chosen = draw(st.sampled_from(sorted(state.steps)))
    step = state.steps[chosen]
    later = None if step.step == "purge" else step.planned_at
    times = [state.now + timedelta(hours=1), step.planned_at + timedelta(days=9), later]
    state.steps[chosen] = replace(step, due_at=draw(st.sampled_from(times)))


def by_hand(state: State) -> set[Grant]:
    return {grant for grant in state.grants.values() if grant.source_type == "direct"}


@settings(max_examples=200)
@given(histories())
def test_one_plan_is_enough(state: State) -> None:
    reconcile(state)

    assert reconcile(state) == []


@settings(max_examples=150)
@given(histories(), st.data())
def test_the_order_of_the_batch_decides_nothing(state: State, data: st.DataObject) -> None:
    shuffled = copy.deepcopy(state)
    order: Iterable[str] = data.draw(st.permutations(sorted(state.directory_users)))
    for name in (
        "links",
        "accounts",
        "memberships",
        "grants",
        "conflicts",
        "invitations",
        "parked",
        "breakers",
        "held_newcomers",
    ):
        rows = data.draw(st.permutations(sorted(getattr(shuffled, name).items())))
        setattr(shuffled, name, dict(rows))

    assert reconcile(shuffled, *order) == reconcile(state)


@settings(max_examples=150)
@given(histories(), st.data())
def test_more_groups_make_nobody_weaker(state: State, data: st.DataObject) -> None:
    state.role_mode = "union"
    reconcile(state)
    parked = set(state.parked)
    before = {key: state.roles(key) for key in KEYS if state.user(key) is not None}
    for key in state.groups:
        state.groups[key] |= data.draw(st.sets(st.sampled_from(sorted(ROLES)), max_size=2))
    reconcile(state)

    # Who is parked keeps roles until there is another owner, and gets none meanwhile.
    parked |= set(state.parked)
    after: dict[str, set[RoleId]] = {key: state.roles(key) for key in before}
    for key, roles in before.items():
        if not state.directory_users[key].deleted and state.membership(key).id not in parked:
            assert roles <= after[key]


@settings(max_examples=150)
@given(histories())
def test_what_was_granted_by_hand_is_left_alone(state: State) -> None:
    before, invited = by_hand(state), {one.role_ids[0] for one in state.invitations.values()}
    reconcile(state)

    purged = {grant for grant in before if grant.membership_id in state.purged}
    assert by_hand(state) >= before - purged
    given = {grant.role_id for grant in by_hand(state) - before if not grant.revoked}
    kept = any(person.kept for person in state.directory_users.values())
    assert kept or given <= invited


@settings(max_examples=150)
@given(histories())
def test_whoever_is_here_has_accepted_and_has_the_roles(state: State) -> None:
    before = dict(state.invitations)
    reconcile(state)
    here = {
        person.email_key: key
        for key, person in state.directory_users.items()
        if person.active and not person.deleted and state.user(key) is not None
    }

    for invitation_id, invitation in before.items():
        if invitation_id not in state.invitations:
            assert invitation.email_key in here
        elif invitation.email_key in here:
            membership = state.membership(here[invitation.email_key])
            assert membership.kept_out or membership.id in state.parked


@settings(max_examples=150)
@given(histories())
def test_no_directory_lifts_what_an_administrator_has_suspended(state: State) -> None:
    reconcile(state)

    for membership in state.memberships.values():
        assert not membership.kept_out or membership.status != "active"


@settings(max_examples=200)
@given(histories(), st.data())
def test_there_is_always_an_owner_once_there_was_one(state: State, data: st.DataObject) -> None:
    had_one = bool(state.owners)
    people = data.draw(st.permutations(sorted(state.directory_users)))
    for start in range(0, len(people), 2):
        reconcile(state, *people[start : start + 2])
        assert state.owners or not had_one
        had_one = bool(state.owners)


@settings(max_examples=100)
@given(histories())
def test_a_plan_leaves_its_facts_alone(state: State) -> None:
    facts = state.facts(sorted(state.directory_users))
    before = copy.deepcopy(facts)
    plan(facts, state.new_id)

    assert facts == before


@settings(max_examples=150)
@given(histories())
def test_everybody_alive_is_somebody_or_held_or_in_conflict(state: State) -> None:
    reconcile(state)
    waiting = {conflict.directory_user_id for conflict in state.conflicts.values()}
    waiting |= {held.directory_user_id for held in state.held_newcomers.values()}

    for key, person in state.directory_users.items():
        if person.deleted:
            assert person.id not in waiting
        else:
            assert (state.user(key) is None) == (person.id in waiting)


@settings(max_examples=100)
@given(histories(), st.sampled_from(SCOPES))
def test_no_scope_takes_anything_from_a_member(state: State, scope: ProvisioningScope) -> None:
    reconcile(state)
    before = copy.deepcopy(state)
    state.scope, state.lapsed_domains = scope, frozenset()
    reconcile(state)

    # Who is let in now may be another owner: then the last one goes, as the directories want it.
    waiting = {key for key, parked in before.parked.items() if parked.reason == "last_owner"}
    for membership in before.memberships.values():
        after = state.memberships[membership.id].status
        assert after == membership.status or membership.id in waiting
    held = {
        grant.id
        for grant in before.grants.values()
        if not grant.revoked and grant.membership_id not in waiting
    }
    assert held <= {grant.id for grant in state.grants.values() if not grant.revoked}


@settings(max_examples=200)
@given(histories())
def test_a_breaker_that_has_tripped_lets_nobody_go(state: State) -> None:
    before = copy.deepcopy(state)
    reconcile(state)

    disconnected = {link.user_id for link in state.links.values() if state.is_disconnected(link)}
    for key, membership in before.memberships.items():
        if membership.status == "removed":
            continue
        after = state.memberships[key]
        decided = key in before.parked or membership.user_id in disconnected
        if membership.status == "active" != after.status and not decided:
            lost_by = None if after.lost is None else after.lost.directory_id
            on = {breaker.directory_id for breaker in state.breakers.values() if breaker.enabled}
            directories = {
                link.directory_id
                for link in state.links.values()
                if link.user_id == membership.user_id
            }
            assert lost_by in on or not directories <= on
            assert not any(
                breaker.tripped
                for breaker in state.breakers.values()
                if breaker.directory_id == lost_by
            )


def live(state: State, key: str) -> set[tuple[str, str | None]]:
    """What a member has, whatever gives it."""
    return {
        (grant.role_id, grant.workspace_id)
        for grant in state.grants.values()
        if grant.membership_id == key and not grant.revoked
    }


@settings(max_examples=200)
@given(histories())
def test_no_machine_touches_whom_an_administrator_has_marked(state: State) -> None:
    before = copy.deepcopy(state)
    state.role_mode = "union"
    reconcile(state)

    for key, membership in before.memberships.items():
        released = key in before.parked and before.parked[key].decision == "released"
        if membership.break_glass and membership.status != "removed" and not released:
            order = ["removed", "suspended", "active"]
            after = state.memberships[key].status
            assert order.index(after) >= order.index(membership.status)
            assert live(before, key) <= live(state, key)


@settings(max_examples=200)
@given(histories())
def test_a_breaker_is_open_as_long_as_it_holds_somebody_undecided(state: State) -> None:
    reconcile(state)
    holding = {
        parked.directory_id
        for parked in state.parked.values()
        if parked.reason == "mass_deprovisioning" and parked.decision is None
    }

    assert {key for key, breaker in state.breakers.items() if breaker.tripped} == holding


@settings(max_examples=150)
@given(
    leavers=st.lists(st.sampled_from(KEYS), unique=True),
    size=st.integers(1, 6),
    max_count=st.integers(0, 6),
    deleted=st.booleans(),
)
def test_the_size_of_the_batches_decides_nothing(
    leavers: list[str], size: int, max_count: int, *, deleted: bool
) -> None:
    """They leave in any order, and are looked at so many at a time; then who has a note is."""
    state = State()
    state.guards(OKTA, max_count=max_count)
    for key in KEYS:
        state.says(key, f"{key}@x.test", roles=[ADMIN])
    reconcile(state)
    before = state.summary()
    for start in range(0, len(leavers), size):
        part = leavers[start : start + size]
        for key in part:
            state.changes(key, active=False, deleted=deleted)
            state.groups[key] = set()
        reconcile(state, *part)
        state.later(60)
    reconcile(state)

    gone = {key for key in KEYS if state.status(key) != "active"}
    assert gone == (set(leavers) if len(leavers) <= max_count else set())
    if len(leavers) > max_count:
        assert len(state.parked) == len(leavers)
        assert not deleted or state.summary() == before
