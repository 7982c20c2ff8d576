"""/v1/organizations/{organization_id}/workspaces: parts of an organization."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict, Unpack

from provisioning_client.calls import Call, Pages, Paging
from provisioning_client.operations import AnySender, Resource, listing, operation
from provisioning_client.places import Place, at


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """`etag` is None in a list."""

    id: str
    organization_id: str
    name: str
    display_name: str
    external_id: str | None
    metadata: Mapping[str, str]
    created_at: datetime
    updated_at: datetime
    etag: str | None = field(default=None, compare=False)


class GivenWorkspace(TypedDict, total=False):
    """`name` is made of the display name where it is left out."""

    name: str
    external_id: str | None
    metadata: Mapping[str, str]


class ChangedWorkspace(GivenWorkspace, total=False):
    """What is left out stays; `metadata` replaces all pairs."""

    display_name: str


class WantedWorkspaces(Paging, total=False):
    """Both must hold."""

    name: str | None
    external_id: str | None


def _one(organization_id: str, workspace_id: str) -> Place:
    return at("organizations", organization_id, "workspaces", workspace_id)


class Workspaces(Resource[AnySender]):
    """Who is in one, and with which roles, is `workspace_members`."""

    @operation
    def create(
        self,
        organization_id: str,
        display_name: str,
        *,
        idempotency_key: str | None = None,
        **properties: Unpack[GivenWorkspace],
    ) -> Call[Workspace]:
        """Without members."""
        body = {"display_name": display_name, **properties}
        where = at("organizations", organization_id, "workspaces")
        return where.post(Workspace, body, idempotency_key)

    @operation
    def get(self, organization_id: str, workspace_id: str) -> Call[Workspace]:
        """Raises `NotFound`."""
        return _one(organization_id, workspace_id).get(Workspace)

    @listing
    def list(self, organization_id: str, **wanted: Unpack[WantedWorkspaces]) -> Pages[Workspace]:
        """Oldest first."""
        return at("organizations", organization_id, "workspaces").pages(Workspace, wanted)

    @operation
    def update(
        self,
        organization_id: str,
        workspace_id: str,
        *,
        if_match: str | None = None,
        **changes: Unpack[ChangedWorkspace],
    ) -> Call[Workspace]:
        """Raises `PreconditionFailed` by `if_match`."""
        return _one(organization_id, workspace_id).patch(Workspace, changes, if_match)

    @operation
    def delete(
        self,
        organization_id: str,
        workspace_id: str,
        *,
        force: bool = False,
        if_match: str | None = None,
    ) -> Call[None]:
        """One in use only with `force`: its mappings go, and every role that is held in it."""
        return _one(organization_id, workspace_id).delete({"force": force}, if_match)
