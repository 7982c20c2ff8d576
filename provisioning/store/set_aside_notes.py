"""Notes that could not be settled: which, why, and when they are tried again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from provisioning.ids import DirectoryId, OrganizationId
from provisioning.store import notes
from provisioning.store.bulk import BulkStatement
from provisioning.store.notes import Kind
from provisioning.store.sql import Statement
from provisioning.store.types import moment


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
    due = [dict(row) for row in _RETRY.run(connection, {"now": now}).mappings()]
    notes.add_all(connection, due, now)
    return {row["organization_id"] for row in due}


_COUNT = Statement("SELECT count(*) FROM set_aside_notes")


def count(connection: Connection) -> int:
    """Over all organizations."""
    return int(_COUNT.run(connection, {}).scalar_one())


_OF_ORGANIZATION = Statement(
    """
    SELECT organization_id, directory_id, kind, key, error, reason, attempts, set_aside_at, next_at
    FROM set_aside_notes WHERE organization_id = :organization_id ORDER BY set_aside_at, kind, key
    """
)


def of_organization(connection: Connection, organization_id: OrganizationId) -> list[SetAsideNote]:
    """Who has waited longest comes first."""
    return [
        SetAsideNote(
            organization_id=row.organization_id,
            directory_id=row.directory_id,
            kind=row.kind,
            key=row.key,
            error=row.error,
            reason=row.reason,
            attempts=row.attempts,
            set_aside_at=moment(row.set_aside_at),
            next_at=None if row.next_at is None else moment(row.next_at),
        )
        for row in _OF_ORGANIZATION.run(connection, {"organization_id": organization_id})
    ]
