"""
One batch of a run: who of the next people differs from what the directory says is found by one
comparison of sets, and settled as a note about them would be. The cursor moves in the same
transaction, so a worker that dies has done a batch, or nothing of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import Connection

from provisioning import purging, sync_runs
from provisioning.differing import differing
from provisioning.events import Draft
from provisioning.ids import OrganizationId
from provisioning.reconcile.actions import (
    Action,
    CloseBreaker,
    CloseConflict,
    CreateMembership,
    EndHold,
    HoldNewcomer,
    OpenConflict,
    Park,
    SetStatus,
    TripBreaker,
)
from provisioning.settling import settle
from provisioning.store import events, failed_runs, failures, organizations, syncs
from provisioning.store import sync_runs as store
from provisioning.store.events import Encoded
from provisioning.store.sync_runs import SyncRun

BATCH = 2000
"""People per transaction."""
_ACTOR = "worker:drain"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Step:
    """People who were looked at, actions written, and who has notes because of it."""

    seen: int
    actions: int = 0
    woken: frozenset[OrganizationId] = frozenset()


def step(connection: Connection, organization_id: OrganizationId, now: datetime) -> Step | None:
    """
    The next batch of the organization's oldest run; None when it has none. The caller holds the
    organization's lock, and has seen that there are no notes: those go first.
    """
    found = _begun(connection, organization_id, now)
    if found is None:
        return None
    run, begun = found
    told: list[Draft | Encoded] = [*begun]
    syncs.plan_by_size(connection)
    upto, seen = store.next_batch(connection, organization_id, run.directory_id, run.cursor, BATCH)
    place = (organization_id, run.directory_id, run.cursor, upto)
    people = differing(connection, *place, now)
    counts = dict.fromkeys(sync_runs.COUNTED, 0) | {"seen": seen}
    done, purge = Step(seen), purging.NOTHING
    if people:
        tell = partial(events.encode_all, actor=_ACTOR, context={"run_id": run.id})
        settled = settle(connection, organization_id, {"user": people}, now, tell)
        counts |= counted(settled.actions)
        told += [*settled.news, *settled.drafts]
        done, purge = Step(seen, len(settled.actions), settled.woken), settled.purge
    counts["unchanged"] = max(seen - counts["changed"], 0)
    told += _moved(connection, run, upto, seen, counts, now)
    events.append(connection, organization_id, told, actor=_ACTOR, now=now)
    purging.finish(connection, organization_id, purge, now)
    return done


def leave_to_notes(
    connection: Connection, organization_id: OrganizationId, now: datetime
) -> Step | None:
    """
    As `step`, of a batch that the database refuses: everybody who differs gets a note, and notes
    are halved until the one that is to blame is alone. The caller holds the organization's lock.
    """
    found = _begun(connection, organization_id, now)
    if found is None:
        return None
    run, drafts = found
    upto, seen = store.next_batch(connection, organization_id, run.directory_id, run.cursor, BATCH)
    place = (organization_id, run.directory_id, run.cursor, upto)
    people = differing(connection, *place, now)
    store.note(connection, organization_id, people, now)
    counts = {"seen": seen, "deferred": len(people), "unchanged": seen - len(people)}
    drafts += _moved(connection, run, upto, seen, counts, now)
    events.append(connection, organization_id, drafts, actor=_ACTOR, now=now)
    return Step(seen)


def fail(
    connection: Connection, organization_id: OrganizationId, error: Exception, now: datetime
) -> None:
    """A defect: neither the batch nor notes about it can be written."""
    run = store.lock_next(connection, organization_id)
    if run is None:
        return
    reason = f"{failures.kind(error)} {failures.whereabouts(error)}"
    failed = sync_runs.fail(connection, run, reason, now)
    draft = sync_runs.told("sync_run.failed", failed)
    events.append(connection, organization_id, [draft], actor=_ACTOR, now=now)
    log.error("a run failed", run_id=run.id, reason=reason, exc_info=error)


def counted(actions: Sequence[Action]) -> dict[str, int]:
    """Of what was written: who was changed, and how many joined, left, were suspended or stay."""
    statuses = [action.after for action in actions if isinstance(action, SetStatus)]
    return {
        "changed": len({_subject(action) for action in actions}),
        "created": sum(isinstance(action, CreateMembership) for action in actions),
        "removed": statuses.count("removed"),
        "suspended": statuses.count("suspended"),
        "held": sum(isinstance(action, Park | HoldNewcomer) for action in actions),
    }


def _subject(action: Action) -> str:
    match action:
        case OpenConflict():
            return action.directory_user_id
        case CloseConflict():
            return action.conflict_id
        case HoldNewcomer() | EndHold():
            return action.person.id
        case TripBreaker() | CloseBreaker():
            return action.breaker.directory_id
        case _:
            return action.user_id


def _begun(
    connection: Connection, organization_id: OrganizationId, now: datetime
) -> tuple[SyncRun, list[Draft]] | None:
    run = store.lock_next(connection, organization_id)
    if run is None:
        return None
    if organizations.get(connection, organization_id) is None:
        # There is nobody any more whom it could be told.
        store.update(connection, replace(run, status="cancelled", finished_at=now))
        return None
    if run.total is not None:
        return run, []
    total = store.count_people(connection, run)
    started = replace(run, status="running", started_at=now, total=total)
    if run.status == "running":  # it begins again, and has been told
        return started, []
    return started, [sync_runs.told("sync_run.started", started)]


def _moved(
    connection: Connection,
    run: SyncRun,
    upto: str,
    seen: int,
    counts: Mapping[str, int],
    now: datetime,
) -> list[Draft]:
    moved = replace(
        run,
        cursor=upto,
        done=run.done + seen,
        counts={name: run.counts.get(name, 0) + counts.get(name, 0) for name in sync_runs.COUNTED},
        stirred_at=now,
    )
    if seen == BATCH:
        store.update(connection, moved)
        return []
    completed = replace(moved, status="completed", finished_at=now)
    store.update(connection, completed)
    failed_runs.make_up(connection, completed)
    return [sync_runs.told("sync_run.completed", completed)]
