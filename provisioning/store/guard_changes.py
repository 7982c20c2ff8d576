"""Writes what guards hold, and what has become of breakers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from provisioning.ids import OrganizationId
from provisioning.reconcile.actions import (
    Action,
    CloseBreaker,
    ForgetLoss,
    Park,
    TripBreaker,
    Unpark,
)
from provisioning.reconcile.facts import Breaker
from provisioning.store.bulk import insertion
from provisioning.store.sql import Statement

_PARK = insertion(
    "parked_changes",
    {
        "membership_id": "text",
        "reason": "text",
        "wanted_status": "text",
        "directory_id": "text",
        "directory_user_id": "text",
        "said": "text",
        "said_at": "timestamptz",
        "decision": "text",
        "decided_by": "text",
    },
    """
    ON CONFLICT (membership_id) DO UPDATE SET reason = excluded.reason,
        wanted_status = excluded.wanted_status, directory_id = excluded.directory_id,
        directory_user_id = excluded.directory_user_id, said = excluded.said,
        said_at = excluded.said_at, decision = excluded.decision,
        decided_by = excluded.decided_by,
        decided_at = CASE WHEN excluded.decision IS NULL THEN NULL
            ELSE parked_changes.decided_at END
    """,
    shared={"organization_id": ":organization_id", "parked_at": ":now"},
)
_UNPARK = Statement(
    """
    DELETE FROM parked_changes
    WHERE organization_id = :organization_id AND membership_id = ANY(:ids)
    """
)
_FORGET_LOSSES = Statement(
    """
    UPDATE memberships SET lost_at = NULL, lost_by_directory_id = NULL
    WHERE organization_id = :organization_id AND id = ANY(:ids)
    """
)
_PUT_BREAKER = Statement(
    """
    INSERT INTO directory_breakers (directory_id, organization_id, enabled, max_count, max_share,
        window_seconds, tripped_at, since)
    VALUES (:directory_id, :organization_id, :enabled, :max_count, :max_share,
        :window_seconds, :tripped_at, :since)
    ON CONFLICT (directory_id) DO UPDATE SET tripped_at = excluded.tripped_at,
        since = excluded.since
    """
)
# Whom this very batch has taken back is not lost any more.
_NOTE_LOST = Statement(
    """
    INSERT INTO notes (organization_id, directory_id, kind, key, created_at)
    SELECT i.organization_id, i.directory_id, 'user', i.directory_user_id, :now
    FROM memberships m JOIN identities i
        ON i.user_id = m.user_id AND i.organization_id = m.organization_id
    WHERE m.organization_id = :organization_id AND m.lost_by_directory_id = :directory_id
        AND m.lost_at >= :since AND m.suspended_by_admin_at IS NULL
    """
)


def write(
    connection: Connection,
    organization_id: OrganizationId,
    actions: Sequence[Action],
    now: datetime,
) -> None:
    """After the statuses: a breaker that has tripped looks again at whom it is to take back."""
    here: dict[str, Any] = {"organization_id": organization_id, "now": now}
    parked = [
        {
            "membership_id": action.membership_id,
            "reason": action.reason,
            "wanted_status": action.wanted_status,
            "directory_id": action.directory_id,
            "directory_user_id": action.evidence.id,
            "said": action.evidence.said,
            "said_at": action.evidence.spoke_at,
            "decision": action.decision,
            "decided_by": action.decided_by,
        }
        for action in actions
        if isinstance(action, Park)
    ]
    _PARK.run(connection, parked, here)
    unparked = [action.membership_id for action in actions if isinstance(action, Unpark)]
    if unparked:
        _UNPARK.run(connection, {**here, "ids": unparked})
    forgotten = [action.membership_id for action in actions if isinstance(action, ForgetLoss)]
    if forgotten:
        _FORGET_LOSSES.run(connection, {**here, "ids": forgotten})
    for action in actions:
        if isinstance(action, TripBreaker):
            since = action.breaker.since
            _put(connection, organization_id, action.breaker, now, since)
            bound = {**here, "directory_id": action.breaker.directory_id, "since": since}
            _NOTE_LOST.run(connection, bound)
        elif isinstance(action, CloseBreaker):
            _put(connection, organization_id, action.breaker, None, now)


def _put(
    connection: Connection,
    organization_id: OrganizationId,
    breaker: Breaker,
    tripped_at: datetime | None,
    since: datetime,
) -> None:
    _PUT_BREAKER.run(
        connection,
        {
            "directory_id": breaker.directory_id,
            "organization_id": organization_id,
            "enabled": breaker.enabled,
            "max_count": breaker.max_count,
            "max_share": breaker.max_share,
            "window_seconds": breaker.window_seconds,
            "tripped_at": tripped_at,
            "since": since,
        },
    )
