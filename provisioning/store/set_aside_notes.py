"""Notes that could not be settled: which, why, and when they are tried again."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, exists, select

from provisioning.ids import DirectoryId, OrganizationId
from provisioning.store import notes
from provisioning.store.bulk import BulkStatement
from provisioning.store.note_tables import set_aside_notes
from provisioning.store.notes import Kind
from provisioning.store.pages import Cut, Page, page
from provisioning.store.sql import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAsideNote:
    """`error` is its class, `reason` where it happened: no words in which there may be data."""

    organization_id: OrganizationId
    directory_id: DirectoryId
    kind: Kind
    key: str
    error: str
    reason: str
    attempts: int
    set_aside_at: datetime
    """Since when; of the first attempt."""
    next_at: datetime | None
    """None: with the next drain."""


_ATTEMPTS = Statement(
    """
    SELECT attempts FROM set_aside_notes
    WHERE organization_id = :organization_id AND kind = :kind AND key = :key
    """
)


def attempts(connection: Connection, organization_id: OrganizationId, kind: Kind, key: str) -> int:
    """How often it has failed so far."""
    bound = {"organization_id": organization_id, "kind": kind, "key": key}
    return _ATTEMPTS.run(connection, bound).scalar_one_or_none() or 0


_PUT = Statement(
    """
    INSERT INTO set_aside_notes (organization_id, directory_id, kind, key, error, reason, attempts,
        set_aside_at, next_at)
    VALUES (:organization_id, :directory_id, :kind, :key, :error, :reason, :attempts,
        :set_aside_at, :next_at)
    ON CONFLICT (organization_id, kind, key) DO UPDATE SET error = excluded.error,
        reason = excluded.reason, attempts = excluded.attempts, next_at = excluded.next_at
    """
)


def put(connection: Connection, note: SetAsideNote) -> None:
    """Keeps the first time of one that is there already. The caller holds the drain's lock."""
    _PUT.run(
        connection,
        {
            "organization_id": note.organization_id,
            "directory_id": note.directory_id,
            "kind": note.kind,
            "key": note.key,
            "error": note.error,
            "reason": note.reason,
            "attempts": note.attempts,
            "set_aside_at": note.set_aside_at,
            "next_at": note.next_at,
        },
    )


_FORGET = BulkStatement(
    """
    DELETE FROM set_aside_notes WHERE organization_id = :organization_id
        AND (kind, key) IN (SELECT r.kind, r.key FROM {rows})
    """,
    {"kind": "text", "key": "text"},
)


def forget(
    connection: Connection, organization_id: OrganizationId, subjects: Iterable[tuple[Kind, str]]
) -> None:
    """These have just been settled."""
    named = [{"kind": kind, "key": key} for kind, key in subjects]
    _FORGET.run(connection, named, {"organization_id": organization_id})


# A drain may hold some of these rows at the moment; the next sweep finds what it leaves.
_RETRY = Statement(
    """
    UPDATE set_aside_notes SET next_at = NULL
    WHERE (organization_id, kind, key) IN (
        SELECT organization_id, kind, key FROM set_aside_notes
        WHERE next_at <= :now FOR UPDATE SKIP LOCKED
    )
    RETURNING organization_id, directory_id, kind, key
    """
)


def retry(connection: Connection, now: datetime) -> set[OrganizationId]:
    """A note for each that is due, of whatever organization; whose they are."""
    due = [row._asdict() for row in _RETRY.run(connection, {"now": now})]
    notes.add_all(connection, due, now)
    return {row["organization_id"] for row in due}


_COUNT = Statement("SELECT count(*) FROM set_aside_notes")


def count(connection: Connection) -> int:
    """Over all organizations."""
    return int(_COUNT.run(connection, {}).scalar_one())


_RETRY_NOW = Statement(
    """
    UPDATE set_aside_notes SET next_at = NULL
    WHERE organization_id = :organization_id AND (:everything OR key = :key)
    RETURNING organization_id, directory_id, kind, key
    """
)


def retry_now(
    connection: Connection, organization_id: OrganizationId, key: str | None, now: datetime
) -> int:
    """A note for each of the organization's, or of those about `key`, due or not; how many."""
    bound = {"organization_id": organization_id, "everything": key is None, "key": key or ""}
    again = [row._asdict() for row in _RETRY_NOW.run(connection, bound)]
    notes.add_all(connection, again, now)
    return len(again)


_NOTES = select(set_aside_notes)


def of_organization(connection: Connection, organization_id: OrganizationId) -> list[SetAsideNote]:
    """Who has waited longest comes first."""
    columns = set_aside_notes.c
    query = _NOTES.where(columns.organization_id == organization_id)
    found = connection.execute(query.order_by(columns.set_aside_at, columns.kind, columns.key))
    return [_read(row) for row in found]


def about(
    connection: Connection, organization_id: OrganizationId, keys: Iterable[str]
) -> list[SetAsideNote]:
    """Those whose subject is one of `keys`."""
    columns = set_aside_notes.c
    query = _NOTES.where(columns.organization_id == organization_id, columns.key.in_(list(keys)))
    found = connection.execute(query.order_by(columns.set_aside_at, columns.kind, columns.key))
    return [_read(row) for row in found]


def listing(
    connection: Connection, organization_id: OrganizationId, cut: Cut
) -> Page[SetAsideNote]:
    """A page of them, by key; of two about one group, its own and its members', the group's own."""
    columns, other = set_aside_notes.c, set_aside_notes.alias().c
    same = and_(other.organization_id == columns.organization_id, other.key == columns.key)
    query = select(columns.key, *(column for column in columns if column.name != "key")).where(
        columns.organization_id == organization_id,
        ~exists(select(other.key).where(same, other.kind < columns.kind)),
    )
    return page(connection, query, columns.key, cut, _read)


def _read(row: Row[*tuple[Any, ...]]) -> SetAsideNote:
    values = row._mapping  # noqa: SLF001 - SQLAlchemy's API
    return SetAsideNote(**{field.name: values[field.name] for field in fields(SetAsideNote)})
