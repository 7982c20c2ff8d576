"""
Plan, diff, apply: what a change would do to whom and why, kept for an hour; applying it does
exactly that, or nothing where the world has moved.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection

from provisioning import directories, ids, planned_changes, purging, sync_runs
from provisioning.errors import Invalid, NotFound, Refused
from provisioning.events import Draft
from provisioning.ids import DirectoryId, OrganizationId, PlanId, RunId
from provisioning.packed import Packed
from provisioning.plan_entries import entries
from provisioning.purging import Purge
from provisioning.run_steps import counted
from provisioning.settling import settle
from provisioning.store import directory_groups, events, syncs
from provisioning.store import mappings as mapping_store
from provisioning.store import plans as store
from provisioning.store import sync_runs as run_store
from provisioning.store.directories import Directory
from provisioning.store.engine import undone
from provisioning.store.plans import Plan

LIFETIME = timedelta(hours=1)
_LOSING = ("remove", "suspend")


@dataclass(slots=True)
class _CarriedOut:
    """What a change has done to everybody it concerns, in this transaction."""

    entries: Packed = field(default_factory=Packed)
    drafts: Packed = field(default_factory=Packed)
    kinds: Counter[str] = field(default_factory=Counter)
    people: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    purges: list[Purge] = field(default_factory=list)
    woken: frozenset[OrganizationId] = frozenset()
    hashed: int = 0

    @property
    def fingerprint(self) -> str:
        return f"{self.hashed:064x}"

    @property
    def summary(self) -> dict[str, Any]:
        losing = sum(self.kinds[kind] for kind in _LOSING)
        return {
            "people": len(self.people),
            "losing_access": losing,
            "actions": dict(sorted(self.kinds.items())),
        }


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
        done = _carry_out(connection, directory, change, actor, now)
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
    plan = store.get(connection, organization_id, directory_id, plan_id, locked=True)
    if plan is None:
        raise NotFound("plan", plan_id)
    if plan.applied_at is not None:
        raise Refused("plan_applied", "the plan has been applied already")
    if plan.expires_at <= now:
        raise Refused("plan_expired", "the plan is too old; make another one")
    try:
        directory = directories.within(connection, organization_id, directory_id)
        done = _carry_out(connection, directory, plan.change, actor, now)
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


def _carry_out(
    connection: Connection,
    directory: Directory,
    change: Mapping[str, Any],
    actor: str,
    now: datetime,
) -> _CarriedOut:
    organization_id = directory.organization_id
    syncs.wait(connection, organization_id)  # no drain reads or writes meanwhile
    syncs.plan_by_size(connection)
    done = _CarriedOut()
    mappings = {
        mapping.id for mapping in mapping_store.of_organization(connection, organization_id)
    }
    for people in planned_changes.make(connection, directory, change, actor=actor, now=now):
        settled = settle(connection, organization_id, {"user": people}, now)
        group_ids = {role.group_id for role in settled.known.mapped}
        group_ids |= {grant.group_id for grant in settled.known.grants if grant.group_id}
        names = directory_groups.names_of(connection, organization_id, sorted(group_ids))
        shown = entries(settled.known, settled.actions, names)
        for entry in shown:
            if entry["mapping_id"] not in mappings:
                entry["mapping_id"] = None  # whoever applies it makes another one
        done.entries.add(shown)
        done.drafts.add([*settled.news, *settled.drafts])
        done.woken |= settled.woken
        done.purges.append(settled.purge)
        done.counts.update({"seen": len(people), **counted(settled.actions)})
        for entry in shown:
            done.kinds[entry["action"]] += 1
            person = entry["person"]
            done.people.add(person["directory_user_id"] or person["user_id"] or "")
            done.hashed = (done.hashed + _hash(entry)) % 2**256
    return done


def _hash(entry: Mapping[str, Any]) -> int:
    """Added up, so that neither the order nor the batches decide."""
    text = orjson.dumps(entry, option=orjson.OPT_SORT_KEYS)
    return int.from_bytes(hashlib.sha256(text).digest())


def _record(
    connection: Connection, plan: Plan, done: _CarriedOut, actor: str, now: datetime
) -> RunId:
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
