"""Of many people those who have left, or are about to, with what is foreseen for them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from provisioning.ids import DirectoryId, DirectoryUserId, OrganizationId
from provisioning.reconcile.facts import LeavingStep
from provisioning.store import leaving_steps
from provisioning.store.sql import Statement
from provisioning.store.types import moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaver:
    """As one directory has known them."""

    directory_user_id: DirectoryUserId
    removed_at: datetime | None
    """None: not yet."""
    step: LeavingStep | None
    elsewhere: bool
    """Known, now or before, as somebody else as well."""


# By ranges of people, as a run goes: whatever is foreseen for others is not looked at.
_LEAVERS = Statement(
    """
    SELECT u.id AS directory_user_id,
        CASE WHEN m.status = 'removed' THEN COALESCE(m.removed_at, m.updated_at) END AS removed_at,
        EXISTS (SELECT 1 FROM identities o WHERE o.user_id = i.user_id
            AND o.organization_id = i.organization_id AND o.id <> i.id) AS elsewhere,
        s.id, s.membership_id, s.step, s.directory_id, s.planned_at, s.due_at, s.put_off_to
    FROM directory_users u JOIN identities i ON i.directory_user_id = u.id
    JOIN memberships m ON m.user_id = i.user_id AND m.organization_id = i.organization_id
        AND m.purged_at IS NULL
    LEFT JOIN leaving_steps s ON s.membership_id = m.id
    WHERE u.organization_id = :organization_id AND u.directory_id = :directory_id
        AND u.id > :after AND u.id <= :upto AND (m.status = 'removed' OR s.id IS NOT NULL)
    """
)


def among(
    connection: Connection,
    organization_id: OrganizationId,
    directory_id: DirectoryId,
    after: str,
    upto: str,
) -> list[Leaver]:
    """Of whom the directory knows, or has deleted, behind `after` and not behind `upto`."""
    bound = {
        "organization_id": organization_id,
        "directory_id": directory_id,
        "after": after,
        "upto": upto,
    }
    return [
        Leaver(
            directory_user_id=row.directory_user_id,
            removed_at=None if row.removed_at is None else moment(row.removed_at),
            elsewhere=bool(row.elsewhere),
            step=None if row.id is None else leaving_steps.read(row),
        )
        for row in _LEAVERS.run(connection, bound)
    ]
