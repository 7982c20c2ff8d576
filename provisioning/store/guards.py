"""What the guards need to know for a batch: the breakers of an organization, and what waits."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from provisioning.breaker_policy import DEFAULT
from provisioning.ids import MembershipId, OrganizationId
from provisioning.reconcile.facts import Breaker
from provisioning.store.sql import Statement
from provisioning.store.types import moment

# Who is nobody's any more is looked at by no drain, and is never taken back.
# A window is counted only where somebody may be lost now, or much is held: else this reads one row
# for each directory. People are counted only where the losses could be too many.
_BREAKERS = """
    WITH policies AS (
        SELECT d.id, COALESCE(b.enabled, TRUE) AS enabled,
            COALESCE(b.max_count, :max_count) AS max_count,
            COALESCE(b.max_share, :max_share) AS max_share,
            COALESCE(b.window_seconds, :window_seconds) AS window_seconds,
            b.tripped_at, b.since
        FROM directories d LEFT JOIN directory_breakers b ON b.directory_id = d.id
        WHERE d.organization_id = :organization_id
            AND (d.deleting_at IS NULL OR b.tripped_at IS NOT NULL)
    ), windows AS (
        SELECT policies.*, CASE
            WHEN tripped_at IS NOT NULL OR since > {cutoff} THEN since ELSE {cutoff}
        END AS began
        FROM policies
    ), counted AS (
        SELECT windows.*, CASE WHEN tripped_at IS NULL AND :at_risk = 0 THEN 0 ELSE (
            SELECT count(*) FROM memberships m
            WHERE m.lost_by_directory_id = windows.id AND m.lost_at >= windows.began
                AND m.organization_id = :organization_id AND m.suspended_by_admin_at IS NULL
                AND NOT m.id = ANY(:memberships)
                AND EXISTS (SELECT 1 FROM identities i WHERE i.user_id = m.user_id
                    AND i.organization_id = m.organization_id)
        ) END AS lost
        FROM windows
    )
    SELECT id, enabled, max_count, max_share, window_seconds, tripped_at IS NOT NULL, began, lost,
        CASE WHEN enabled AND tripped_at IS NULL AND lost + :at_risk > max_count THEN (
            SELECT count(DISTINCT m.id) FROM directory_users u
            JOIN identities i ON i.directory_user_id = u.id
            JOIN memberships m ON m.organization_id = i.organization_id
                AND m.user_id = i.user_id AND m.status = 'active'
            WHERE u.organization_id = :organization_id AND u.directory_id = counted.id
                AND ((u.active AND u.deleted_at IS NULL) OR u.updated_at >= counted.began)
        ) END,
        CASE WHEN tripped_at IS NULL THEN FALSE ELSE EXISTS (
            SELECT 1 FROM parked_changes p
            WHERE p.directory_id = counted.id AND p.organization_id = :organization_id
                AND p.reason = 'mass_deprovisioning' AND p.decision IS NULL
                AND NOT p.membership_id = ANY(:memberships)
        ) END
    FROM counted ORDER BY id
"""
_READ = Statement(
    _BREAKERS.format(
        cutoff="(CAST(:now AS timestamptz) - window_seconds * INTERVAL '1 second')",
    ),
    sqlite=_BREAKERS.format(
        cutoff="strftime('%Y-%m-%dT%H:%M:%fZ', :now, '-' || window_seconds || ' seconds')",
    ),
)


def read(
    connection: Connection,
    organization_id: OrganizationId,
    memberships: Sequence[MembershipId],
    at_risk: int,
    now: datetime,
) -> list[Breaker]:
    """
    `memberships` are those that are known already; `at_risk` how many of them are lost, or may be
    lost by a directory's word, at the most.
    """
    bound: dict[str, Any] = {
        "organization_id": organization_id,
        "memberships": memberships,
        "at_risk": at_risk,
        "now": now,
        "max_count": DEFAULT.max_count,
        "max_share": DEFAULT.max_share,
        "window_seconds": DEFAULT.window_seconds,
    }
    return [
        Breaker(
            directory_id=row[0],
            enabled=bool(row[1]),
            max_count=row[2],
            max_share=row[3],
            window_seconds=row[4],
            tripped=bool(row[5]),
            since=moment(row[6]),
            lost=row[7],
            people=row[8],
            holds_others=bool(row[9]),
        )
        for row in _READ.run(connection, bound)
    ]
