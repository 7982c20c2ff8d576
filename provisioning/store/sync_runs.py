"""Runs: one resync of a directory each, its progress kept in its row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, select

from provisioning.ids import DirectoryId, DirectoryUserId, OrganizationId, RunId
from provisioning.store.json_columns import decoded, encoded
from provisioning.store.pages import Cut, Page, page
from provisioning.store.run_tables import sync_runs
from provisioning.store.sql import Statement

Trigger = Literal["admin", "schedule", "policy", "disconnect", "plan"]
"""What a run was begun for."""
RunStatus = Literal["queued", "running", "completed", "failed", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncRun:
    """`done` of `total` people; whoever goes on with it goes on behind `cursor`."""

    id: RunId
    organization_id: OrganizationId
    directory_id: DirectoryId
    trigger: Trigger
    status: RunStatus
    actor: str
    created_at: datetime
    stirred_at: datetime
    """When the last batch was committed."""
    cursor: str = ""
    done: int = 0
    total: int | None = None
    """Of people, when it began; None: it has not."""
    counts: Mapping[str, int]
    error: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    attempts: int = 0
    """How often it has failed."""
    retry_at: datetime | None = None
    """Of one that has failed: when it begins again by itself; None: it does not."""

    @property
    def is_active(self) -> bool:
        return self.status in {"queued", "running"}


_TABLE = sync_runs
_KEPT = {"id", "organization_id", "directory_id", "trigger", "actor", "created_at"}
_VALUES = """
    :id, :organization_id, :directory_id, :trigger, :status, :actor, :cursor, :done, :total,
    :counts, :error, :created_at, :started_at, :stirred_at, :finished_at, :attempts, :retry_at
"""
_INSERT = Statement(
    f"""
    INSERT INTO sync_runs (id, organization_id, directory_id, trigger, status, actor, cursor, done,
        total, counts, error, created_at, started_at, stirred_at, finished_at, attempts, retry_at)
    VALUES ({_VALUES})
    ON CONFLICT (directory_id) WHERE status IN ('queued', 'running') DO NOTHING
    """
)
_RESTART = Statement(
    """
    UPDATE sync_runs SET cursor = '', done = 0, counts = '{}', total = NULL, started_at = NULL,
        attempts = 0, trigger = :trigger, actor = :actor, stirred_at = :now
    WHERE organization_id = :organization_id AND directory_id = :directory_id
        AND status IN ('queued', 'running')
    """
)
_ARE_LEFT = Statement(
    """
    SELECT EXISTS (
        SELECT 1 FROM sync_runs
        WHERE organization_id = :organization_id AND status IN ('queued', 'running')
    )
    """
)
_WAITING = Statement(
    """
    SELECT DISTINCT organization_id FROM sync_runs
    WHERE status IN ('queued', 'running') AND stirred_at < :before
    """
)


def insert(connection: Connection, run: SyncRun) -> bool:
    """False when the directory has an active one already, or gets one at this moment."""
    return _INSERT.run(connection, _row(run)).rowcount == 1


def restart(
    connection: Connection,
    organization_id: OrganizationId,
    directory_id: DirectoryId,
    trigger: Trigger,
    *,
    actor: str,
    now: datetime,
) -> bool:
    """The active run begins again: from its next batch on, the present is another one."""
    bound = {
        "organization_id": organization_id,
        "directory_id": directory_id,
        "trigger": trigger,
        "actor": actor,
        "now": now,
    }
    return _RESTART.run(connection, bound).rowcount == 1


def are_left(connection: Connection, organization_id: OrganizationId) -> bool:
    """Whether there is a run to go on with."""
    return bool(_ARE_LEFT.run(connection, {"organization_id": organization_id}).scalar_one())


def waiting(connection: Connection, before: datetime) -> list[OrganizationId]:
    """Organizations with a run that nobody has gone on with since `before`."""
    return [row.organization_id for row in _WAITING.run(connection, {"before": before})]


def lock_next(connection: Connection, organization_id: OrganizationId) -> SyncRun | None:
    """The oldest active run; until the transaction ends nobody cancels or restarts it."""
    query = (
        select(_TABLE)
        .where(_of(organization_id), _TABLE.c.status.in_(("queued", "running")))
        .order_by(_TABLE.c.id)
        .limit(1)
        .with_for_update()
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _read(row)


def of_directory(
    connection: Connection, organization_id: OrganizationId, directory_id: DirectoryId
) -> SyncRun | None:
    """The active one."""
    query = select(_TABLE).where(
        _of(organization_id),
        _TABLE.c.directory_id == directory_id,
        _TABLE.c.status.in_(("queued", "running")),
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _read(row)


def get(
    connection: Connection,
    organization_id: OrganizationId,
    directory_id: DirectoryId,
    run_id: RunId,
    *,
    locked: bool = False,
) -> SyncRun | None:
    """`locked`: no batch is written, and nobody else changes it, until the transaction ends."""
    query = select(_TABLE).where(
        _of(organization_id), _TABLE.c.directory_id == directory_id, _TABLE.c.id == run_id
    )
    row = connection.execute(query.with_for_update() if locked else query).one_or_none()
    return None if row is None else _read(row)


def listing(
    connection: Connection, organization_id: OrganizationId, directory_id: DirectoryId, cut: Cut
) -> Page[SyncRun]:
    """Oldest first."""
    query = select(_TABLE).where(_of(organization_id), _TABLE.c.directory_id == directory_id)
    return page(connection, query, _TABLE.c.id, cut, _read)


def update(connection: Connection, run: SyncRun) -> None:
    """Whatever may change of it; the caller holds its lock."""
    changed = {name: value for name, value in _row(run).items() if name not in _KEPT}
    mine = _TABLE.update().where(_of(run.organization_id), _TABLE.c.id == run.id)
    connection.execute(mine.values(changed))


# Whom a directory has deleted is of interest as long as somebody is linked to it. Each half has an
# index of its own, in the order of ids.
_PEOPLE = """
    FROM directory_users
    WHERE organization_id = :organization_id AND directory_id = :directory_id AND id > :after
