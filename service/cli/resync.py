"""`provisioning resync`, and `provisioning sync-run …`."""

import time
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import Engine

from provisioning import directories, sync_runs
from provisioning.clock import now, rfc3339
from provisioning.drain import Drained, drain
from provisioning.errors import Refused
from provisioning.ids import DirectoryId, RunId
from provisioning.store import sync_runs as store
from provisioning.store.directories import Directory
from provisioning.store.engine import reading, transaction
from provisioning.store.pages import Cut
from provisioning.store.sync_runs import SyncRun
from service.cli import plans
from service.cli.options import DirectoryOption
from service.cli.output import AsJson, emit
from service.cli.runtime import actor, changing, database, looking

app = typer.Typer(no_args_is_help=True, help="Runs: everybody of a directory, looked at again.")

_LOOK_AGAIN_SECONDS = 0.05
_SHOW_SECONDS = 0.2
_PAGE = 1000


def resync(
    directory: DirectoryOption, dry_run: plans.DryRun = False, as_json: AsJson = False
) -> None:
    """Looks at everybody the directory knows again, and settles what differs."""
    if dry_run:
        plans.draw_up(directory, {"type": "resync"}, as_json=as_json)
        return
    with database() as engine:
        with reading(engine) as connection:
            found = directories.get(connection, DirectoryId(directory))
        run = _begun(engine, found)
        done, run = _follow(engine, run, shown=not as_json)
    counted = {"notes": done.notes, "actions": done.actions, "set_aside": done.set_aside}
    emit({"directory_id": found.id, "dry_run": False, **counted, **_shown(run)}, as_json=as_json)
    if run.status != "completed":
        raise typer.Exit(1)


@app.command(name="list")
def list_all(directory: DirectoryOption, as_json: AsJson = False) -> None:
    """The runs of a directory, oldest first."""
    with looking() as connection:
        found = directories.get(connection, DirectoryId(directory))
        page = store.listing(connection, found.organization_id, found.id, Cut(limit=_PAGE))
    emit([_shown(run) for run in page.items], as_json=as_json, title="sync runs")


@app.command()
def cancel(directory: DirectoryOption, run: str, as_json: AsJson = False) -> None:
    """What it has done stays done."""
    with changing() as connection:
        found = directories.get(connection, DirectoryId(directory))
        cancelled = sync_runs.cancel(
            connection,
            found.organization_id,
            found.id,
            RunId(run),
            actor=actor(),
            now=now(),
        )
    emit(_shown(cancelled), as_json=as_json)


def _begun(engine: Engine, directory: Directory) -> SyncRun:
    """A new run, or the one that is at it already."""
    here = (directory.organization_id, directory.id)
    try:
        with transaction(engine) as connection:
            return sync_runs.begin(connection, *here, "admin", actor=actor(), now=now())
    except Refused:
        with reading(engine) as connection:
            active = store.of_directory(connection, *here)
        if active is None:  # it has just ended
            return _begun(engine, directory)
        return active


def _follow(engine: Engine, run: SyncRun, *, shown: bool) -> tuple[Drained, SyncRun]:
    """Until it is over, whoever goes on with it."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    total = Drained()
    with Progress(*columns, console=Console(stderr=True), disable=not shown) as bars:
        bar = bars.add_task("people", total=None, rate="")
        while run.is_active:
            done = drain(engine, run.organization_id, now, budget_seconds=_SHOW_SECONDS)
            total += done
            with reading(engine) as connection:
                run = sync_runs.get(connection, run.organization_id, run.directory_id, run.id)
            rate = sync_runs.progress(run, now()).rate_per_second
            told = "" if rate is None else f"{rate:,.0f}/s"
            bars.update(bar, completed=run.done, total=run.total, rate=told)
            if run.is_active and not done.more:
                time.sleep(_LOOK_AGAIN_SECONDS)  # a worker is at it
    return total, run


def _shown(run: SyncRun) -> dict[str, Any]:
    return {
        "run_id": run.id,
        "trigger": run.trigger,
        "status": run.status,
        "done": run.done,
        "total": run.total,
        "counts": dict(run.counts),
        "error": run.error,
        "attempts": run.attempts,
        "retry_at": None if run.retry_at is None else rfc3339(run.retry_at),
        "created_at": rfc3339(run.created_at),
        "finished_at": None if run.finished_at is None else rfc3339(run.finished_at),
    }
