"""
Plan, diff, apply: what a change would do to whom and why, kept for an hour; applying it does
exactly that, or nothing where the world has moved.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from provisioning import directories, ids, purging, sync_runs
from provisioning.errors import Invalid, NotFound, Refused
from provisioning.events import Draft
from provisioning.ids import DirectoryId, OrganizationId, PlanId, RunId
from provisioning.outcomes import Outcome, carry_out
from provisioning.store import events, syncs
from provisioning.store import plans as store
from provisioning.store import sync_runs as run_store
from provisioning.store.directories import Directory
from provisioning.store.engine import undone
from provisioning.store.plans import Plan

LIFETIME = timedelta(hours=1)


def draw_up(
    connection: Connection,
    directory: Directory,
    change: Mapping[str, Any],
    *,
    actor: str,
    now: datetime,
) -> Plan:
    """
    `change` as in `planned_changes`. Nothing of it is done; the plan is kept by the caller's
    transaction. Takes as long as the change would. Raises what the change raises.
    """
    with undone(connection):
        done = carry_out(connection, directory, change, actor=actor, now=now)
    plan = Plan(
        id=PlanId(ids.new(ids.PLAN)),
        organization_id=directory.organization_id,
        directory_id=directory.id,
        change=change,
        summary=done.summary,
        fingerprint=done.fingerprint,
        actor=actor,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    store.insert(connection, plan)
    first = 1
    for batch in done.entries.batches():
        store.insert_actions(connection, plan, batch, first)
        first += len(batch)
    return plan


def get(
    connection: Connection,
    organization_id: OrganizationId,
    directory_id: DirectoryId,
    plan_id: PlanId,
) -> Plan:
    """Raises `NotFound`."""
    plan = store.get(connection, organization_id, directory_id, plan_id)
    if plan is None:
        raise NotFound("plan", plan_id)
    return plan


def apply(
    connection: Connection,
    organization_id: OrganizationId,
    directory_id: DirectoryId,
    plan_id: PlanId,
    *,
    actor: str,
    now: datetime,
) -> tuple[Plan, frozenset[OrganizationId]]:
    """
    All of it, or nothing; and the other organizations that somebody should ring for. The change is
    made, and what came of it is compared with the plan before the caller commits. Raises `NotFound`
    and `Refused`: the caller's transaction must be rolled back.
    """
    # Before the plan's own row: a drain that purges somebody holds this lock, and takes plans.
    syncs.wait(connection, organization_id)
    plan = store.get(connection, organization_id, directory_id, plan_id, locked=True)
    if plan is None:
        raise NotFound("plan", plan_id)
    if plan.applied_at is not None:
        raise Refused("plan_applied", "the plan has been applied already")
    if plan.expires_at <= now:
        raise Refused("plan_expired", "the plan is too old; make another one")
    try:
        directory = directories.within(connection, organization_id, directory_id)
        done = carry_out(connection, directory, plan.change, actor=actor, now=now)
    except (NotFound, Invalid) as error:
        raise _stale() from error
    if done.fingerprint != plan.fingerprint:
        raise _stale()
    run = _record(connection, plan, done, actor, now)
    store.mark_applied(connection, plan, run, now)
    for purge in done.purges:
        purging.finish(connection, organization_id, purge, now)
    return replace(plan, applied_at=now, run_id=run), done.woken


def _stale() -> Refused:
    return Refused(
        "plan_stale", "the change would do something else by now; look at a new plan first"
    )


def _record(connection: Connection, plan: Plan, done: Outcome, actor: str, now: datetime) -> RunId:
    """A run that is over as soon as it is there, and tells what was done."""
    seen = done.counts["seen"]
    counts = {**sync_runs.NOTHING, **done.counts}
    run = sync_runs.completed_at_once(
        plan.organization_id,
        plan.directory_id,
        {**counts, "unchanged": max(seen - counts["changed"], 0)},
        actor=actor,
        now=now,
    )
    run_store.insert(connection, run)
    told: dict[str, Any] = {"actor": actor, "now": now}
    here = plan.organization_id
    started = replace(run, status="running", counts=sync_runs.NOTHING, finished_at=None)
    events.append(connection, here, [sync_runs.told("sync_run.started", started)], **told)
    for batch in done.drafts.batches():
        drafts = [
            Draft(**{**each, "context": {**each["context"], "run_id": run.id}}) for each in batch
        ]
        events.append(connection, here, drafts, **told)
    events.append(connection, here, [sync_runs.told("sync_run.completed", run)], **told)
    return run.id