"""
_GONE = """
    AND deleted_at IS NOT NULL AND EXISTS (
        SELECT 1 FROM identities WHERE identities.directory_user_id = directory_users.id)
"""
_PAGE = Statement(
    f"""
    SELECT max(id), count(*) FROM (
        SELECT id FROM (
            SELECT id FROM (
                SELECT id {_PEOPLE} AND deleted_at IS NULL ORDER BY id LIMIT :limit
            ) AS living
            UNION ALL
            SELECT id FROM (SELECT id {_PEOPLE} {_GONE} ORDER BY id LIMIT :limit) AS gone
        ) AS people ORDER BY id LIMIT :limit
    ) AS batch
    """
)
_COUNT = Statement(
    f"""
    SELECT (SELECT count(*) {_PEOPLE} AND deleted_at IS NULL)
        + (SELECT count(*) {_PEOPLE} {_GONE})
    """
)


def next_batch(
    connection: Connection,
    organization_id: OrganizationId,
    directory_id: DirectoryId,
    after: str,
    limit: int,
) -> tuple[str, int]:
    """The id of the last of the people that follow `after`, and how many they are."""
    bound = {
        "organization_id": organization_id,
        "directory_id": directory_id,
        "after": after,
        "limit": limit,
    }
    last, count = _PAGE.run(connection, bound).one()
    return last or after, count


def count_people(connection: Connection, run: SyncRun) -> int:
    """Whom the directory knows, or has deleted."""
    bound = {
        "organization_id": run.organization_id,
        "directory_id": run.directory_id,
        "after": "",
    }
    return int(_COUNT.run(connection, bound).scalar_one())


_NOTE = Statement(
    """
    INSERT INTO notes (organization_id, directory_id, kind, key, created_at)
    SELECT organization_id, directory_id, 'user', id, :now FROM directory_users
    WHERE organization_id = :organization_id AND id = ANY(:ids)
    """
)


def note(
    connection: Connection,
    organization_id: OrganizationId,
    people: Sequence[DirectoryUserId],
    now: datetime,
) -> None:
    """A note for each of these people."""
    bound = {"organization_id": organization_id, "ids": list(people), "now": now}
    _NOTE.run(connection, bound)


def _of(organization_id: OrganizationId) -> Any:
    return _TABLE.c.organization_id == organization_id


def _row(run: SyncRun) -> dict[str, Any]:
    values = {column.name: getattr(run, column.name) for column in _TABLE.c}
    return encoded(values, "counts")


def _read(row: Row[*tuple[Any, ...]]) -> SyncRun:
    return SyncRun(**decoded(row, "counts"))
