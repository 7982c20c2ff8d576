"""/v1/organizations/{organization_id}/set-aside-notes."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from admin_api.access import needs
from admin_api.caller import Caller, Change
from admin_api.messages import Body, Id, Listing, Paged, Shown, Time, listing
from provisioning import organizations, set_aside
from provisioning.store import set_aside_notes as store

router = APIRouter(prefix="/organizations/{organization_id}/set-aside-notes", tags=["SCIM"])

Reader = Annotated[Caller, Depends(needs("read:directories"))]
Updater = Annotated[Caller, Depends(needs("update:directories"))]


class ShownSetAsideNote(Shown):
    """Whom the workers could not settle, and where it went wrong."""

    kind: Annotated[str, Field(description="`user`, `group`, `group_members` or `directory`.")]
    key: Annotated[str, Field(description="The id of the subject.")]
    directory_id: str
    error: Annotated[str, Field(description="Its class; without words in which there may be data.")]
    reason: Annotated[str, Field(description="Where it happened.")]
    attempts: int
    set_aside_at: Time
    next_at: Annotated[Time | None, Field(description="Null: as soon as a worker comes to it.")]


class Retry(Body):
    key: Annotated[Id | None, Field(description="Null: all of them.")] = None


class Retried(Shown):
    """Begun, and not waited for: what cannot be settled is set aside again."""

    retried: int


@router.get("", operation_id="list_set_aside_notes")
def list_all(organization_id: str, paging: Paged, caller: Reader) -> Listing[ShownSetAsideNote]:
    """
    One for each subject. They stop nobody else, and are tried again: after a minute, then less and
    less often.
    """
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Listing[ShownSetAsideNote]:
        organizations.get(connection, wanted)
        found = store.listing(connection, wanted, paging.cut)
        shown = [asdict(one) for one in found.items]
        for one in shown:
            del one["organization_id"]
        return listing(found, [ShownSetAsideNote(**one) for one in shown])

    return caller.read(work)


@router.post(
    "/retry",
    status_code=202,
    response_model=Retried,
    operation_id="retry_set_aside_notes",
)
def retry(organization_id: str, body: Retry, caller: Updater) -> Response:
    """Now, and not when their time has come."""
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Change:
        count = set_aside.retry(connection, wanted, body.key, caller.now)
        return Change(Retried(retried=count), body.key or wanted, wanted)

    return caller.change(202, work)
