"""When each directory is to be resynced next."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, or_, select

from provisioning.ids import DirectoryId, OrganizationId
from provisioning.store.directory_tables import directories


@dataclass(frozen=True, slots=True)
class Schedule:
    """Of a directory that has an interval; it has no `next_run_at` until it is given its first."""

    directory_id: DirectoryId
    organization_id: OrganizationId
    interval_seconds: int
    next_run_at: datetime | None


def due(connection: Connection, now: datetime, limit: int) -> list[Schedule]:
    """Those whose time has come, or who have none yet."""
    table = directories
    rows = connection.execute(
        select(
            table.c.id,
            table.c.organization_id,
            table.c.resync_interval_seconds,
            table.c.next_run_at,
        )
        .where(
            table.c.deleting_at.is_(None),
            table.c.resync_interval_seconds.is_not(None),
            or_(table.c.next_run_at <= now, table.c.next_run_at.is_(None)),
        )
        .limit(limit)
    )
    return [Schedule(*row) for row in rows]


def claim(connection: Connection, schedule: Schedule, next_run_at: datetime) -> bool:
    """False when somebody else has moved it, or the directory is gone."""
    table = directories
    claimed = connection.execute(
        table.update()
        .where(
            table.c.id == schedule.directory_id,
            table.c.organization_id == schedule.organization_id,
            table.c.deleting_at.is_(None),
            table.c.next_run_at.is_not_distinct_from(schedule.next_run_at),
        )
        .values(next_run_at=next_run_at)
    )
    return claimed.rowcount == 1
