"""Writes what a plan says: one statement for each kind of action, however many there are."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection

from provisioning.ids import OrganizationId
from provisioning.reconcile.actions import (
    AcceptInvitation,
    Action,
    CloseConflict,
    CreateMembership,
    CreateUser,
    GrantRole,
    Identify,
    KeepOut,
    MakeManual,
    Manage,
    MarkBreakGlass,
    OpenConflict,
    PurgeMembership,
    RevokeRole,
    SetStatus,
    ShowProfile,
    UpdateUser,
)
from provisioning.store import (
    accounts,
    grant_changes,
    guard_changes,
    held_newcomers,
    identity_changes,
    leaving_steps,
    profiles,
)
from provisioning.store.bulk import BulkStatement, insertion
from provisioning.store.sql import Statement

A = TypeVar("A", bound=Action)

_INSERT_MEMBERSHIPS = insertion(
    "memberships",
    {
        "id": "text",
        "user_id": "text",
        "status": "text",
        "told_profile": "text",
        "provisioned_by": "text",
        "directory_managed": "boolean",
        "removed_at": "timestamptz",
    },
    shared={"organization_id": ":organization_id", "created_at": ":now", "updated_at": ":now"},
)
_SET_MANAGED = Statement(
    """
    UPDATE memberships SET directory_managed = :managed
    WHERE organization_id = :organization_id AND id = ANY(:ids)
    """
)
# The row stays for what refers to it; of the person it knows nothing any more.
_PURGE = Statement(
    """
    UPDATE memberships SET told_profile = '{}', purged_at = :now, updated_at = :now,
        lost_at = NULL, lost_by_directory_id = NULL
    WHERE organization_id = :organization_id AND id = ANY(:ids)
    """
)
_KEEP_OUT = Statement(
    """
    UPDATE memberships SET suspended_by_admin_at = :since, updated_at = :now
    WHERE organization_id = :organization_id AND id = ANY(:ids)
    """
)
_MARK_BREAK_GLASS = Statement(
    """
    UPDATE memberships SET break_glass = :break_glass, updated_at = :now
    WHERE organization_id = :organization_id AND id = :id
    """
)
_SHOW_PROFILES = BulkStatement(
    """
    UPDATE memberships SET told_profile = r.told_profile FROM {rows}
    WHERE memberships.organization_id || '' = :organization_id AND memberships.id = r.id
    """,
    {"id": "text", "told_profile": "text"},
)
_SET_STATUSES = BulkStatement(
    """
    UPDATE memberships SET status = r.status, updated_at = :now, removed_at = r.removed_at,
        lost_by_directory_id = r.lost_by,
        lost_at = CASE
            WHEN r.lost_by IS NULL THEN NULL
            WHEN memberships.status = 'active' THEN :now
            ELSE memberships.lost_at END
    FROM {rows}
    WHERE memberships.organization_id || '' = :organization_id AND memberships.id = r.id
    """,
    {"id": "text", "status": "text", "lost_by": "text", "removed_at": "timestamptz"},
)
_OPEN_CONFLICTS = insertion(
    "conflicts",
    {"id": "text", "directory_user_id": "text", "user_id": "text"},
    shared={"organization_id": ":organization_id", "opened_at": ":now"},
)
_CLOSE_CONFLICTS = BulkStatement(
    """
    UPDATE conflicts SET resolved_at = :now, resolution = r.resolution FROM {rows}
    WHERE conflicts.organization_id || '' = :organization_id AND conflicts.id = r.id
    """,
    {"id": "text", "resolution": "text"},
)
_ACCEPT_INVITATIONS = BulkStatement(
    """
    UPDATE invitations SET status = 'accepted', accepted_at = :now, updated_at = :now,
        accepted_user_id = r.user_id
    FROM {rows}
    WHERE invitations.organization_id || '' = :organization_id AND invitations.id = r.id
    """,
    {"id": "text", "user_id": "text"},
)


def write(
    connection: Connection,
    organization_id: OrganizationId,
    actions: Sequence[Action],
    now: datetime,
) -> None:
    """
    In an order that foreign keys and unique indexes accept. Addresses are released before they
    are claimed, and rows go in by address, so that two organizations that create the same people
    at once wait for each other instead of locking each other out.
    """
    here: dict[str, Any] = {"organization_id": organization_id, "now": now}
    kinds = _Kinds(actions)
    accounts.write(connection, organization_id, kinds.of(UpdateUser), kinds.of(CreateUser), now)
    identity_changes.write(connection, organization_id, kinds.of(Identify), now)
    _INSERT_MEMBERSHIPS.run(
        connection,
        [
            {
                "id": action.membership_id,
                "user_id": action.user_id,
                "status": action.status,
                "told_profile": profiles.encoded(action.profile),
                "provisioned_by": action.provisioned_by,
                "directory_managed": action.provisioned_by == "directory",
                "removed_at": now if action.status == "removed" else None,
            }
            for action in kinds.of(CreateMembership)
        ],
        here,
    )
    managed = [action.membership_id for action in kinds.of(Manage)]
    manual = [action.membership_id for action in kinds.of(MakeManual)]
    for found, is_managed in ((managed, True), (manual, False)):
        if found:
            _SET_MANAGED.run(connection, {**here, "managed": is_managed, "ids": found})
    shown = [
        {"id": action.membership_id, "told_profile": profiles.encoded(action.after)}
        for action in kinds.of(ShowProfile)
    ]
    _SHOW_PROFILES.run(connection, shown, here)
    statuses = [
        {
            "id": action.membership_id,
            "status": action.after,
            "lost_by": action.lost_by,
            "removed_at": now if action.after == "removed" else None,
        }
        for action in kinds.of(SetStatus)
    ]
    _SET_STATUSES.run(connection, statuses, here)
    for kept_out, since in ((True, now), (False, None)):
        found = [a.membership_id for a in kinds.of(KeepOut) if a.kept_out == kept_out]
        if found:
            _KEEP_OUT.run(connection, {**here, "since": since, "ids": found})
    for mark in kinds.of(MarkBreakGlass):  # one at a time, by hand
        bound = {**here, "id": mark.membership_id, "break_glass": mark.break_glass}
        _MARK_BREAK_GLASS.run(connection, bound)
    given, revoked = kinds.of(GrantRole), kinds.of(RevokeRole)
    grant_changes.write(connection, organization_id, given, revoked, now)
    accepted = [
        {"id": action.invitation_id, "user_id": action.user_id}
        for action in kinds.of(AcceptInvitation)
    ]
    _ACCEPT_INVITATIONS.run(connection, accepted, here)
    purged = [action.membership_id for action in kinds.of(PurgeMembership)]
    if purged:
        _PURGE.run(connection, {**here, "ids": purged})
    leaving_steps.write(connection, organization_id, actions, now)
    _write_conflicts(connection, kinds, here)
    held_newcomers.write(connection, organization_id, actions, now)
    guard_changes.write(connection, organization_id, actions, now)


def _write_conflicts(connection: Connection, kinds: "_Kinds", here: Mapping[str, Any]) -> None:
    # Closed before the next one is opened: a directory user has one conflict at a time.
    closed = [
        {"id": action.conflict_id, "resolution": action.resolution}
        for action in kinds.of(CloseConflict)
    ]
    _CLOSE_CONFLICTS.run(connection, closed, here)
    opened = [
        {
            "id": action.conflict_id,
            "directory_user_id": action.directory_user_id,
            "user_id": action.user_id,
        }
        for action in kinds.of(OpenConflict)
    ]
    _OPEN_CONFLICTS.run(connection, opened, here)


class _Kinds:
    """The actions by kind; there are more kinds than a batch of thousands should be read for."""

    __slots__ = ("_actions",)

    def __init__(self, actions: Sequence[Action]) -> None:
        self._actions: dict[type, list[Any]] = {}
        for action in actions:
            self._actions.setdefault(type(action), []).append(action)

    def of(self, kind: type[A]) -> list[A]:
        return self._actions.get(kind, [])
