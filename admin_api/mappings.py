"""/v1/organizations/{organization_id}/directories/{directory_id}/mappings."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from admin_api.access import needs
from admin_api.caller import Caller, Change
from admin_api.messages import VISIBLE, Body, Id, Listing, Paged, Shown, listing
from admin_api.organization_models import RoleName
from provisioning import directories, mappings
from provisioning.ids import DirectoryGroupId, DirectoryId, MappingId, WorkspaceId
from provisioning.store import mappings as store
from provisioning.store.mappings import Mapping

router = APIRouter(
    prefix="/organizations/{organization_id}/directories/{directory_id}/mappings",
    tags=["SCIM"],
)

Reader = Annotated[Caller, Depends(needs("read:mappings"))]
Creator = Annotated[Caller, Depends(needs("create:mappings"))]
Deleter = Annotated[Caller, Depends(needs("delete:mappings"))]


class GroupOfId(Body):
    """A group that the directory has."""

    id: Id


class GroupOfName(Body):
    """A group that need not exist yet: the first one of the name is meant, in any case."""

    display_name: Annotated[str, Field(min_length=1, max_length=1024, pattern=VISIBLE)]


class NewMapping(Body):
    group: GroupOfId | GroupOfName
    role: RoleName
    workspace_id: Annotated[
        Id | None, Field(description="Where the role holds; null: in the whole organization.")
    ] = None


class ShownGroup(Shown):
    id: Annotated[str | None, Field(description="Null: no group of this name was seen yet.")]
    display_name: str


class ShownRole(Shown):
    id: str
    name: str


class ShownWorkspace(Shown):
    id: str
    name: str


class ShownMapping(Shown):
    id: str
    directory_id: str
    group: ShownGroup
    role: ShownRole
    workspace: ShownWorkspace | None


@router.put("", response_model=ShownMapping, operation_id="set_mapping")
def declare(organization_id: str, directory_id: str, body: NewMapping, caller: Creator) -> Response:
    """Members of the group get the role, whatever its name becomes. Twice is the same as once."""
    wanted = caller.within(organization_id)
    more: dict[str, Any] = {
        "actor": caller.acting.actor,
        "now": caller.now,
        "workspace_id": None if body.workspace_id is None else WorkspaceId(body.workspace_id),
    }

    def work(connection: Connection) -> Change:
        directory = directories.within(connection, wanted, DirectoryId(directory_id))
        if isinstance(body.group, GroupOfId):
            group_id = DirectoryGroupId(body.group.id)
            declared = mappings.declare_by_id(connection, directory, group_id, body.role, **more)
        else:
            name = body.group.display_name
            declared = mappings.declare(connection, directory, name, body.role, **more)
        return Change(_shown(declared), declared.id, wanted)

    return caller.change(200, work)


@router.get("", operation_id="list_mappings")
def list_all(
    organization_id: str, directory_id: str, paging: Paged, caller: Reader
) -> Listing[ShownMapping]:
    """Oldest first."""
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Listing[ShownMapping]:
        directory = directories.within(connection, wanted, DirectoryId(directory_id))
        found = store.listing(connection, wanted, directory.id, paging.cut)
        return listing(found, [_shown(mapping) for mapping in found.items])

    return caller.read(work)


@router.delete(
    "/{mapping_id}", status_code=204, response_class=Response, operation_id="delete_mapping"
)
def remove(organization_id: str, directory_id: str, mapping_id: str, caller: Deleter) -> Response:
    """The people in its group lose what it gave them."""
    wanted, key = caller.within(organization_id), MappingId(mapping_id)

    def work(connection: Connection) -> None:
        directory = directories.within(connection, wanted, DirectoryId(directory_id))
        mappings.remove(connection, directory, key, actor=caller.acting.actor, now=caller.now)

    return caller.remove(key, wanted, work)


def _shown(mapping: Mapping) -> ShownMapping:
    return ShownMapping(
        id=mapping.id,
        directory_id=mapping.directory_id,
        group=ShownGroup(id=mapping.group_id, display_name=mapping.group_name),
        role=ShownRole(id=mapping.role_id, name=mapping.role),
        workspace=None
        if mapping.workspace_id is None
        else ShownWorkspace(id=mapping.workspace_id, name=str(mapping.workspace)),
    )
