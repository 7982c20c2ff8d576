"""/v1/organizations/{organization_id}/conflicts."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from admin_api.access import needs
from admin_api.caller import Caller, Change
from admin_api.messages import Body, Listing, Paging, Shown, Time, listing
from provisioning import conflicts, organizations
from provisioning.ids import ConflictId
from provisioning.reconcile.facts import Decision
from provisioning.store import conflicts as store
from provisioning.store.conflicts import State

router = APIRouter(prefix="/organizations/{organization_id}/conflicts", tags=["SCIM"])

Reader = Annotated[Caller, Depends(needs("read:conflicts"))]
Updater = Annotated[Caller, Depends(needs("update:conflicts"))]


class Wanted(Paging):
    """Which of them."""

    state: Annotated[
        State, Field(description="`rejected`: kept out, until somebody says something else.")
    ] = "open"


class ShownConflict(Shown):
    """
    The evidence, of both sides: whom the directory asserts, and whose account has the address. To
    an organization's own key an account that it has never known says nothing but its id.
    """

    id: str
    state: State
    directory_id: str
    directory_display_name: str
    directory_user_id: str
    user_name: str
    external_id: str | None
    email: str
    display_name: str | None
    active: bool
    asserted_since: Annotated[Time, Field(description="When the directory brought the person.")]
    asserted_at: Annotated[Time, Field(description="When it last said something of them.")]
    user_id: str
    user_display_name: str | None
    user_created_at: Time | None
    user_last_sign_in_at: Annotated[
        Time | None, Field(description="To an organization's own key: by its own issuers.")
    ]
    membership_status: Annotated[
        str | None, Field(description="Of the account here; null: it has never been a member.")
    ]
    invitation_id: Annotated[str | None, Field(description="A pending one, to the address.")]
    invitation_expires_at: Time | None
    opened_at: Time
    decision: str | None
    rejected_at: Time | None
    rejected_by: str | None


class Resolution(Body):
    decision: Annotated[
        Literal[Decision, "reject"],
        Field(
            description="`link`: the person is the account's; `keep_apart`: somebody else, who "
            "gets an account that does not speak for the address; `reject`: no access at all."
        ),
    ]


class Decided(Shown):
    """Said, and not waited for: `conflict.resolved` tells that it is done."""

    id: str
    decision: str


@router.get("", operation_id="list_conflicts")
def list_all(
    organization_id: str, query: Annotated[Wanted, Query()], caller: Reader
) -> Listing[ShownConflict]:
    """Addresses of accounts that the organization does not know."""
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Listing[ShownConflict]:
        organizations.get(connection, wanted)
        of_all = caller.only is None
        found = store.listing(connection, wanted, query.cut, query.state, of_all=of_all)
        return listing(found, [ShownConflict(**asdict(one)) for one in found.items])

    return caller.read(work)


@router.post(
    "/{conflict_id}/resolution",
    status_code=202,
    response_model=Decided,
    operation_id="resolve_conflict",
)
def resolve(organization_id: str, conflict_id: str, body: Resolution, caller: Updater) -> Response:
    """
    Lets the person in, as the account or with one of their own, or keeps them out. `link` needs a
    key of the installation: no organization says of itself that an account is its person's.
    """
    wanted, key = caller.within(organization_id), ConflictId(conflict_id)
    by: dict[str, Any] = {"actor": caller.acting.actor, "now": caller.now}

    def work(connection: Connection) -> Change:
        if body.decision == "reject":
            conflicts.reject(connection, wanted, key, **by)
        else:
            conflicts.decide(connection, wanted, key, body.decision, **by)
        if body.decision == "link":
            # Behind the deciding, which it undoes: what is not there is 404 to everybody.
            caller.of_the_installation()
        return Change(Decided(id=conflict_id, decision=body.decision), conflict_id, wanted)

    return caller.change(202, work)
