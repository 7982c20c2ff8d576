"""
How people leave (pure): suspended when the last directory lets them go, removed after its grace
period, purged after the retention period. Each step is foreseen as a row with its time; whether it
is due is read from the facts, whatever wakes the plan.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from provisioning import ids
from provisioning.ids import DirectoryId, GrantId, LeavingStepId, MembershipId, UserId
from provisioning.reconcile.actions import (
    Action,
    EndStep,
    GrantRole,
    MakeManual,
    PurgeMembership,
    ScheduleStep,
    SetStatus,
    StepOutcome,
)
from provisioning.reconcile.breakers import parked_after
from provisioning.reconcile.departures import last_departure
from provisioning.reconcile.facts import (
    DirectoryUser,
    Facts,
    Grant,
    KeptRoles,
    LeavingPolicy,
    LeavingStep,
    Membership,
    Status,
    Step,
)
from provisioning.reconcile.granting import revoking
from provisioning.reconcile.identify import NewId, People

NOTICE = timedelta(days=1)
"""A policy that is set, or shortened, takes no step earlier than that: there is time to look."""


@dataclass(frozen=True, slots=True)
class _Planned:
    """The next step, as the policy has it."""

    step: Step
    directory_id: DirectoryId | None
    at: datetime


@dataclass(frozen=True, slots=True)
class _Leaver:
    """Somebody who may be one, as they are when all else is done; `held` are live grants."""

    membership: Membership
    status: Status
    present: Sequence[DirectoryUser]
    held: Sequence[Grant]
    guarded: bool
    """What the directories want of them waits for a decision, so nothing of it is foreseen."""


def waits(facts: Facts, membership: Membership, present: Sequence[DirectoryUser]) -> bool:
    """Whether all directories have let a member go who is not to be removed yet."""
    planned = _removal(facts, membership, membership.status, present)
    return planned is not None and not _is_due(facts, membership, planned)


def making_manual(
    membership: Membership,
    held: Iterable[Grant],
    roles: KeptRoles,
    new_id: NewId,
) -> list[Action]:
    """The member stays, by hand as from now on; `held` are all grants, also those revoked."""
    held = list(held)
    by_hand = {
        (grant.role_id, grant.workspace_id): grant
        for grant in held
        if grant.source_type == "direct"
    }
    actions: list[Action] = [MakeManual(membership.id, membership.user_id)]
    given = set()
    for grant in sorted(held, key=lambda grant: grant.id):
        if grant.source_type != "mapping" or grant.revoked:
            continue
        role_id = grant.giving if roles == "direct" else None
        place = (role_id, grant.workspace_id)
        own = None if role_id is None else by_hand.get((role_id, grant.workspace_id))
        if role_id is not None and place not in given and (own is None or own.revoked):
            given.add(place)
            actions.append(
                GrantRole(
                    grant_id=own.id if own else GrantId(new_id(ids.GRANT)),
                    is_new=own is None,
                    membership_id=membership.id,
                    user_id=membership.user_id,
                    role_id=role_id,
                    source_type="direct",
                    source_id="",
                    workspace_id=grant.workspace_id,
                )
            )
        actions += revoking(membership.user_id, [grant])
    return actions


def leaving(facts: Facts, people: People, actions: Sequence[Action], new_id: NewId) -> list[Action]:
    """What is foreseen for everybody in the facts once `actions` are done, and what is due now."""
    statuses = {one.membership_id: one.after for one in actions if isinstance(one, SetStatus)}
    guarded = parked_after(facts, actions).keys()
    manual = {one.membership_id for one in actions if isinstance(one, MakeManual)}
    known: defaultdict[UserId, list[DirectoryUser]] = defaultdict(list)
    for link in people.links.values():
        known[link.user_id].append(people.directory_users[link.directory_user_id])
    grants: defaultdict[MembershipId, list[Grant]] = defaultdict(list)
    for grant in sorted(facts.grants, key=lambda grant: grant.id):
        if not grant.revoked:
            grants[grant.membership_id].append(grant)
    found: list[Action] = []
    for membership in sorted(facts.memberships, key=lambda membership: membership.id):
        status = statuses.get(membership.id, membership.status)
        after = replace(membership, managed=False) if membership.id in manual else membership
        key, user_id = membership.id, membership.user_id
        leaver = _Leaver(after, status, known[user_id], grants[key], guarded=key in guarded)
        found += _next(facts, leaver, new_id)
    return found


def is_foreseen(
    policies: Mapping[DirectoryId | None, LeavingPolicy],
    directory_id: DirectoryId,
    removed_at: datetime,
    step: LeavingStep | None,
    now: datetime,
) -> bool:
    """Whether there is nothing to say of who was removed, and only one directory has known."""
    planned = _purged_at(_policy(policies, directory_id), removed_at)
    if planned is None or step is None:
        return planned is None and step is None
    known = ("purge", directory_id, planned, None)
    if (step.step, step.directory_id, step.planned_at, step.put_off_to) != known:
        return False
    return step.due_at is None or step.due_at > now


def _next(facts: Facts, leaver: _Leaver, new_id: NewId) -> Iterator[Action]:
    membership, status, present = leaver.membership, leaver.status, leaver.present
    if status == "removed":
        planned = _purge(facts, membership, present)
    else:
        waits = status == "suspended" and not leaver.guarded
        planned = _removal(facts, membership, status, present) if waits else None
    before = facts.steps.get(membership.id)
    purges = planned is not None and planned.step == "purge" and _is_due(facts, membership, planned)
    if purges and membership.user_id not in facts.expected:
        if before is not None:
            yield EndStep(before, membership.user_id, "taken")
        yield from revoking(membership.user_id, leaver.held)
        yield PurgeMembership(membership.id, membership.user_id, facts.now)
        return
    if planned is None and before is not None and _outlasts_policies(leaver, before):
        if before.due_at is not None:
            asleep = replace(before, due_at=None, put_off_to=before.due_at)
            yield ScheduleStep(asleep, membership.user_id, before)
        return
    if before is not None and _is_held(facts, leaver, before):
        return
    if before is not None and (planned is None or planned.step != before.step):
        yield EndStep(before, membership.user_id, _outcome(leaver, before))
        before = None
    if planned is not None:
        yield from _scheduled(membership, planned, before, new_id)


def _outlasts_policies(leaver: _Leaver, before: LeavingStep) -> bool:
    """
    A purge that an administrator has called off, or put off, of somebody who has not come back
    since. Nobody is purged without a policy; with one again, not before the time that was chosen.
    """
    back = leaver.status != "removed" or any(not user.deleted for user in leaver.present)
    return before.step == "purge" and before.is_put_off and not back


def _is_held(facts: Facts, leaver: _Leaver, before: LeavingStep) -> bool:
    """
    A removal that an administrator has brought forward, and a guard does not let happen: until its
    own time comes it stays due, or it would only be waited for again.
    """
    if not leaver.guarded or leaver.status != "suspended" or before.step != "remove":
        return False
    planned = _removal(facts, leaver.membership, leaver.status, leaver.present)
    if planned is None or planned.at <= facts.now:
        return False
    return _is_due(facts, leaver.membership, planned)


def _outcome(leaver: _Leaver, before: LeavingStep) -> StepOutcome:
    if leaver.status == "removed":
        return "taken" if before.step == "remove" else "policy"
    if before.step == "purge":
        return "returned"
    if not leaver.membership.managed:
        return "kept"
    if last_departure(leaver.present) is None:
        return "returned"
    return "held" if leaver.guarded else "policy"


def _scheduled(
    membership: Membership, planned: _Planned, before: LeavingStep | None, new_id: NewId
) -> Iterator[ScheduleStep]:
    """Nothing when it is foreseen so already. What an administrator has put off stays so."""
    if before is None:
        step = LeavingStep(
            id=LeavingStepId(new_id(ids.LEAVING_STEP)),
            membership_id=membership.id,
            step=planned.step,
            directory_id=planned.directory_id,
            planned_at=planned.at,
            due_at=planned.at,
        )
    else:
        due_at = before.due_at if before.is_put_off else planned.at
        if before.put_off_to is not None:
            due_at = max(before.put_off_to, planned.at)
        step = replace(
            before,
            directory_id=planned.directory_id,
            planned_at=planned.at,
            due_at=due_at,
            put_off_to=None,
        )
    if step != before:
        yield ScheduleStep(step, membership.user_id, before)


def _removal(
    facts: Facts, membership: Membership, status: Status, present: Sequence[DirectoryUser]
) -> _Planned | None:
    """Of a member whom the directories have let go; None: nobody leaves, or it is done at once."""
    last = last_departure(present)
    if last is None or status == "removed" or not membership.managed:
        return None
    policy = _policy(facts.policies, last.directory_id)
    if policy is None or last.kept is not None:
        return None
    since = last.gone_at or facts.now
    # Without a grace period only those wait who do so already, and for as long as they are told.
    if not policy.grace_seconds and not _waits_already(facts, membership):
        return None
    return _Planned("remove", last.directory_id, _due(since, policy.grace_seconds, policy))


def _waits_already(facts: Facts, membership: Membership) -> bool:
    step = facts.steps.get(membership.id)
    return step is not None and step.step == "remove"


def _purge(
    facts: Facts, membership: Membership, present: Sequence[DirectoryUser]
) -> _Planned | None:
    """Of somebody who is removed, or is so now, by whomever."""
    last = last_departure(present)
    if present and last is None:
        return None
    directory_id = None if last is None else last.directory_id
    since = (membership.removed_at if membership.status == "removed" else None) or facts.now
    at = _purged_at(_policy(facts.policies, directory_id), since)
    return None if at is None else _Planned("purge", directory_id, at)


def _purged_at(policy: LeavingPolicy | None, removed_at: datetime) -> datetime | None:
    if policy is None or policy.retention_seconds is None:
        return None
    return _due(removed_at, policy.retention_seconds, policy)


def _policy(
    policies: Mapping[DirectoryId | None, LeavingPolicy], directory_id: DirectoryId | None
) -> LeavingPolicy | None:
    return policies.get(directory_id) or policies.get(None)


def _due(since: datetime, seconds: int, policy: LeavingPolicy) -> datetime:
    due = since + timedelta(seconds=seconds)
    return due if since >= policy.changed_at else max(due, policy.changed_at + NOTICE)


def _is_due(facts: Facts, membership: Membership, planned: _Planned) -> bool:
    step = facts.steps.get(membership.id)
    if step is None or step.step != planned.step or not step.is_put_off:
        return planned.at <= facts.now
    return step.due_at is not None and step.due_at <= facts.now
