"""/v1/organizations/{organization_id}/workspaces/{workspace_id}/members."""

from dataclasses import dataclass
from typing import Unpack

from provisioning_client.calls import Call, Pages, Paging
from provisioning_client.operations import AnySender, Resource, listing, operation
from provisioning_client.places import Place, at
from provisioning_client.role_sources import RoleSource


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceUser:
    """The person."""

    id: str
    email: str | None
    display_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceRole:
    """A role, and where it comes from: by hand, or by a group."""

    role: str
    source: RoleSource


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceMember:
    """`status` is in the organization; `added`: by hand, whatever roles there are."""

    membership_id: str
    status: str
    user: WorkspaceUser
    added: bool
    roles: tuple[WorkspaceRole, ...]


def _members(organization_id: str, workspace_id: str, *parts: str) -> Place:
    return at("organizations", organization_id, "workspaces", workspace_id, "members", *parts)


class WorkspaceMembers(Resource[AnySender]):
    """Only members of the organization can be in one of its workspaces."""

    @listing
    def list(
        self, organization_id: str, workspace_id: str, **paging: Unpack[Paging]
    ) -> Pages[WorkspaceMember]:
        """Whom an administrator has added, and whoever holds a role in it."""
        return _members(organization_id, workspace_id).pages(WorkspaceMember, paging)

    @operation
    def put(
        self, organization_id: str, workspace_id: str, membership_id: str
    ) -> Call[WorkspaceMember]:
        """Twice is the same as once."""
        return _members(organization_id, workspace_id, membership_id).put(WorkspaceMember)

    @operation
    def delete(self, organization_id: str, workspace_id: str, membership_id: str) -> Call[None]:
        """With the roles that were granted by hand."""
        return _members(organization_id, workspace_id, membership_id).delete()

    @operation
    def grant_role(
        self, organization_id: str, workspace_id: str, membership_id: str, role_name: str
    ) -> Call[WorkspaceMember]:
        """By hand, in this workspace alone."""
        where = _members(organization_id, workspace_id, membership_id, "roles", role_name)
        return where.put(WorkspaceMember)

    @operation
    def revoke_role(
        self, organization_id: str, workspace_id: str, membership_id: str, role_name: str
    ) -> Call[None]:
        """What was granted by hand; what a group gives stays."""
        return _members(organization_id, workspace_id, membership_id, "roles", role_name).delete()
