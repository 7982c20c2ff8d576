"""What directories have left behind of a person who joins by other ways than theirs."""

from datetime import datetime

from sqlalchemy import Connection

from provisioning.ids import OrganizationId, UserId
from provisioning.store import held_newcomers
from provisioning.store.sql import Statement

_NOTE_DISPUTES = Statement(
    """
    INSERT INTO notes (organization_id, directory_id, kind, key, created_at)
    SELECT d.organization_id, d.directory_id, 'user', d.id, :now
    FROM conflicts c JOIN directory_users d ON d.id = c.directory_user_id
    WHERE c.organization_id = :organization_id AND c.user_id = :user_id AND c.resolved_at IS NULL
    UNION
    SELECT m.organization_id, '', 'user', m.user_id, :now FROM memberships m
    WHERE m.organization_id = :organization_id AND m.user_id = :user_id
    """
)
_FORGET_AUTHORITY = Statement(
    """
    UPDATE users SET authority_directory_id = NULL
    WHERE id = :user_id AND authority_directory_id IN (
        SELECT id FROM directories WHERE organization_id = :organization_id
    )
    """
)
_REMEMBER_TOMBSTONES = Statement(
    """
    UPDATE directory_users SET former_user_id = :user_id
    WHERE organization_id = :organization_id AND id IN (
        SELECT directory_user_id FROM identities
        WHERE organization_id = :organization_id AND user_id = :user_id
    )
    """
)
_FORGET_TOMBSTONES = Statement(
    "DELETE FROM identities WHERE organization_id = :organization_id AND user_id = :user_id"
)


def note_disputes(
    connection: Connection, organization_id: OrganizationId, user_id: UserId, now: datetime
) -> None:
    """
    Whoever is in conflict about the account, or is held with its address, may be it now, and what
    was foreseen for a leaver is not: the drain looks again.
    """
    bound = {"organization_id": organization_id, "user_id": user_id, "now": now}
    _NOTE_DISPUTES.run(connection, bound)
    held_newcomers.wake_members(connection, [user_id], now)


def forget_leaving(
    connection: Connection, organization_id: OrganizationId, user_id: UserId
) -> None:
    """
    For a member whom the directories had removed and somebody else brings back: the tombstones do
    not speak for the person any more, or the next resync would remove them again. Whose they were
    is remembered, for the day on which everything of the person goes.
    """
    bound = {"organization_id": organization_id, "user_id": user_id}
    _FORGET_AUTHORITY.run(connection, bound)
    _REMEMBER_TOMBSTONES.run(connection, bound)
    _FORGET_TOMBSTONES.run(connection, bound)
