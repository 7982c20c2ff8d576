"""/v1/organizations/{organization_id}/held-changes."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from admin_api.access import needs
from admin_api.caller import Caller, Change
from admin_api.messages import Body, Id, Listing, Paging, Shown, Time, listing
from provisioning import held_changes, organizations
from provisioning.context import Acting
from provisioning.ids import DirectoryId, MembershipId, OrganizationId
from provisioning.reconcile.facts import HoldReason
from provisioning.store import held_changes as store

router = APIRouter(prefix="/organizations/{organization_id}/held-changes", tags=["SCIM"])

Reader = Annotated[Caller, Depends(needs("read:memberships"))]
Updater = Annotated[Caller, Depends(needs("update:memberships"))]

_AT_ONCE = 1000


class ShownHeldChange(Shown):
    """With the evidence; of changes that an earlier release has held there is none."""

    membership_id: str
    user_id: str
    email: str | None
    display_name: str | None
    reason: HoldReason
    status: Annotated[str, Field(description="What the membership is meanwhile.")]
    wanted_status: Annotated[
        str, Field(description="`active`: the person is to stay, with less roles.")
    ]
    held_since: Time
    directory_id: str | None
    directory_user_id: str | None
    user_name: str | None
    said: Annotated[str | None, Field(description="What the directory wrote of the person last.")]
    said_at: Time | None
    decision: Annotated[
        str | None,
        Field(
            description="`released`: about to be done; `rejected`: the person stays until the "
            "directory wants something else, or it is released after all; null: it waits."
        ),
    ]
    decided_by: str | None
    decided_at: Time | None


class WantedChanges(Paging):
    """Which ones; all of these must hold."""

    directory_id: Id | None = None
    reason: HoldReason | None = None


class OfMembers(Body):
    """Some of them, by their memberships."""

    membership_ids: Annotated[list[Id], Field(min_length=1, max_length=_AT_ONCE)]


class OfDirectory(Body):
    """All that its breaker holds, and nobody has decided about."""

    directory_id: Id


class Decided(Shown):
    """Said, and not waited for: the events tell what is done."""

    count: Annotated[int, Field(description="About how many that had not been said before.")]


@router.get("", operation_id="list_held_changes")
def list_all(
    organization_id: str, asked: Annotated[WantedChanges, Query()], caller: Reader
) -> Listing[ShownHeldChange]:
    """What the directories want and a guard does not let happen, with the evidence."""
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Listing[ShownHeldChange]:
        organizations.get(connection, wanted)
        found = store.listing(
            connection, wanted, asked.cut, directory_id=asked.directory_id, reason=asked.reason
        )
        return listing(found, [ShownHeldChange(**asdict(one)) for one in found.items])

    return caller.read(work)


@router.post(
    "/release", status_code=202, response_model=Decided, operation_id="release_held_changes"
)
def release(organization_id: str, body: OfMembers | OfDirectory, caller: Updater) -> Response:
    """What the directory wants happens after all. The last owner's never can be released."""
    return _decide(caller, organization_id, body, held_changes.release)


@router.post("/reject", status_code=202, response_model=Decided, operation_id="reject_held_changes")
def reject(organization_id: str, body: OfMembers | OfDirectory, caller: Updater) -> Response:
    """The person stays, whatever the directory says, until it says something else."""
    return _decide(caller, organization_id, body, held_changes.reject)


def _decide(
    caller: Caller,
    organization_id: str,
    body: OfMembers | OfDirectory,
    decide: Callable[[Connection, OrganizationId, list[MembershipId], Acting], int],
) -> Response:
    within = caller.within(organization_id)

    def work(connection: Connection) -> Change:
        if isinstance(body, OfDirectory):
            directory_id = DirectoryId(body.directory_id)
            keys = held_changes.of_directory(connection, within, directory_id)
            target: str | None = body.directory_id
        else:
            keys = [MembershipId(key) for key in body.membership_ids]
            target = body.membership_ids[0] if len(keys) == 1 else None
        count = decide(connection, within, keys, caller.acting)
        return Change(Decided(count=count), target, within)

    return caller.change(202, work)
