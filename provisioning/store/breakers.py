"""The breakers of directories as administrators see and set them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from provisioning.breaker_policy import DEFAULT, BreakerPolicy
from provisioning.ids import DirectoryId, DirectoryUserId, OrganizationId
from provisioning.store.sql import Statement
from provisioning.store.types import moment


@dataclass(frozen=True, slots=True)
class BreakerState:
    """
    The policy of a directory, since when it holds losses, and how many wait for a decision: also
    of one that has been switched off since.
    """

    policy: BreakerPolicy
    tripped_at: datetime | None
    held: int


_OF = Statement(
    """
    SELECT b.directory_id, b.enabled, b.max_count, b.max_share, b.window_seconds, b.tripped_at,
        (
            SELECT count(*) FROM parked_changes p
            WHERE p.directory_id = b.directory_id AND p.organization_id = b.organization_id
                AND p.reason = 'mass_deprovisioning' AND p.decision IS NULL
        )
    FROM directory_breakers b
    WHERE b.organization_id = :organization_id AND b.directory_id = ANY(:ids)
    """
)
_LOST = Statement(
    """
    SELECT DISTINCT i.directory_user_id
    FROM directory_breakers b
    JOIN memberships m ON m.lost_by_directory_id = b.directory_id AND m.lost_at >= b.since
        AND m.organization_id = b.organization_id AND m.suspended_by_admin_at IS NULL
    JOIN identities i ON i.user_id = m.user_id AND i.organization_id = b.organization_id
    WHERE b.organization_id = :organization_id AND b.directory_id = ANY(:ids)
        AND b.tripped_at IS NOT NULL
    ORDER BY i.directory_user_id
    """
)
_SET = Statement(
    """
    INSERT INTO directory_breakers (directory_id, organization_id, enabled, max_count, max_share,
        window_seconds)
    VALUES (:directory_id, :organization_id, :enabled, :max_count, :max_share, :window_seconds)
    ON CONFLICT (directory_id) DO UPDATE SET enabled = excluded.enabled,
        max_count = excluded.max_count, max_share = excluded.max_share,
        window_seconds = excluded.window_seconds
    """
)
# Nothing that was lost before counts any more.
_BEGIN_ANEW = Statement(
    """
    UPDATE directory_breakers SET tripped_at = NULL, since = :now
    WHERE organization_id = :organization_id AND directory_id = :directory_id
    """
)


def of(
    connection: Connection, organization_id: OrganizationId, ids: Sequence[DirectoryId]
) -> dict[DirectoryId, BreakerState]:
    """Of each of these directories of the organization."""
    found = {directory_id: BreakerState(DEFAULT, None, 0) for directory_id in ids}
    for row in _OF.run(connection, {"organization_id": organization_id, "ids": list(ids)}):
        policy = BreakerPolicy(
            enabled=bool(row[1]), max_count=row[2], max_share=row[3], window_seconds=row[4]
        )
        tripped_at = None if row[5] is None else moment(row[5])
        found[DirectoryId(row[0])] = BreakerState(policy, tripped_at, row[6])
    return found


def lost(
    connection: Connection, organization_id: OrganizationId, ids: Sequence[DirectoryId]
) -> list[DirectoryUserId]:
    """Whom those of these that have tripped are to take back, as directories know them."""
    bound = {"organization_id": organization_id, "ids": list(ids)}
    return [row.directory_user_id for row in _LOST.run(connection, bound)]


def set_policy(
    connection: Connection,
    organization_id: OrganizationId,
    directory_id: DirectoryId,
    policy: BreakerPolicy,
    *,
    anew: datetime | None,
) -> None:
    """
    What is held stays held; `anew`: the moment from which on losses count, None: as before. The
    caller holds the organization's lock and the directory's.
    """
    bound = {
        "organization_id": organization_id,
        "directory_id": directory_id,
        "enabled": policy.enabled,
        "max_count": policy.max_count,
        "max_share": policy.max_share,
        "window_seconds": policy.window_seconds,
    }
    _SET.run(connection, bound)
    if anew is not None:
        here = {"organization_id": organization_id, "directory_id": directory_id, "now": anew}
        _BEGIN_ANEW.run(connection, here)
