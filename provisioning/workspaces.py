"""Workspaces: parts of an organization, with members and grants of their own."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import Connection

from provisioning import ids, mappings, organizations
from provisioning.context import Acting
from provisioning.errors import NotFound, Refused, Stale
from provisioning.events import Draft, former_values
from provisioning.ids import OrganizationId, WorkspaceId
from provisioning.naming import free_name
from provisioning.store import events, syncs, workspaces
from provisioning.store.workspaces import Workspace
from provisioning.workspace_members import empty


def create(
    connection: Connection,
    organization_id: OrganizationId,
    by: Acting,
    *,
    display_name: str,
    name: str | None = None,
    external_id: str | None = None,
    metadata: Mapping[str, str] | None = None,
) -> Workspace:
    """
    `name` is made of `display_name` where it is left out. Raises `NotFound` for the organization,
    and `Taken` for a name or external id that another of its workspaces has.
    """
    organizations.get(connection, organization_id)
    is_taken = partial(workspaces.has_name, connection, organization_id)
    workspace = Workspace(
        id=WorkspaceId(ids.new(ids.WORKSPACE)),
        organization_id=organization_id,
        name=name or free_name(display_name, "workspace", is_taken),
        display_name=display_name,
        external_id=external_id,
        metadata=metadata or {},
        created_at=by.now,
        updated_at=by.now,
    )
    workspaces.insert(connection, workspace)
    _tell(connection, workspace, [Draft("workspace.created", _shown(workspace))], by)
    return workspace


def get(
    connection: Connection, organization_id: OrganizationId, workspace_id: WorkspaceId
) -> Workspace:
    """Raises `NotFound`."""
    workspace = workspaces.get(connection, organization_id, workspace_id)
    if workspace is None:
        raise NotFound("workspace", workspace_id)
    return workspace


def lock(
    connection: Connection, organization_id: OrganizationId, workspace_id: WorkspaceId
) -> Workspace:
    """As `get`; until the transaction ends nobody else changes it, or who is in it."""
    workspace = workspaces.lock(connection, organization_id, workspace_id)
    if workspace is None:
        raise NotFound("workspace", workspace_id)
    return workspace


def update(
    connection: Connection,
    organization_id: OrganizationId,
    workspace_id: WorkspaceId,
    changes: Mapping[str, Any],
    by: Acting,
    *,
    if_version: Collection[int] | None = None,
) -> Workspace:
    """
    `changes` of `create`'s properties. What is so already changes nothing. Raises `NotFound`,
    `Stale`, `Taken`.
    """
    before = _checked(lock(connection, organization_id, workspace_id), if_version)
    wanted = replace(before, **changes)
    if wanted == before:
        return before
    after = replace(wanted, updated_at=by.now, version=before.version + 1)
    workspaces.update(connection, after)
    previous = former_values(_shown(before), _shown(after))
    _tell(connection, after, [Draft("workspace.updated", _shown(after), previous)], by)
    return after


def delete(
    connection: Connection,
    organization_id: OrganizationId,
    workspace_id: WorkspaceId,
    by: Acting,
    *,
    force: bool,
    if_version: Collection[int] | None = None,
) -> None:
    """
    With `force` its mappings go, and whatever is held in it; without, `Refused` while there is
    any. Raises `NotFound`, `Stale`.
    """
    # What a drain has planned with a mapping of it must not be written after it.
    syncs.wait(connection, organization_id)
    workspace = _checked(lock(connection, organization_id, workspace_id), if_version)
    drafts = mappings.remove_of_workspace(
        connection, organization_id, workspace_id, actor=by.actor, now=by.now
    )
    drafts += empty(connection, workspace, by)
    if drafts and not force:
        raise Refused("workspace_in_use", "mappings point at the workspace, or somebody is in it")
    workspaces.mark_deleted(connection, workspace, by.now)
    data = _shown(workspace)
    _tell(connection, workspace, [*drafts, Draft("workspace.deleted", data, data)], by)


def _checked(workspace: Workspace, if_version: Collection[int] | None) -> Workspace:
    if if_version is not None and workspace.version not in if_version:
        raise Stale("workspace")
    return workspace


def _tell(connection: Connection, workspace: Workspace, drafts: list[Draft], by: Acting) -> None:
    events.append(connection, workspace.organization_id, drafts, actor=by.actor, now=by.now)


def _shown(workspace: Workspace) -> dict[str, Any]:
    return {
        "id": workspace.id,
        "organization_id": workspace.organization_id,
        "name": workspace.name,
        "display_name": workspace.display_name,
        "external_id": workspace.external_id,
        "metadata": dict(workspace.metadata),
    }
