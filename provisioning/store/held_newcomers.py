"""Newcomers whom an organization's policy keeps out for now, and what is said of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from provisioning.ids import DirectoryId, DirectoryUserId, OrganizationId, UserId
from provisioning.reconcile.actions import Action, EndHold, HoldNewcomer
from provisioning.reconcile.facts import HeldNewcomer, Verdict
from provisioning.store.bulk import insertion
from provisioning.store.sql import Statement

_OF = Statement(
    """
    SELECT directory_user_id, email_key, decision, decided_by FROM held_newcomers
    WHERE organization_id = :organization_id AND directory_user_id = ANY(:ids)
    """
)
_HOLD = insertion(
    "held_newcomers",
    {
        "directory_user_id": "text",
        "email_key": "text",
        "decision": "text",
        "decided_by": "text",
        "decided_at": "timestamptz",
    },
    """
    ON CONFLICT (directory_user_id) DO UPDATE SET email_key = excluded.email_key,
        decision = excluded.decision, decided_by = excluded.decided_by,
        decided_at = CASE
            WHEN excluded.decided_by IS NULL THEN excluded.decided_at
            ELSE held_newcomers.decided_at END
    """,
    shared={"organization_id": ":organization_id", "held_at": ":now"},
)
_END = Statement(
    """
    DELETE FROM held_newcomers
    WHERE organization_id = :organization_id AND directory_user_id = ANY(:ids)
    """
)
_OF_DIRECTORY = Statement(
    """
    SELECT h.directory_user_id FROM held_newcomers h
    JOIN directory_users d ON d.id = h.directory_user_id AND d.directory_id = :directory_id
    WHERE h.organization_id = :organization_id AND h.decision IS NULL
    ORDER BY h.directory_user_id
    """
)
_DECIDE = Statement(
    """
    UPDATE held_newcomers
    SET decision = :decision, decided_by = :decided_by, decided_at = :now
    WHERE organization_id = :organization_id AND directory_user_id = ANY(:ids)
        AND (decision IS NULL OR decision <> :decision OR decided_by IS NULL)
    RETURNING directory_user_id
    """
)
_NOTE = Statement(
    """
    INSERT INTO notes (organization_id, directory_id, kind, key, created_at)
    SELECT organization_id, directory_id, 'user', id, :now FROM directory_users
    WHERE organization_id = :organization_id AND id = ANY(:ids)
    RETURNING directory_id, key
    """
)
_WAKE_MEMBERS = Statement(
    """
    INSERT INTO notes (organization_id, directory_id, kind, key, created_at)
    SELECT d.organization_id, d.directory_id, 'user', d.id, :now FROM users u
    JOIN held_newcomers h ON h.email_key = u.email_key
    JOIN memberships m ON m.user_id = u.id AND m.organization_id = h.organization_id
        AND m.status <> 'removed'
    JOIN directory_users d ON d.id = h.directory_user_id
    WHERE u.id = ANY(:users)
    RETURNING organization_id
    """
)
_WAKE_INVITED = Statement(
    """
    INSERT INTO notes (organization_id, directory_id, kind, key, created_at)
    SELECT d.organization_id, d.directory_id, 'user', d.id, :now FROM held_newcomers h
    JOIN directory_users d ON d.id = h.directory_user_id
    WHERE h.organization_id = :organization_id AND h.email_key = ANY(:keys)
    """
)


@dataclass(frozen=True, slots=True)
class Decided:
    """A newcomer about whom something has just been said."""

    directory_user_id: DirectoryUserId
    directory_id: DirectoryId


def of(
    connection: Connection, organization_id: OrganizationId, ids: Sequence[DirectoryUserId]
) -> list[HeldNewcomer]:
    """Those of them who are held."""
    bound = {"organization_id": organization_id, "ids": list(ids)}
    return [HeldNewcomer(*row) for row in _OF.run(connection, bound)]


def write(
    connection: Connection,
    organization_id: OrganizationId,
    actions: Sequence[Action],
    now: datetime,
) -> None:
    """What a plan says of them."""
    held = [
        {
            "directory_user_id": action.held.directory_user_id,
            "email_key": action.held.email_key,
            "decision": action.held.decision,
            "decided_by": action.held.decided_by,
            "decided_at": None if action.held.decision is None else now,
        }
        for action in actions
        if isinstance(action, HoldNewcomer)
    ]
    _HOLD.run(connection, held, {"organization_id": organization_id, "now": now})
    ended = [action.held.directory_user_id for action in actions if isinstance(action, EndHold)]
    if ended:
        _END.run(connection, {"organization_id": organization_id, "ids": ended})


def undecided(
    connection: Connection, organization_id: OrganizationId, directory_id: DirectoryId
) -> list[DirectoryUserId]:
    """Whom of the directory an administrator is waited for."""
    bound = {"organization_id": organization_id, "directory_id": directory_id}
    return [row.directory_user_id for row in _OF_DIRECTORY.run(connection, bound)]


def decide(
    connection: Connection,
    organization_id: OrganizationId,
    ids: Sequence[DirectoryUserId],
    decision: Verdict,
    *,
    decided_by: str,
    now: datetime,
) -> list[Decided]:
    """
    Those of them about whom nobody had said that; the caller holds the organization's lock. The
    next drain looks at each.
    """
    here: dict[str, Any] = {"organization_id": organization_id}
    said = {"decision": decision, "decided_by": decided_by, "now": now}
    changed = _DECIDE.run(connection, {**here, **said, "ids": list(ids)})
    keys = [row.directory_user_id for row in changed]
    noted = _NOTE.run(connection, {**here, "ids": keys, "now": now})
    return sorted((Decided(row.key, row.directory_id) for row in noted), key=str)


def wake_members(
    connection: Connection, users: Collection[UserId], now: datetime
) -> set[OrganizationId]:
    """
    Newcomers with the address of one of these accounts, where that is a member: they may be it
    now. In which organizations.
    """
    if not users:
        return set()
    woken = _WAKE_MEMBERS.run(connection, {"users": sorted(users), "now": now})
    return {row.organization_id for row in woken}


def wake_invited(
    connection: Connection, organization_id: OrganizationId, keys: Collection[str], now: datetime
) -> None:
    """Newcomers with one of these addresses, who are invited now."""
    bound = {"organization_id": organization_id, "keys": sorted(keys), "now": now}
    _WAKE_INVITED.run(connection, bound)
