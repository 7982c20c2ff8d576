"""Whom the directories have to be asked about again after an administrator's change of a member."""

from datetime import datetime

from sqlalchemy import Connection

from provisioning.ids import OrganizationId, UserId
from provisioning.store import held_newcomers
from provisioning.store.sql import Statement

_NOTE = Statement(
    """
    INSERT INTO notes (organization_id, directory_id, kind, key, created_at)
    SELECT i.organization_id, i.directory_id, 'user', i.directory_user_id, :now
    FROM identities i
    WHERE i.organization_id = :organization_id AND (i.user_id = :user_id OR i.user_id IN (
        SELECT m.user_id FROM parked_changes p JOIN memberships m ON m.id = p.membership_id
        WHERE p.organization_id = :organization_id AND p.reason = 'last_owner'
    ))
    UNION
    SELECT m.organization_id, '', 'user', m.user_id, :now FROM memberships m
    WHERE m.organization_id = :organization_id AND m.user_id = :user_id
    UNION
    SELECT d.organization_id, d.directory_id, 'user', d.id, :now
    FROM conflicts c JOIN directory_users d ON d.id = c.directory_user_id
    WHERE c.organization_id = :organization_id AND c.user_id = :user_id AND c.resolved_at IS NULL
    """
)


def note(
    connection: Connection, organization_id: OrganizationId, user_id: UserId, now: datetime
) -> None:
    """
    The person, known to a directory or not; whoever is held back as the last owner; conflicts about
    the account, and newcomers who may be it.
    """
    bound = {"organization_id": organization_id, "user_id": user_id, "now": now}
    _NOTE.run(connection, bound)
    held_newcomers.wake_members(connection, [user_id], now)
