"""/v1/organizations/{organization_id}/conflicts."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from admin_api.access import needs
from admin_api.caller import Caller, Change
from admin_api.messages import Body, Listing, Paged, Shown, Time, listing
from provisioning import conflicts, organizations
from provisioning.ids import ConflictId
from provisioning.reconcile.facts import Decision
from provisioning.store import conflicts as store

router = APIRouter(prefix="/organizations/{organization_id}/conflicts", tags=["SCIM"])

Reader = Annotated[Caller, Depends(needs("read:conflicts"))]
Updater = Annotated[Caller, Depends(needs("update:conflicts"))]


class ShownConflict(Shown):
    """The evidence: who the directory says it is, and whose account has the address."""

    id: str
    directory_id: str
    directory_user_id: str
    user_name: str
    email: str
    display_name: str | None
    user_id: str
    user_display_name: str | None
    opened_at: Time
    decision: str | None


class Resolution(Body):
    decision: Annotated[
        Decision,
        Field(
            description="`link`: the person is the account's; `keep_apart`: somebody else, who "
            "gets an account that does not speak for the address."
        ),
    ]


class Decided(Shown):
    """Said, and not waited for: `conflict.resolved` tells that it is done."""

    id: str
    decision: str


@router.get("", operation_id="list_conflicts")
def list_all(organization_id: str, paging: Paged, caller: Reader) -> Listing[ShownConflict]:
    """Open ones: addresses of accounts that the organization does not know."""
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Listing[ShownConflict]:
        organizations.get(connection, wanted)
        found = store.listing(connection, wanted, paging.cut)
        return listing(found, [ShownConflict(**asdict(one)) for one in found.items])

    return caller.read(work)


@router.post(
    "/{conflict_id}/resolution",
    status_code=202,
    response_model=Decided,
    operation_id="resolve_conflict",
)
def resolve(organization_id: str, conflict_id: str, body: Resolution, caller: Updater) -> Response:
    """Lets the person in: as the account, or with one of their own."""
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Change:
        conflicts.decide(
            connection,
            wanted,
            ConflictId(conflict_id),
            body.decision,
            actor=caller.acting.actor,
            now=caller.now,
        )
        return Change(Decided(id=conflict_id, decision=body.decision), conflict_id, wanted)

    return caller.change(202, work)
