"""/v1/organizations/{organization_id}/held-changes."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from admin_api.access import needs
from admin_api.caller import Caller, Change
from admin_api.messages import Body, Id, Listing, Paging, Shown, Time, listing
from provisioning import held_changes, held_newcomers, organizations
from provisioning.context import Acting
from provisioning.ids import DirectoryId, DirectoryUserId, MembershipId, OrganizationId
from provisioning.store import held_changes as store
from provisioning.store.held_changes import HeldReason

router = APIRouter(prefix="/organizations/{organization_id}/held-changes", tags=["SCIM"])

Reader = Annotated[Caller, Depends(needs("read:memberships"))]
Updater = Annotated[Caller, Depends(needs("update:memberships"))]

_AT_ONCE = 1000


class ShownHeldChange(Shown):
    """
    With the evidence; of changes that an earlier release has held there is none. Of a newcomer who
    is `out_of_scope` there is no membership, and no account yet.
    """

    id: Annotated[str, Field(description="The membership's; of a newcomer the directory user's.")]
    membership_id: str | None
    user_id: str | None
    email: str | None
    display_name: str | None
    reason: HeldReason
    status: Annotated[str | None, Field(description="What the membership is meanwhile.")]
    wanted_status: Annotated[
        str, Field(description="`active` of a member: the person is to stay, with less roles.")
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
    decided_by: Annotated[
        str | None,
        Field(description="Null with a decision: the organization's `provisioning_scope` refuses."),
    ]
    decided_at: Time | None


class WantedChanges(Paging):
    """Which ones; all of these must hold."""

    directory_id: Id | None = None
    reason: HeldReason | None = None


class OfMembers(Body):
    """Some of them, by their memberships."""

    membership_ids: Annotated[list[Id], Field(min_length=1, max_length=_AT_ONCE)]


class OfNewcomers(Body):
    """Some who are `out_of_scope`, by their directory users."""

    directory_user_ids: Annotated[list[Id], Field(min_length=1, max_length=_AT_ONCE)]


class OfDirectory(Body):
    """All that its breaker holds, or all newcomers of it, about whom nobody has decided."""

    directory_id: Id
    reason: Literal["mass_deprovisioning", "out_of_scope"] = "mass_deprovisioning"


class Decided(Shown):
    """Said, and not waited for: the events tell what is done."""

    count: Annotated[int, Field(description="About how many that had not been said before.")]


Some = OfMembers | OfNewcomers | OfDirectory


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
def release(organization_id: str, body: Some, caller: Updater) -> Response:
    """What the directory wants happens after all. The last owner's never can be released."""
    return _decide(caller, organization_id, body, held_changes.release, held_newcomers.release)


@router.post("/reject", status_code=202, response_model=Decided, operation_id="reject_held_changes")
def reject(organization_id: str, body: Some, caller: Updater) -> Response:
    """
    The member stays, or the newcomer stays out, whatever the directory says, until it says
    something else.
    """
    return _decide(caller, organization_id, body, held_changes.reject, held_newcomers.reject)


def _decide(
    caller: Caller,
    organization_id: str,
    body: Some,
    of_members: Callable[[Connection, OrganizationId, list[MembershipId], Acting], int],
    of_newcomers: Callable[[Connection, OrganizationId, list[DirectoryUserId], Acting], int],
) -> Response:
    within = caller.within(organization_id)

    def work(connection: Connection) -> Change:
        if isinstance(body, OfMembers):
            members = [MembershipId(key) for key in body.membership_ids]
            return _decided(of_members(connection, within, members, caller.acting), members)
        if isinstance(body, OfNewcomers):
            people = [DirectoryUserId(key) for key in body.directory_user_ids]
            return _decided(of_newcomers(connection, within, people, caller.acting), people)
        directory_id = DirectoryId(body.directory_id)
        here = (connection, within, directory_id)
        if body.reason == "out_of_scope":
            found = held_newcomers.of_directory(*here)
            count = of_newcomers(connection, within, found, caller.acting)
        else:
            count = of_members(connection, within, held_changes.of_directory(*here), caller.acting)
        return _decided(count, [directory_id])

    def _decided(count: int, targets: Sequence[str]) -> Change:
        target = targets[0] if len(targets) == 1 else None
        return Change(Decided(count=count), target, within)

    return caller.change(202, work)
