"""
What is foreseen for people who leave: rung for when it is due, put off or called off by
administrators until it happens. What a step does is planned and done by a drain, as all else.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from provisioning import direct_changes, ids
from provisioning.context import Acting
from provisioning.direct_changes import membership_of
from provisioning.errors import NotFound, Refused
from provisioning.ids import LeavingStepId, OrganizationId
from provisioning.reconcile.actions import Action, EndStep, SetStatus
from provisioning.reconcile.facts import KeptRoles
from provisioning.reconcile.leaving import making_manual
from provisioning.reconcile.leaving_told import postponed
from provisioning.store import events, leaving_steps, periodic_jobs
from provisioning.store.engine import transaction
from provisioning.store.leaving_steps import Foreseen

INTERVAL = timedelta(minutes=1)
_AT_ONCE = 1000


def ring_due(engine: Engine, now: datetime, ring: Callable[[OrganizationId], object]) -> int:
    """
    A note for everybody whose step is due, and a ring for their organizations; how many. 0 when
    nothing is due. Claimed in the database, so two beats are harmless.
    """
    with transaction(engine) as connection:
        early = timedelta(seconds=1)
        if not periodic_jobs.claim(connection, "take_leaving_steps", now, INTERVAL - early):
            return 0
    total = 0
    while True:
        with transaction(engine) as connection:
            noted = leaving_steps.claim(connection, now, _AT_ONCE)
        for organization_id in sorted(set(noted)):
            ring(organization_id)
        total += len(noted)
        if len(noted) < _AT_ONCE:
            return total


def get(
    connection: Connection, organization_id: OrganizationId, step_id: LeavingStepId
) -> Foreseen:
    """Raises `NotFound`, also for what has happened or will not happen any more."""
    found = leaving_steps.get(connection, organization_id, step_id)
    if found is None:
        raise NotFound("leaving step", step_id)
    return found


def put_off(
    connection: Connection,
    organization_id: OrganizationId,
    step_id: LeavingStepId,
    due_at: datetime,
    acting: Acting,
) -> Foreseen:
    """
    To another time, also of what was called off; also to an earlier one, but not to the past.
    Raises `NotFound`, `Refused`.
    """
    direct_changes.lock(connection, organization_id)
    get(connection, organization_id, step_id)
    if due_at <= acting.now:
        raise Refused("due_in_the_past", "a step can only be put off to a time to come")
    return _move(connection, organization_id, step_id, due_at, acting)


def call_off(
    connection: Connection,
    organization_id: OrganizationId,
    step_id: LeavingStepId,
    roles: KeptRoles,
    acting: Acting,
) -> None:
    """
    A removal: the person is kept, active unless an administrator suspends them, by hand from now
    on; `roles` says what becomes of those that groups gave. A purge: it stays to be seen, without a
    time, and comes only if it is put off to one. Raises `NotFound`.
    """
    direct_changes.lock(connection, organization_id)
    found = get(connection, organization_id, step_id)
    if found.step.step == "purge":
        _move(connection, organization_id, step_id, None, acting)
        return
    known = direct_changes.look(connection, organization_id, found.user_id)
    membership = membership_of(known, found.user_id)
    if membership is None or direct_changes.known_by(known, found.user_id):
        raise NotFound("leaving step", step_id)  # the person is back: the next drain ends it
    held = [grant for grant in known.grants if grant.membership_id == membership.id]
    actions: list[Action] = making_manual(membership, held, roles, ids.new)
    if membership.status == "suspended" and not membership.kept_out:
        actions.append(SetStatus(membership.id, found.user_id, "suspended", "active"))
    actions.append(EndStep(found.step, found.user_id, "kept"))
    direct_changes.write(connection, known, found.user_id, actions, acting)


def _move(
    connection: Connection,
    organization_id: OrganizationId,
    step_id: LeavingStepId,
    due_at: datetime | None,
    acting: Acting,
) -> Foreseen:
    found = get(connection, organization_id, step_id)
    after = replace(found.step, due_at=due_at, put_off_to=None)
    if after == found.step:
        return found
    leaving_steps.move(connection, organization_id, after)
    if after.due_at != found.step.due_at:
        draft = postponed(organization_id, found.step, after, found.user_id)
        events.append(connection, organization_id, [draft], actor=acting.actor, now=acting.now)
    return replace(found, step=after)
