"""/v1/organizations/{organization_id}/events."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from admin_api.access import needs
from admin_api.caller import Caller
from admin_api.messages import Listing, ListMetadata, Shown, Time
from provisioning import organizations
from provisioning.events import LAST_SEQUENCE
from provisioning.store import events as store

router = APIRouter(prefix="/organizations/{organization_id}/events", tags=["Events"])

Reader = Annotated[Caller, Depends(needs("read:events"))]

LIMIT = 1000


class Since(BaseModel):
    """Where in the feed."""

    model_config = ConfigDict(extra="forbid")

    after: Annotated[
        int, Field(ge=0, le=LAST_SEQUENCE, description="The `sequence` of the last one seen.")
    ] = 0
    limit: Annotated[int, Field(ge=1, le=LIMIT)] = 100


class ShownEvent(Shown):
    """`previous_attributes` are the former values of what changed; null: nothing was before."""

    id: str
    type: str
    timestamp: Time
    sequence: int
    organization_id: str
    data: dict[str, Any]
    previous_attributes: dict[str, Any] | None
    context: dict[str, Any]


@router.get("", operation_id="list_events")
def list_all(
    organization_id: str, since: Annotated[Since, Query()], caller: Reader
) -> Listing[ShownEvent]:
    """What happened, in order and without gaps: who has seen 41 and then 43 has missed 42."""
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Listing[ShownEvent]:
        organizations.get(connection, wanted)
        found = store.after(connection, wanted, since.after, since.limit + 1)
        shown = [ShownEvent(**event) for event in found[: since.limit]]
        after = str(shown[-1].sequence) if len(found) > since.limit else None
        return Listing(data=shown, list_metadata=ListMetadata(before=None, after=after))

    return caller.read(work)
