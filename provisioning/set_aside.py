"""
Poison: a note that cannot be settled, for a reason that lies in what it leads to and not in the
moment. It must stop nobody else, and it must not be forgotten: it is tried again, less and less
often, and at once when there is news about its subject.
"""

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import Connection

from provisioning import organizations
from provisioning.back_off import retry_after
from provisioning.errors import NotFound
from provisioning.ids import OrganizationId
from provisioning.store import failures, notes, set_aside_notes
from provisioning.store.notes import Note
from provisioning.store.set_aside_notes import SetAsideNote

log = structlog.get_logger(__name__)


def still_there(connection: Connection, organization_id: OrganizationId) -> list[SetAsideNote]:
    """Oldest first. Raises `NotFound` for the organization."""
    organizations.get(connection, organization_id)
    return set_aside_notes.of_organization(connection, organization_id)


def retry(
    connection: Connection, organization_id: OrganizationId, key: str | None, now: datetime
) -> int:
    """
    A note for each, or for those about `key` alone, without waiting for their time: the next drain
    tries. How many. Raises `NotFound` for the organization, and where nothing about `key` is set
    aside.
    """
    organizations.get(connection, organization_id)
    count = set_aside_notes.retry_now(connection, organization_id, key, now)
    if key is not None and not count:
        raise NotFound("set-aside note", key)
    return count


def halved(taken: Sequence[Note]) -> list[list[Note]]:
    """Two halves, by subject, in the order of their notes; one when all are about one subject."""
    subjects = list(dict.fromkeys((note.kind, note.key) for note in taken))
    first = set(subjects[: len(subjects) // 2])
    parts = (
        [note for note in taken if (note.kind, note.key) in first],
        [note for note in taken if (note.kind, note.key) not in first],
    )
    return [part for part in parts if part]


def put(
    connection: Connection,
    organization_id: OrganizationId,
    refused: Sequence[Note],
    error: Exception,
    now: datetime,
) -> int:
    """
    Takes these notes, all about one subject, out of the outbox and keeps the subject with its
    reason. How many: none when another drain has had them. The caller holds the drain's lock.
    """
    taken = notes.take_again(connection, organization_id, refused)
    if not taken:
        return 0
    kind, key = taken[0].kind, taken[0].key
    attempts = set_aside_notes.attempts(connection, organization_id, kind, key) + 1
    kept = SetAsideNote(
        organization_id=organization_id,
        directory_id=taken[0].directory_id,
        kind=kind,
        key=key,
        error=failures.kind(error),
        reason=failures.whereabouts(error),
        attempts=attempts,
        set_aside_at=now,
        next_at=now + retry_after(attempts),
    )
    set_aside_notes.put(connection, kept)
    log.error(
        "a note was set aside",
        organization_id=organization_id,
        kind=kind,
        key=key,
        error=kept.error,
        reason=kept.reason,
        attempts=attempts,
        exc_info=error,
    )
    return len(taken)
