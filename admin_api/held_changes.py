"""/v1/organizations/{organization_id}/held-changes."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy import Connection

from admin_api.access import needs
from admin_api.caller import Caller
from admin_api.messages import Listing, Paged, Shown, Time, listing
from provisioning import organizations
from provisioning.store import held_changes as store

router = APIRouter(prefix="/organizations/{organization_id}/held-changes", tags=["SCIM"])

Reader = Annotated[Caller, Depends(needs("read:memberships"))]


class ShownHeldChange(Shown):
    membership_id: str
    user_id: str
    reason: str
    wanted_status: str
    held_since: Time


@router.get("", operation_id="list_held_changes")
def list_all(organization_id: str, paging: Paged, caller: Reader) -> Listing[ShownHeldChange]:
    """What the directories want and is not done: the last owner stays until there is another."""
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Listing[ShownHeldChange]:
        organizations.get(connection, wanted)
        found = store.listing(connection, wanted, paging.cut)
        return listing(found, [ShownHeldChange(**asdict(one)) for one in found.items])

    return caller.read(work)
