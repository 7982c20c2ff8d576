"""
Runs: everybody a directory knows, or has deleted, is looked at again. Begun here, and gone on with
by drains, a batch at a time; never two at once for a directory, which is the database's word.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine

from provisioning import ids
from provisioning.back_off import retry_after
from provisioning.clock import rfc3339
from provisioning.errors import Collision, NotFound, Refused
from provisioning.events import Draft, EventType
from provisioning.ids import DirectoryId, OrganizationId, RunId
from provisioning.store import events, failed_runs, sync_runs
from provisioning.store.engine import reading, transaction
from provisioning.store.sync_runs import SyncRun, Trigger

COUNTED = ("seen", "changed", "created", "removed", "suspended", "held", "unchanged", "deferred")
"""
What a run counts, of people: `changed` are those of whom anything was written; `held` those who
stay, since they are the last owner; `deferred` those whom the database refused among others, who
were left to notes of their own.
"""
NOTHING: Mapping[str, int] = dict.fromkeys(COUNTED, 0)
_NEEDED = frozenset({"policy", "disconnect"})
"""What has changed already has to reach everybody."""
_ATTEMPTS = 3
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Progress:
    """How fast a run is; None of what is not known yet, or any more."""

    rate_per_second: float | None
    estimated_end_at: datetime | None


def begin(
    connection: Connection,
    organization_id: OrganizationId,
    directory_id: DirectoryId,
    trigger: Trigger,
    *,
    actor: str,
    now: datetime,
) -> SyncRun:
    """Somebody has to ring for the organization. Raises `Refused` while another one is active."""
    run = _new(organization_id, directory_id, trigger, actor, now)
    if not sync_runs.insert(connection, run):
        raise Refused(
            "sync_run_in_progress", "a run of this directory is not finished; wait, or cancel it"
        )
    return run


def look_again(
    connection: Connection,
    organization_id: OrganizationId,
    directory_id: DirectoryId,
    trigger: Trigger,
    *,
    actor: str,
    now: datetime,
) -> None:
    """What decides about everybody has changed: a run that is active begins again."""
    for _ in range(_ATTEMPTS):
        run = _new(organization_id, directory_id, trigger, actor, now)
        if sync_runs.insert(connection, run) or sync_runs.restart(
            connection, organization_id, directory_id, trigger, actor=actor, now=now
        ):
            return
    raise Collision


def fail(connection: Connection, run: SyncRun, reason: str, now: datetime) -> SyncRun:
    """
    What it has done stays done. One that brings a change to everybody begins again by itself, later
    and later, in place of any that failed before it. The caller holds its lock.
    """
    attempts = run.attempts + 1
    needed = run.trigger in _NEEDED
    failed = replace(
        run,
        status="failed",
        error=reason,
        finished_at=now,
        attempts=attempts,
        retry_at=now + retry_after(attempts) if needed else None,
    )
    sync_runs.update(connection, failed)
    if needed:
        failed_runs.make_up(connection, failed)
    return failed


def retry_failed(engine: Engine, now: datetime) -> set[OrganizationId]:
    """Begins again what has failed and is due; somebody has to ring for these organizations."""
    with reading(engine) as connection:
        due = failed_runs.due(connection, now, _AT_ONCE)
    begun = set()
    for run_id, organization_id in due:
        with suppress(Collision), transaction(engine) as connection:
            if failed_runs.begin_again(connection, organization_id, run_id, now):
                begun.add(organization_id)
    return begun


def get(
    connection: Connection,
    organization_id: OrganizationId,
    directory_id: DirectoryId,
    run_id: RunId,
) -> SyncRun:
    """Raises `NotFound`."""
    run = sync_runs.get(connection, organization_id, directory_id, run_id)
    if run is None:
        raise NotFound("sync run", run_id)
    return run


def cancel(
    connection: Connection,
    organization_id: OrganizationId,
    directory_id: DirectoryId,
    run_id: RunId,
    *,
    actor: str,
    now: datetime,
) -> SyncRun:
    """What it has done stays done. Raises `NotFound`, `Refused`."""
    run = sync_runs.get(connection, organization_id, directory_id, run_id, locked=True)
    if run is None:
        raise NotFound("sync run", run_id)
    if not run.is_active:
        raise Refused("sync_run_finished", f"the run has {run.status} already")
    if run.trigger in _NEEDED:
        raise Refused(
            "sync_run_needed",
            "the run brings a change to everybody; without it some would keep what they had",
        )
    cancelled = replace(run, status="cancelled", finished_at=now)
    sync_runs.update(connection, cancelled)
    draft = told("sync_run.cancelled", cancelled)
    events.append(connection, organization_id, [draft], actor=actor, now=now)
    return cancelled


def told(event_type: EventType, run: SyncRun) -> Draft:
    """The run as its events show it."""
    data: dict[str, Any] = {
        "id": run.id,
        "directory_id": run.directory_id,
        "trigger": run.trigger,
        "status": run.status,
        "total": run.total,
        "counts": dict(run.counts),
        "error": run.error,
        "attempts": run.attempts,
        "retry_at": None if run.retry_at is None else rfc3339(run.retry_at),
        "created_at": rfc3339(run.created_at),
        "finished_at": None if run.finished_at is None else rfc3339(run.finished_at),
    }
    return Draft(event_type, data, None, {"directory_id": run.directory_id, "run_id": run.id})


def progress(run: SyncRun, now: datetime) -> Progress:
    """By what it has done since it was started."""
    if run.started_at is None or run.total is None or not run.done:
        return Progress(None, None)
    elapsed = ((run.finished_at or now) - run.started_at).total_seconds()
    if elapsed <= 0:
        return Progress(None, None)
    rate = run.done / elapsed
    left = max(run.total - run.done, 0)
    end = now + timedelta(seconds=left / rate) if run.is_active else None
    return Progress(round(rate, 1), end)


def completed_at_once(
    organization_id: OrganizationId,
    directory_id: DirectoryId,
    counts: Mapping[str, int],
    *,
    actor: str,
    now: datetime,
) -> SyncRun:
    """What applying a plan was: it has had no batches of its own."""
    run = _new(organization_id, directory_id, "plan", actor, now)
    seen = counts["seen"]
    return replace(
        run,
        status="completed",
        counts=counts,
        total=seen,
        done=seen,
        started_at=now,
        finished_at=now,
    )


def _new(
    organization_id: OrganizationId,
    directory_id: DirectoryId,
    trigger: Trigger,
    actor: str,
    now: datetime,
) -> SyncRun:
    return SyncRun(
        id=RunId(ids.new(ids.RUN)),
        organization_id=organization_id,
        directory_id=directory_id,
        trigger=trigger,
        status="queued",
        actor=actor,
        created_at=now,
        stirred_at=now,
        counts=NOTHING,
    )
