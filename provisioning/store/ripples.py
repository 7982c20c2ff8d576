"""
Whom else a drain's actions concern, in its own organization and in others: each gets a note.

Drains of two organizations do not wait for each other, and accounts and addresses are shared. A
drain writes what its reading of another organization's account leads to; if that one changes the
account meanwhile, neither sees the other's rows. So whoever relies on such a reading locks the
account's row and looks again after the commit; whoever changes it looks for those who rely on it
after writing the row. Of the two, the later one waits for the earlier one's commit, and sees it.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from provisioning.folding import fold
from provisioning.ids import DirectoryUserId, OrganizationId, UserId
from provisioning.reconcile.actions import (
    Action,
    CreateMembership,
    CreateUser,
    Identify,
    OpenConflict,
    Park,
    SetStatus,
    UpdateUser,
)
from provisioning.store import awaited_addresses, held_newcomers
from provisioning.store.sql import Statement

# Memberships that are removed as well: another drain may be bringing one of them back. Of whom no
# directory knows there is no directory user to look at.
_ELSEWHERE = Statement(
    """
    INSERT INTO notes (organization_id, directory_id, kind, key, created_at)
    SELECT organization_id, directory_id, 'user', directory_user_id, :now FROM identities
    WHERE user_id = ANY(:users) AND organization_id <> :organization_id
    UNION
    SELECT m.organization_id, '', 'user', m.user_id, :now FROM memberships m
    WHERE m.user_id = ANY(:users) AND m.organization_id <> :organization_id
        AND NOT EXISTS (
            SELECT 1 FROM identities i
            WHERE i.user_id = m.user_id AND i.organization_id = m.organization_id
        )
    RETURNING organization_id
    """
)
# Accounts whose profile is another organization's word.
_LOCK_FOREIGN = Statement(
    """
    SELECT u.id FROM users u
    JOIN directories d
        ON d.id = u.authority_directory_id AND d.organization_id <> :organization_id
    WHERE u.id = ANY(:users) ORDER BY u.id FOR SHARE OF u
    """
)
_LOCK_HOLDERS = Statement(
    "SELECT u.id FROM users u WHERE u.email_key = ANY(:keys) ORDER BY u.id FOR SHARE OF u"
)
_AGAIN = Statement(
    """
    INSERT INTO notes (organization_id, directory_id, kind, key, created_at)
    SELECT organization_id, directory_id, 'user', id, :now FROM directory_users
    WHERE organization_id = :organization_id AND id = ANY(:ids)
    UNION
    SELECT organization_id, directory_id, 'user', directory_user_id, :now FROM identities
    WHERE organization_id = :organization_id AND user_id = ANY(:users)
    """
)


def spread(
    connection: Connection,
    organization_id: OrganizationId,
    actions: Sequence[Action],
    now: datetime,
) -> frozenset[OrganizationId]:
    """After the actions are written. The other organizations that have notes now."""
    released: dict[UserId, str] = {}
    changed: list[UserId] = []
    left: list[UserId] = []
    members: set[UserId] = set()
    for action in actions:
        if isinstance(action, CreateMembership | SetStatus | UpdateUser):
            members.add(action.user_id)
        if isinstance(action, UpdateUser):
            if action.released is not None:
                released[action.user_id] = action.released
            if action.profile != action.before:
                changed.append(action.user_id)
        elif (isinstance(action, SetStatus) and action.after == "removed") or (
            isinstance(action, Park) and action.wanted_status == "removed"
        ):
            left.append(action.user_id)
    woken = awaited_addresses.wake(connection, released, left, now)
    woken |= held_newcomers.wake_members(connection, members, now)
    if changed:
        bound = {"organization_id": organization_id, "users": changed, "now": now}
        woken |= {row.organization_id for row in _ELSEWHERE.run(connection, bound)}
    _look_again(connection, organization_id, actions, now)
    return frozenset(woken - {organization_id})


def _look_again(
    connection: Connection,
    organization_id: OrganizationId,
    actions: Sequence[Action],
    now: datetime,
) -> None:
    """At who is in conflict, was linked to another's account, or lacks the address."""
    here = {"organization_id": organization_id}
    created = {action.user_id for action in actions if isinstance(action, CreateUser)}
    disputed: list[DirectoryUserId] = []
    linked: set[UserId] = set()
    users: set[UserId] = set()
    addresses: set[str] = set()
    for action in actions:
        match action:
            case OpenConflict():
                # It has locked the account already, by its foreign key: the address is a key.
                disputed.append(action.directory_user_id)
            case Identify() if action.user_id not in created:
                linked.add(action.user_id)
            case CreateUser() | UpdateUser() if action.email_key is None and action.profile.email:
                users.add(action.user_id)
                addresses.add(fold(action.profile.email))
            case _:
                pass
    if linked:
        foreign = _LOCK_FOREIGN.run(connection, {**here, "users": sorted(linked)})
        users |= {row.id for row in foreign}
    if addresses:
        _LOCK_HOLDERS.run(connection, {"keys": sorted(addresses)})
    if disputed or users:
        _AGAIN.run(connection, {**here, "ids": disputed, "users": sorted(users), "now": now})
