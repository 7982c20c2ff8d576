"""Roles that members of an organization hold in one workspace alone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Connection, literal_column

from provisioning import ids
from provisioning.ids import GrantId, MembershipId, RoleId, UserId
from provisioning.store.role_tables import grants
from provisioning.store.sql import Statement
from provisioning.store.workspaces import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceGrant:
    """By hand."""

    id: GrantId
    membership_id: MembershipId
    role_id: RoleId
    role: str


# A grant that comes back is the same row: its id survives.
_GRANT = Statement(
    """
    INSERT INTO grants (id, organization_id, membership_id, role_id, source_type, source_id,
        workspace_id, created_at)
    VALUES (:id, :organization_id, :membership_id, :role_id, 'direct', '', :workspace_id, :now)
    ON CONFLICT (membership_id, role_id, source_type, source_id, workspace_id)
        DO UPDATE SET revoked_at = NULL WHERE grants.revoked_at IS NOT NULL
    RETURNING id
    """
)
_REVOKE = Statement(
    """
    UPDATE grants SET revoked_at = :now
    WHERE organization_id = :organization_id AND workspace_id = :workspace_id AND id = ANY(:ids)
        AND source_type = 'direct' AND revoked_at IS NULL
    """
)
_REVOKE_ALL = Statement(
    """
    UPDATE grants SET revoked_at = :now
    WHERE organization_id = :organization_id AND workspace_id = :workspace_id
        AND workspace_id <> '' AND source_type = 'direct' AND revoked_at IS NULL
    RETURNING id, membership_id, role_id,
        (SELECT r.name FROM roles r WHERE r.id = grants.role_id) AS role,
        (SELECT m.user_id FROM memberships m WHERE m.id = grants.membership_id) AS user_id
    """
)


def grant(
    connection: Connection,
    workspace: Workspace,
    membership_id: MembershipId,
    role_id: RoleId,
    now: datetime,
) -> GrantId | None:
    """A direct grant; None when it is held already."""
    bound = {
        **_here(workspace, now),
        "membership_id": membership_id,
        "id": ids.new(ids.GRANT),
        "role_id": role_id,
    }
    granted = _GRANT.run(connection, bound).one_or_none()
    return None if granted is None else GrantId(granted[0])


def revoke(
    connection: Connection, workspace: Workspace, grant_ids: list[GrantId], now: datetime
) -> None:
    """Direct grants only: the others are the drain's."""
    _REVOKE.run(connection, {**_here(workspace, now), "ids": grant_ids})


def revoke_all(
    connection: Connection, workspace: Workspace, now: datetime
) -> list[tuple[WorkspaceGrant, UserId]]:
    """Direct grants only, each with whose it was."""
    rows = _REVOKE_ALL.run(connection, _here(workspace, now))
    return [
        (
            WorkspaceGrant(
                id=row.id, membership_id=row.membership_id, role_id=row.role_id, role=row.role
            ),
            row.user_id,
        )
        for row in sorted(rows, key=lambda row: str(row.id))
    ]


def live(workspace: Workspace) -> tuple[ColumnElement[bool], ...]:
    """What holds of `grants` that count in it."""
    return (
        grants.c.organization_id == workspace.organization_id,
        grants.c.workspace_id == workspace.id,
        # The condition of the index, which no parameter implies.
        literal_column("grants.workspace_id <> ''", Boolean()),
        grants.c.revoked_at.is_(None),
    )


def _here(workspace: Workspace, now: datetime) -> dict[str, Any]:
    return {
        "organization_id": workspace.organization_id,
        "workspace_id": workspace.id,
        "now": now,
    }
