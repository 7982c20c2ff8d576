"""Who is in a workspace: whom an administrator has put there, and who has a live grant in it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, exists, select, union

from provisioning import ids
from provisioning.ids import MembershipId, UserId
from provisioning.reconcile.facts import Status
from provisioning.store.admin_tables import workspace_members
from provisioning.store.memberships import HeldRole, roles_in_workspace
from provisioning.store.pages import Cut, Page, page
from provisioning.store.people_tables import memberships, users
from provisioning.store.role_tables import grants
from provisioning.store.sql import Statement
from provisioning.store.workspace_grants import live
from provisioning.store.workspaces import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceMember:
    """`is_listed`: put there by an administrator, whatever roles there are."""

    membership_id: MembershipId
    user_id: UserId
    email: str | None
    display_name: str | None
    status: Status
    is_listed: bool
    roles: tuple[HeldRole, ...]
    """In it."""


_PUT = Statement(
    """
    INSERT INTO workspace_members (id, organization_id, workspace_id, membership_id, created_at)
    VALUES (:id, :organization_id, :workspace_id, :membership_id, :now)
    ON CONFLICT (workspace_id, membership_id) DO UPDATE SET removed_at = NULL
    WHERE workspace_members.removed_at IS NOT NULL
    RETURNING id
    """
)
_REMOVE = Statement(
    """
    UPDATE workspace_members SET removed_at = :now
    WHERE organization_id = :organization_id AND workspace_id = :workspace_id
        AND membership_id = :membership_id AND removed_at IS NULL
    RETURNING id
    """
)
_REMOVE_ALL = Statement(
    """
    UPDATE workspace_members SET removed_at = :now
    WHERE organization_id = :organization_id AND workspace_id = :workspace_id
        AND removed_at IS NULL
    RETURNING membership_id,
        (SELECT m.user_id FROM memberships m WHERE m.id = workspace_members.membership_id)
    """
)


def put(
    connection: Connection, workspace: Workspace, membership_id: MembershipId, now: datetime
) -> bool:
    """False when the membership is listed already."""
    bound = {**_here(workspace, membership_id, now), "id": ids.new(ids.WORKSPACE_MEMBER)}
    return _PUT.run(connection, bound).one_or_none() is not None


def remove(
    connection: Connection, workspace: Workspace, membership_id: MembershipId, now: datetime
) -> bool:
    """False when the membership is not listed. Grants are another matter."""
    bound = _here(workspace, membership_id, now)
    return _REMOVE.run(connection, bound).one_or_none() is not None


def get(
    connection: Connection, workspace: Workspace, membership_id: MembershipId
) -> WorkspaceMember | None:
    """
    The membership as it is in the workspace, in it or not; None when the organization has no such
    membership, or has removed it.
    """
    query = _memberships(workspace).where(memberships.c.id == membership_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else _with_roles(connection, workspace, [row])[0]


def listing(connection: Connection, workspace: Workspace, cut: Cut) -> Page[WorkspaceMember]:
    """In the order in which they joined the organization."""
    in_it = union(
        select(workspace_members.c.membership_id).where(*_listed(workspace)),
        select(grants.c.membership_id).where(*live(workspace)),
    )
    query = _memberships(workspace).where(memberships.c.id.in_(in_it))
    found = page(connection, query, memberships.c.id, cut, lambda row: row)
    return Page(
        items=_with_roles(connection, workspace, list(found.items)),
        before=found.before,
        after=found.after,
    )


def remove_all(
    connection: Connection, workspace: Workspace, now: datetime
) -> list[tuple[MembershipId, UserId]]:
    """Everybody whom an administrator has put there."""
    rows = _REMOVE_ALL.run(connection, _everybody(workspace, now))
    return sorted((row[0], row[1]) for row in rows)


def _memberships(workspace: Workspace) -> Select[Any]:
    return (
        select(
            memberships.c.id,
            memberships.c.user_id,
            users.c.email,
            users.c.display_name,
            memberships.c.status,
            exists().where(
                *_listed(workspace), workspace_members.c.membership_id == memberships.c.id
            ),
        )
        .join_from(memberships, users, users.c.id == memberships.c.user_id)
        .where(
            memberships.c.organization_id == workspace.organization_id,
            memberships.c.status != "removed",
        )
    )


def _listed(workspace: Workspace) -> tuple[ColumnElement[bool], ...]:
    return (
        workspace_members.c.organization_id == workspace.organization_id,
        workspace_members.c.workspace_id == workspace.id,
        workspace_members.c.removed_at.is_(None),
    )


def _with_roles(
    connection: Connection, workspace: Workspace, rows: list[Row[*tuple[Any, ...]]]
) -> list[WorkspaceMember]:
    known = [row[0] for row in rows]
    here = (workspace.organization_id, workspace.id)
    held = roles_in_workspace(connection, *here, known)
    return [
        WorkspaceMember(
            membership_id=row[0],
            user_id=row[1],
            email=row[2],
            display_name=row[3],
            status=row[4],
            is_listed=bool(row[5]),
            roles=tuple(held.get(row[0], ())),
        )
        for row in rows
    ]


def _everybody(workspace: Workspace, now: datetime) -> dict[str, Any]:
    return {
        "organization_id": workspace.organization_id,
        "workspace_id": workspace.id,
        "now": now,
    }


def _here(workspace: Workspace, membership_id: MembershipId, now: datetime) -> dict[str, Any]:
    return {**_everybody(workspace, now), "membership_id": membership_id}
