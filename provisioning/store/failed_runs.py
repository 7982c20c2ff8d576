"""Runs that have failed, and begin again by themselves when their time has come."""

from datetime import datetime

from sqlalchemy import Connection

from provisioning.ids import OrganizationId, RunId
from provisioning.store.sql import Statement
from provisioning.store.sync_runs import SyncRun

_DUE = Statement(
    """
    SELECT id, organization_id FROM sync_runs
    WHERE retry_at <= :now AND NOT EXISTS (
        SELECT 1 FROM sync_runs active
        WHERE active.directory_id = sync_runs.directory_id
            AND active.status IN ('queued', 'running'))
    ORDER BY retry_at LIMIT :limit
    """
)
_AGAIN = Statement(
    """
    UPDATE sync_runs SET status = 'queued', cursor = '', done = 0, counts = '{}', total = NULL,
        error = NULL, started_at = NULL, finished_at = NULL, retry_at = NULL, stirred_at = :now
    WHERE organization_id = :organization_id AND id = :id AND retry_at <= :now
    """
)
_MAKE_UP = Statement(
    """
    UPDATE sync_runs SET retry_at = NULL
    WHERE organization_id = :organization_id AND directory_id = :directory_id AND id <> :id
        AND retry_at IS NOT NULL
    """
)


def due(connection: Connection, now: datetime, limit: int) -> list[tuple[RunId, OrganizationId]]:
    """Those whose time to begin again has come, and for which no other one stands in."""
    rows = _DUE.run(connection, {"now": now, "limit": limit})
    return [(row.id, row.organization_id) for row in rows]


def begin_again(
    connection: Connection, organization_id: OrganizationId, run_id: RunId, now: datetime
) -> bool:
    """False when another beat was faster. Raises `Collision` when a run of its directory was."""
    bound = {"organization_id": organization_id, "id": run_id, "now": now}
    return _AGAIN.run(connection, bound).rowcount == 1


def make_up(connection: Connection, run: SyncRun) -> None:
    """Those of its directory that have failed before need not begin again."""
    bound = {
        "organization_id": run.organization_id,
        "directory_id": run.directory_id,
        "id": run.id,
    }
    _MAKE_UP.run(connection, bound)
