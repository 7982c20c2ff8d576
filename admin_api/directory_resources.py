"""/v1/organizations/{organization_id}/directories/{directory_id}/users and /groups."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field
from sqlalchemy import Connection

from admin_api.access import needs
from admin_api.caller import Caller
from admin_api.messages import Listing, Paged, Shown, Time, listing
from provisioning import directories
from provisioning.ids import DirectoryId
from provisioning.store import directory_overviews as store

router = APIRouter(
    prefix="/organizations/{organization_id}/directories/{directory_id}", tags=["SCIM"]
)

Reader = Annotated[Caller, Depends(needs("read:directories"))]


class ShownDirectoryUser(Shown):
    id: str
    user_name: str
    external_id: str | None
    active: bool
    email: str | None
    display_name: str | None
    user_id: str | None
    membership_id: Annotated[
        str | None, Field(description="Null: not settled yet, or a conflict is open.")
    ]
    updated_at: Time


class ShownDirectoryGroup(Shown):
    id: str
    display_name: str
    external_id: str | None
    updated_at: Time


@router.get("/users", operation_id="list_directory_users")
def list_users(
    organization_id: str, directory_id: str, paging: Paged, caller: Reader
) -> Listing[ShownDirectoryUser]:
    """Whom the IdP has provisioned, and who they are here; what it wrote is never changed."""
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Listing[ShownDirectoryUser]:
        directory = directories.within(connection, wanted, DirectoryId(directory_id))
        found = store.users(connection, wanted, directory.id, paging.cut)
        return listing(found, [ShownDirectoryUser(**asdict(one)) for one in found.items])

    return caller.read(work)


@router.get("/groups", operation_id="list_directory_groups")
def list_groups(
    organization_id: str, directory_id: str, paging: Paged, caller: Reader
) -> Listing[ShownDirectoryGroup]:
    """What the IdP has pushed: mappings are declared with these ids."""
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Listing[ShownDirectoryGroup]:
        directory = directories.within(connection, wanted, DirectoryId(directory_id))
        found = store.groups(connection, wanted, directory.id, paging.cut)
        return listing(found, [ShownDirectoryGroup(**asdict(one)) for one in found.items])

    return caller.read(work)
