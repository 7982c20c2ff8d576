"""/v1/organizations/{organization_id}/join-requests."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from admin_api.access import needs
from admin_api.caller import Caller, Change
from admin_api.messages import Body, Listing, Paging, Shown, Time, listing
from admin_api.organization_models import RoleName
from provisioning import join_requests, organizations
from provisioning.ids import JoinRequestId
from provisioning.store import join_requests as store
from provisioning.store.join_requests import JoinRequest, JoinRequestStatus

router = APIRouter(prefix="/organizations/{organization_id}/join-requests", tags=["Join requests"])

Reader = Annotated[Caller, Depends(needs("read:memberships"))]
Creator = Annotated[Caller, Depends(needs("create:memberships"))]
Updater = Annotated[Caller, Depends(needs("update:memberships"))]


class WantedRequests(Paging):
    """Which ones."""

    status: JoinRequestStatus | None = None


class Approval(Body):
    role: Annotated[
        RoleName | None,
        Field(description="By name; null: the `auto_join_role` of the domain, else the default."),
    ] = None


class ShownJoinRequest(Shown):
    """Somebody who has signed in with a proven address of a domain that asks for approval."""

    id: str
    organization_id: str
    user_id: str
    email: Annotated[str, Field(description="As it was proven.")]
    display_name: str | None
    domain: str
    status: JoinRequestStatus
    expires_at: Time
    created_at: Time
    ended_at: Time | None
    decided_by: str | None


class ApprovedJoinRequest(ShownJoinRequest):
    membership_id: str


@router.get("", operation_id="list_join_requests")
def list_all(
    organization_id: str, asked: Annotated[WantedRequests, Query()], caller: Reader
) -> Listing[ShownJoinRequest]:
    """Oldest first. What has ended can be read for ninety days, a member's until the purge."""
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Listing[ShownJoinRequest]:
        organizations.get(connection, wanted)
        found = store.listing(connection, wanted, asked.status, caller.now, asked.cut)
        return listing(found, [_shown(one) for one in found.items])

    return caller.read(work)


@router.get("/{request_id}", operation_id="get_join_request")
def get(organization_id: str, request_id: str, caller: Reader) -> ShownJoinRequest:
    """With what has become of it."""
    wanted, key = caller.within(organization_id), JoinRequestId(request_id)
    return caller.read(lambda c: _shown(join_requests.get(c, wanted, key, caller.now)))


@router.post(
    "/{request_id}/approve",
    response_model=ApprovedJoinRequest,
    operation_id="approve_join_request",
)
def approve(organization_id: str, request_id: str, body: Approval, caller: Creator) -> Response:
    """The person is a member from now on, if there is a seat, and the domain is still verified."""
    wanted, key = caller.within(organization_id), JoinRequestId(request_id)

    def work(connection: Connection) -> Change:
        membership_id = join_requests.approve(
            connection,
            wanted,
            key,
            body.role,
            caller.acting,
            organization_limit=caller.organization_limit,
        )
        approved = join_requests.get(connection, wanted, key, caller.now)
        answer = ApprovedJoinRequest(**_shown(approved).model_dump(), membership_id=membership_id)
        return Change(answer, key, wanted)

    return caller.change(200, work)


@router.post(
    "/{request_id}/decline", response_model=ShownJoinRequest, operation_id="decline_join_request"
)
def decline(organization_id: str, request_id: str, caller: Updater) -> Response:
    """The person stays out, and is heard again after thirty days."""
    wanted, key = caller.within(organization_id), JoinRequestId(request_id)

    def work(connection: Connection) -> Change:
        join_requests.decline(connection, wanted, key, caller.acting)
        declined = join_requests.get(connection, wanted, key, caller.now)
        return Change(_shown(declined), key, wanted)

    return caller.change(200, work)


def _shown(one: JoinRequest) -> ShownJoinRequest:
    return ShownJoinRequest(**{name: getattr(one, name) for name in ShownJoinRequest.model_fields})
