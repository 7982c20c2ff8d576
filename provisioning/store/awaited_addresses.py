"""
Who waits for an address that another account holds: people who are shown with it, and people in
conflict about it. Organizations share addresses, so these statements look across all of them; they
write nothing but notes.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from provisioning.folding import fold
from provisioning.ids import OrganizationId, UserId
from provisioning.store import notes
from provisioning.store.sql import Statement

_IN_CONFLICT = Statement(
    """
    SELECT d.organization_id, d.directory_id, d.id AS key
    FROM conflicts c JOIN directory_users d ON d.id = c.directory_user_id
    WHERE c.user_id = ANY(:users) AND c.resolved_at IS NULL
    """
)
# Two ways to them, each by an index of its own: what a former release wrote is not folded. First
# of all: otherwise SQLite begins with everybody's identities.
_WITHOUT_THEIRS = Statement(
    """
    WITH waiting AS MATERIALIZED (
        SELECT u.id, u.email, u.authority_directory_id FROM users u
        WHERE u.awaited_email_key = ANY(:addresses)
        UNION ALL
        SELECT u.id, u.email, u.authority_directory_id FROM users u
        WHERE u.email IS NOT NULL AND coalesce(u.email_key, u.awaited_email_key) IS NULL
    )
    SELECT i.organization_id, i.directory_id, i.directory_user_id AS key, w.email
    FROM waiting w JOIN identities i
        ON i.user_id = w.id AND i.directory_id = w.authority_directory_id
    """
)
_HELD = Statement("SELECT email_key FROM users WHERE id = ANY(:users) AND email_key IS NOT NULL")


def awaited(email: str | None, email_key: str | None) -> str | None:
    """The folded address of an account that is shown with it and does not hold it: its column."""
    return None if email is None or email_key is not None else fold(email)


def wake(
    connection: Connection, released: Mapping[UserId, str], left: Sequence[UserId], now: datetime
) -> set[OrganizationId]:
    """
    A note for everybody who waits for an address that one of these users has let go, or may now be
    relieved of because they have left; in which organizations.
    """
    if not released and not left:
        return set()
    addresses = set(released.values())
    addresses |= {row.email_key for row in _HELD.run(connection, {"users": sorted(left)})}
    without_theirs = _WITHOUT_THEIRS.run(connection, {"addresses": sorted(addresses)})
    waiting = [
        *_IN_CONFLICT.run(connection, {"users": sorted(released)}),
        *(row for row in without_theirs if fold(row.email) in addresses),
    ]
    rows = [
        {
            "organization_id": row.organization_id,
            "directory_id": row.directory_id,
            "kind": "user",
            "key": row.key,
        }
        for row in waiting
    ]
    notes.add_all(connection, rows, now)
    return {row.organization_id for row in waiting}
