"""/v1/organizations/{organization_id}/workspaces/{workspace_id}/members."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from admin_api.access import needs
from admin_api.caller import Caller, Change
from admin_api.membership_models import ShownSource, shown_source
from admin_api.messages import Listing, Paged, Shown, listing
from provisioning import workspace_members, workspaces
from provisioning.ids import MembershipId, WorkspaceId
from provisioning.store import workspace_members as store
from provisioning.store.workspace_members import WorkspaceMember

router = APIRouter(
    prefix="/organizations/{organization_id}/workspaces/{workspace_id}/members",
    tags=["Workspaces"],
)

Reader = Annotated[Caller, Depends(needs("read:workspaces"))]
Updater = Annotated[Caller, Depends(needs("update:workspaces"))]


class ShownUser(Shown):
    id: str
    email: str | None
    display_name: str | None


class WorkspaceRole(Shown):
    role: str
    source: ShownSource


class ShownWorkspaceMember(Shown):
    membership_id: str
    status: Annotated[str, Field(description="In the organization: active or suspended.")]
    user: ShownUser
    added: Annotated[bool, Field(description="By hand, whatever roles there are.")]
    roles: list[WorkspaceRole]


@router.get("", operation_id="list_workspace_members")
def list_all(
    organization_id: str, workspace_id: str, paging: Paged, caller: Reader
) -> Listing[ShownWorkspaceMember]:
    """Whom an administrator has added, and whoever holds a role in it."""
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Listing[ShownWorkspaceMember]:
        workspace = workspaces.get(connection, wanted, WorkspaceId(workspace_id))
        found = store.listing(connection, workspace, paging.cut)
        return listing(found, [_shown(member) for member in found.items])

    return caller.read(work)


@router.put(
    "/{membership_id}",
    response_model=ShownWorkspaceMember,
    operation_id="put_workspace_member",
)
def put(organization_id: str, workspace_id: str, membership_id: str, caller: Updater) -> Response:
    """A member of the organization. Twice is the same as once."""
    return _change(caller, organization_id, workspace_id, membership_id, workspace_members.put)


@router.delete(
    "/{membership_id}",
    status_code=204,
    response_class=Response,
    operation_id="delete_workspace_member",
)
def remove(
    organization_id: str, workspace_id: str, membership_id: str, caller: Updater
) -> Response:
    """With the roles that were granted by hand; 409 for whom a mapped group gives one."""
    return _remove(caller, organization_id, workspace_id, membership_id, workspace_members.remove)


@router.put(
    "/{membership_id}/roles/{role_name}",
    response_model=ShownWorkspaceMember,
    operation_id="grant_workspace_role",
)
def grant(
    organization_id: str,
    workspace_id: str,
    membership_id: str,
    role_name: str,
    caller: Updater,
) -> Response:
    """By hand, in this workspace alone; it survives every sync."""
    return _change(
        caller, organization_id, workspace_id, membership_id, workspace_members.grant, role_name
    )


@router.delete(
    "/{membership_id}/roles/{role_name}",
    status_code=204,
    response_class=Response,
    operation_id="revoke_workspace_role",
)
def revoke(
    organization_id: str,
    workspace_id: str,
    membership_id: str,
    role_name: str,
    caller: Updater,
) -> Response:
    """What was granted by hand; what a group gives stays."""
    return _remove(
        caller, organization_id, workspace_id, membership_id, workspace_members.revoke, role_name
    )


def _change(
    caller: Caller,
    organization_id: str,
    workspace_id: str,
    membership_id: str,
    change: Callable[..., WorkspaceMember],
    *roles: str,
) -> Response:
    wanted, key = caller.within(organization_id), MembershipId(membership_id)

    def work(connection: Connection) -> Change:
        workspace = workspaces.lock(connection, wanted, WorkspaceId(workspace_id))
        member = change(connection, workspace, key, *roles, caller.acting)
        return Change(_shown(member), key, wanted)

    return caller.change(200, work)


def _remove(
    caller: Caller,
    organization_id: str,
    workspace_id: str,
    membership_id: str,
    remove: Callable[..., None],
    *roles: str,
) -> Response:
    wanted, key = caller.within(organization_id), MembershipId(membership_id)

    def work(connection: Connection) -> None:
        workspace = workspaces.lock(connection, wanted, WorkspaceId(workspace_id))
        remove(connection, workspace, key, *roles, caller.acting)

    return caller.remove(key, wanted, work)


def _shown(member: WorkspaceMember) -> ShownWorkspaceMember:
    return ShownWorkspaceMember(
        membership_id=member.membership_id,
        status=member.status,
        user=ShownUser(id=member.user_id, email=member.email, display_name=member.display_name),
        added=member.is_listed,
        roles=[WorkspaceRole(role=held.role, source=shown_source(held)) for held in member.roles],
    )
