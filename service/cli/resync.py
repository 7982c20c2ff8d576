"""`provisioning resync`."""

import time
from collections import Counter
from dataclasses import asdict
from typing import Annotated, Any

import typer

from provisioning import directories
from provisioning.clock import now
from provisioning.drain import Drained, drain
from provisioning.ids import DirectoryId, OrganizationId
from provisioning.preview import preview
from provisioning.reconcile.actions import Action
from provisioning.store import notes
from provisioning.store.engine import reading, transaction
from service.cli.options import DirectoryOption
from service.cli.output import AsJson, emit
from service.cli.runtime import actor, database

_LOOK_AGAIN_SECONDS = 0.05


def resync(
    directory: DirectoryOption,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Looks at everybody the directory knows again, and settles what differs."""
    with database() as engine:
        with reading(engine) as connection:
            found = directories.get(connection, DirectoryId(directory))
            if dry_run:
                planned = [_shown(action) for action in preview(connection, found, now())]
        if not dry_run:
            with transaction(engine) as connection:
                directories.resync(connection, found, actor(), now())
            done = _drain_all(engine, found.organization_id)
    if dry_run:
        counts = Counter(action["action"] for action in planned)
        answer = {"directory_id": found.id, "dry_run": True, "counts": dict(counts)}
        emit({**answer, "actions": planned} if as_json else answer, as_json=as_json)
    else:
        counted = {"notes": done.notes, "actions": done.actions, "set_aside": done.set_aside}
        emit({"directory_id": found.id, "dry_run": False, **counted}, as_json=as_json)


def _drain_all(engine: Any, organization_id: OrganizationId) -> Drained:
    """Until nothing is left, even if a worker is at it, too."""
    total = Drained()
    while True:
        total += drain(engine, organization_id, now)
        with reading(engine) as connection:
            if not notes.are_left(connection, organization_id):
                return total
        time.sleep(_LOOK_AGAIN_SECONDS)


def _shown(action: Action) -> dict[str, Any]:
    return {"action": type(action).__name__, **asdict(action)}
