"""
Who is in a workspace: members of the organization whom an administrator has put there, and
whoever holds a role in it, by hand or by a mapped group.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from provisioning import organizations
from provisioning.context import Acting
from provisioning.errors import NotFound, Refused
from provisioning.events import Draft
from provisioning.ids import MembershipId, UserId
from provisioning.reconcile.telling import shown_grant
from provisioning.store import events, workspace_grants, workspace_members
from provisioning.store.memberships import HeldRole
from provisioning.store.workspace_grants import WorkspaceGrant
from provisioning.store.workspace_members import WorkspaceMember
from provisioning.store.workspaces import Workspace


def get(
    connection: Connection, workspace: Workspace, membership_id: MembershipId
) -> WorkspaceMember:
    """The membership as it is in the workspace, in it or not. Raises `NotFound`."""
    member = workspace_members.get(connection, workspace, membership_id)
    if member is None:
        raise NotFound("membership", membership_id)
    return member


def put(
    connection: Connection, workspace: Workspace, membership_id: MembershipId, by: Acting
) -> WorkspaceMember:
    """
    Whatever roles there are. Twice is the same as once. The caller has locked the workspace.
    Raises `NotFound`.
    """
    member = get(connection, workspace, membership_id)
    if workspace_members.put(connection, workspace, membership_id, by.now):
        data = _shown(workspace, membership_id, member.user_id)
        _tell(connection, workspace, [Draft("workspace_membership.created", data)], by)
    return get(connection, workspace, membership_id)


def remove(
    connection: Connection, workspace: Workspace, membership_id: MembershipId, by: Acting
) -> None:
    """
    With the roles that were granted by hand. `Refused` for whom a mapped group gives one: they
    would stay. The caller has locked the workspace. Raises `NotFound` for who is not in it.
    """
    member = get(connection, workspace, membership_id)
    if not member.is_listed and not member.roles:
        raise NotFound("workspace member", membership_id)
    if any(held.source_type != "direct" for held in member.roles):
        raise Refused(
            "directory_managed", "a mapped group gives the person a role in the workspace"
        )
    drafts = _revoke(connection, workspace, member, member.roles, by)
    if workspace_members.remove(connection, workspace, membership_id, by.now):
        data = _shown(workspace, membership_id, member.user_id)
        drafts.append(Draft("workspace_membership.deleted", data, data))
    _tell(connection, workspace, drafts, by)


def grant(
    connection: Connection,
    workspace: Workspace,
    membership_id: MembershipId,
    role: str,
    by: Acting,
) -> WorkspaceMember:
    """By hand. Twice is the same as once. Raises `NotFound` for the membership and the role."""
    member = get(connection, workspace, membership_id)
    role_id = organizations.role(connection, workspace.organization_id, role)
    granted = workspace_grants.grant(connection, workspace, membership_id, role_id, by.now)
    if granted is not None:
        held = WorkspaceGrant(
            id=granted,
            membership_id=membership_id,
            role_id=role_id,
            role=role,
        )
        data = _shown_grant(workspace, held, member.user_id)
        _tell(connection, workspace, [Draft("role_grant.created", data)], by)
    return get(connection, workspace, membership_id)


def revoke(
    connection: Connection,
    workspace: Workspace,
    membership_id: MembershipId,
    role: str,
    by: Acting,
) -> None:
    """What was granted by hand; what a group gives stays. Raises `NotFound`."""
    member = get(connection, workspace, membership_id)
    direct = [held for held in member.roles if held.role == role and held.source_type == "direct"]
    if not direct:
        raise NotFound("direct grant", role)
    _tell(connection, workspace, _revoke(connection, workspace, member, direct, by), by)


def empty(connection: Connection, workspace: Workspace, by: Acting) -> list[Draft]:
    """Of a workspace that goes: what to tell. What its mappings gave the drain takes back."""
    drafts = []
    for grant, user_id in workspace_grants.revoke_all(connection, workspace, by.now):
        data = _shown_grant(workspace, grant, user_id)
        drafts.append(Draft("role_grant.deleted", data, data))
    for membership_id, user_id in workspace_members.remove_all(connection, workspace, by.now):
        data = _shown(workspace, membership_id, user_id)
        drafts.append(Draft("workspace_membership.deleted", data, data))
    return drafts


def _revoke(
    connection: Connection,
    workspace: Workspace,
    member: WorkspaceMember,
    direct: Sequence[HeldRole],
    by: Acting,
) -> list[Draft]:
    workspace_grants.revoke(connection, workspace, [held.grant_id for held in direct], by.now)
    grants = [
        WorkspaceGrant(
            id=held.grant_id,
            membership_id=member.membership_id,
            role_id=held.role_id,
            role=held.role,
        )
        for held in direct
    ]
    told = [_shown_grant(workspace, grant, member.user_id) for grant in grants]
    return [Draft("role_grant.deleted", data, data) for data in told]


def _tell(connection: Connection, workspace: Workspace, drafts: list[Draft], by: Acting) -> None:
    events.append(connection, workspace.organization_id, drafts, actor=by.actor, now=by.now)


def _shown(workspace: Workspace, membership_id: MembershipId, user_id: UserId) -> dict[str, Any]:
    return {
        "organization_id": workspace.organization_id,
        "workspace": {"id": workspace.id, "name": workspace.name},
        "membership_id": membership_id,
        "user_id": user_id,
    }


def _shown_grant(workspace: Workspace, grant: WorkspaceGrant, user_id: UserId) -> dict[str, Any]:
    return shown_grant(
        grant_id=grant.id,
        organization_id=workspace.organization_id,
        membership_id=grant.membership_id,
        user_id=user_id,
        role=(grant.role_id, grant.role),
        workspace=(workspace.id, workspace.name),
        source={"type": "direct"},
    )
