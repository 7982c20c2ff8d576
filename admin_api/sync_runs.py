"""/v1/organizations/{organization_id}/directories/{directory_id}/sync-runs."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from admin_api.access import needs
from admin_api.caller import Caller, Change
from admin_api.messages import Listing, Paged, Shown, Time, listing
from provisioning import directories, sync_runs
from provisioning.ids import DirectoryId, RunId
from provisioning.store import sync_runs as store
from provisioning.store.sync_runs import SyncRun

router = APIRouter(
    prefix="/organizations/{organization_id}/directories/{directory_id}/sync-runs",
    tags=["SCIM"],
)

Reader = Annotated[Caller, Depends(needs("read:directories"))]
Updater = Annotated[Caller, Depends(needs("update:directories"))]


class ShownCounts(Shown):
    """Of people."""

    seen: int
    changed: Annotated[int, Field(description="Of whom anything was written.")]
    created: int
    removed: int
    suspended: int
    held: Annotated[int, Field(description="Who stay, since they are the last owner.")]
    unchanged: int
    deferred: Annotated[int, Field(description="Who are looked at again one by one.")]


class ShownProgress(Shown):
    done: int
    total: Annotated[int | None, Field(description="People when the run began; null: it has not.")]
    rate_per_second: float | None
    estimated_end_at: Time | None


class ShownRun(Shown):
    id: str
    directory_id: str
    trigger: Annotated[str, Field(description="admin, schedule, policy, disconnect or plan.")]
    status: Annotated[str, Field(description="queued, running, completed, failed or cancelled.")]
    actor: str
    progress: ShownProgress
    counts: ShownCounts
    error: Annotated[str | None, Field(description="Of a run that failed: a word for our log.")]
    attempts: Annotated[int, Field(description="How often it has failed.")]
    retry_at: Annotated[
        Time | None,
        Field(description="Of one that failed: when it begins again by itself; null: it does not."),
    ]
    created_at: Time
    started_at: Time | None
    finished_at: Time | None


@router.post("", status_code=202, response_model=ShownRun, operation_id="start_sync_run")
def start(organization_id: str, directory_id: str, caller: Updater) -> Response:
    """Everybody the directory knows, or has deleted, is looked at again; 409 while one is."""
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Change:
        found = directories.within(connection, wanted, DirectoryId(directory_id))
        run = sync_runs.begin(
            connection, wanted, found.id, "admin", actor=caller.acting.actor, now=caller.now
        )
        return Change(shown(run, caller.now), run.id, wanted)

    return caller.change(202, work)


@router.get("", operation_id="list_sync_runs")
def list_all(
    organization_id: str, directory_id: str, paging: Paged, caller: Reader
) -> Listing[ShownRun]:
    """Oldest first."""
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Listing[ShownRun]:
        directory = directories.within(connection, wanted, DirectoryId(directory_id))
        found = store.listing(connection, wanted, directory.id, paging.cut)
        return listing(found, [shown(run, caller.now) for run in found.items])

    return caller.read(work)


@router.get("/{run_id}", operation_id="get_sync_run")
def get(organization_id: str, directory_id: str, run_id: str, caller: Reader) -> ShownRun:
    """How far it is; also of a directory that was deleted since."""
    wanted = caller.within(organization_id)
    key = (DirectoryId(directory_id), RunId(run_id))
    return caller.read(
        lambda connection: shown(sync_runs.get(connection, wanted, *key), caller.now)
    )


@router.post("/{run_id}/cancel", response_model=ShownRun, operation_id="cancel_sync_run")
def cancel(organization_id: str, directory_id: str, run_id: str, caller: Updater) -> Response:
    """What it has done stays done. One that brings a change to everybody is refused."""
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Change:
        cancelled = sync_runs.cancel(
            connection,
            wanted,
            DirectoryId(directory_id),
            RunId(run_id),
            actor=caller.acting.actor,
            now=caller.now,
        )
        return Change(shown(cancelled, caller.now), cancelled.id, wanted)

    return caller.change(200, work)


def shown(run: SyncRun, now: datetime) -> ShownRun:
    """As every answer shows one."""
    speed = sync_runs.progress(run, now)
    return ShownRun(
        id=run.id,
        directory_id=run.directory_id,
        trigger=run.trigger,
        status=run.status,
        actor=run.actor,
        progress=ShownProgress(
            done=run.done,
            total=run.total,
            rate_per_second=speed.rate_per_second,
            estimated_end_at=speed.estimated_end_at,
        ),
        counts=ShownCounts(**{**sync_runs.NOTHING, **run.counts}),
        error=run.error,
        attempts=run.attempts,
        retry_at=run.retry_at,
        created_at=run.created_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
    )
