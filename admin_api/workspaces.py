"""/v1/organizations/{organization_id}/workspaces."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from admin_api import conditions
from admin_api.access import needs
from admin_api.caller import Caller, Change
from admin_api.messages import NO_NUL, Body, Listing, Paging, Shown, Time, changes_of, listing
from admin_api.organization_models import DisplayName, ExternalId, Metadata, Name
from provisioning import organizations, workspaces
from provisioning.ids import WorkspaceId
from provisioning.store import workspaces as store
from provisioning.store.engine import reading
from provisioning.store.workspaces import Workspace

router = APIRouter(prefix="/organizations/{organization_id}/workspaces", tags=["Workspaces"])

Reader = Annotated[Caller, Depends(needs("read:workspaces"))]
Creator = Annotated[Caller, Depends(needs("create:workspaces"))]
Updater = Annotated[Caller, Depends(needs("update:workspaces"))]
Deleter = Annotated[Caller, Depends(needs("delete:workspaces"))]


class NewWorkspace(Body):
    """Only `display_name` is needed."""

    display_name: DisplayName
    name: Name | None = None
    external_id: ExternalId | None = None
    metadata: Annotated[Metadata, Field(default_factory=dict)]


class ChangedWorkspace(Body):
    """What is left out stays; null clears `external_id`, and leaves the rest."""

    display_name: DisplayName | None = None
    name: Name | None = None
    external_id: ExternalId | None = None
    metadata: Annotated[Metadata | None, Field(description="Replaces all pairs.")] = None


class ShownWorkspace(Shown):
    id: str
    organization_id: str
    name: str
    display_name: str
    external_id: str | None
    metadata: dict[str, str]
    created_at: Time
    updated_at: Time


class Wanted(Paging):
    """Which workspaces; all of these must hold."""

    name: Annotated[str | None, Field(max_length=50, pattern=NO_NUL)] = None
    external_id: Annotated[str | None, Field(max_length=255, pattern=NO_NUL)] = None


@router.post("", status_code=201, response_model=ShownWorkspace, operation_id="create_workspace")
def create(organization_id: str, body: NewWorkspace, caller: Creator) -> Response:
    """A part of the organization. `name` is made of `display_name` where it is left out."""
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Change:
        return _changed(workspaces.create(connection, wanted, caller.acting, **body.model_dump()))

    return caller.change(201, work)


@router.get("", operation_id="list_workspaces")
def list_all(
    organization_id: str, query: Annotated[Wanted, Query()], caller: Reader
) -> Listing[ShownWorkspace]:
    """Oldest first."""
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Listing[ShownWorkspace]:
        organizations.get(connection, wanted)
        filters = query.model_dump(exclude={"limit", "after", "before"})
        found = store.listing(connection, wanted, filters, query.cut)
        return listing(found, [_shown(one) for one in found.items])

    return caller.read(work)


@router.get("/{workspace_id}", response_model=ShownWorkspace, operation_id="get_workspace")
def get(organization_id: str, workspace_id: str, caller: Reader) -> Response:
    """With an ETag; 304 for who has this version already."""
    wanted = caller.within(organization_id)
    with reading(caller.engine) as connection:
        found = workspaces.get(connection, wanted, WorkspaceId(workspace_id))
    return conditions.answered(caller.asked, _shown(found), found.version)


@router.patch("/{workspace_id}", response_model=ShownWorkspace, operation_id="update_workspace")
def update(
    organization_id: str, workspace_id: str, body: ChangedWorkspace, caller: Updater
) -> Response:
    """Of the version in If-Match, where there is one."""
    wanted = caller.within(organization_id)
    changes = changes_of(body, {"external_id"})

    def work(connection: Connection) -> Change:
        return _changed(
            workspaces.update(
                connection,
                wanted,
                WorkspaceId(workspace_id),
                changes,
                caller.acting,
                if_version=conditions.if_version(caller.asked),
            )
        )

    return caller.change(200, work)


@router.delete(
    "/{workspace_id}",
    status_code=204,
    response_class=Response,
    operation_id="delete_workspace",
)
def delete(
    organization_id: str,
    workspace_id: str,
    caller: Deleter,
    *,
    force: Annotated[
        bool, Query(description="Also when mappings point at it, or somebody is in it.")
    ] = False,
) -> Response:
    """Its mappings go with it, and every role that is held in it."""
    wanted, key = caller.within(organization_id), WorkspaceId(workspace_id)
    return caller.remove(
        key,
        wanted,
        lambda c: workspaces.delete(
            c,
            wanted,
            key,
            caller.acting,
            force=force,
            if_version=conditions.if_version(caller.asked),
        ),
    )


def _changed(workspace: Workspace) -> Change:
    return Change(
        _shown(workspace),
        workspace.id,
        workspace.organization_id,
        conditions.etag(workspace.version),
    )


def _shown(workspace: Workspace) -> ShownWorkspace:
    values = asdict(workspace)
    return ShownWorkspace(**{name: values[name] for name in ShownWorkspace.model_fields})
