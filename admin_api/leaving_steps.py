"""/v1/organizations/{organization_id}/leaving-steps."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from admin_api.access import needs
from admin_api.caller import Caller, Change
from admin_api.messages import Body, Id, Listing, Paging, Shown, Time, listing
from admin_api.moments import MomentText, in_utc
from provisioning import leaving_steps, organizations
from provisioning.ids import LeavingStepId
from provisioning.store import leaving_steps as store
from provisioning.store.leaving_steps import Foreseen

router = APIRouter(prefix="/organizations/{organization_id}/leaving-steps", tags=["Memberships"])

Reader = Annotated[Caller, Depends(needs("read:memberships"))]
Updater = Annotated[Caller, Depends(needs("update:memberships"))]


class Wanted(Paging):
    """Which steps; all of these must hold."""

    user_id: Id | None = None
    membership_id: Id | None = None
    step: Literal["remove", "purge"] | None = None
    due_before: MomentText | None = None


class Postponement(Body):
    due_at: Annotated[MomentText, Field(description="RFC 3339; a time to come.")]


class CallingOff(Body):
    roles: Annotated[
        Literal["direct", "drop"],
        Field(description="Those that groups gave to who is kept: by hand from now on, or gone."),
    ] = "direct"


class ShownLeavingStep(Shown):
    id: str
    membership_id: str
    user_id: str
    email: Annotated[str | None, Field(description="As the organization last knew the person.")]
    step: str
    directory_id: Annotated[str | None, Field(description="Whose policy it is; null: ours alone.")]
    planned_at: Annotated[Time, Field(description="By the policy.")]
    due_at: Annotated[Time | None, Field(description="Null: called off.")]


@router.get("", operation_id="list_leaving_steps")
def list_all(
    organization_id: str, wanted: Annotated[Wanted, Query()], caller: Reader
) -> Listing[ShownLeavingStep]:
    """What will become of people who leave, in the order in which it was foreseen."""
    within = caller.within(organization_id)
    filters = wanted.model_dump(include={"user_id", "membership_id", "step"})
    before = None if wanted.due_before is None else in_utc(wanted.due_before)

    def work(connection: Connection) -> Listing[ShownLeavingStep]:
        organizations.get(connection, within)
        found = store.listing(connection, within, wanted.cut, **filters, due_before=before)
        return listing(found, [_shown(one) for one in found.items])

    return caller.read(work)


@router.get("/{leaving_step_id}", operation_id="get_leaving_step")
def get(organization_id: str, leaving_step_id: str, caller: Reader) -> ShownLeavingStep:
    """404 once it has happened, or will not happen any more."""
    within, key = caller.within(organization_id), LeavingStepId(leaving_step_id)
    return caller.read(lambda c: _shown(leaving_steps.get(c, within, key)))


@router.post(
    "/{leaving_step_id}/postpone",
    response_model=ShownLeavingStep,
    operation_id="postpone_leaving_step",
)
def postpone(
    organization_id: str, leaving_step_id: str, body: Postponement, caller: Updater
) -> Response:
    """To another time to come; also what was called off."""
    within, key = caller.within(organization_id), LeavingStepId(leaving_step_id)

    def work(connection: Connection) -> Change:
        due_at = in_utc(body.due_at)
        moved = leaving_steps.put_off(connection, within, key, due_at, caller.acting)
        return Change(_shown(moved), moved.step.membership_id, within)

    return caller.change(200, work)


@router.post(
    "/{leaving_step_id}/cancel",
    status_code=204,
    response_class=Response,
    operation_id="cancel_leaving_step",
)
def cancel(
    organization_id: str, leaving_step_id: str, body: CallingOff, caller: Updater
) -> Response:
    """
    A removal: the person is kept, active, and nobody's but an administrator's. A purge: it waits,
    without a time, until it is postponed to one.
    """
    within, key = caller.within(organization_id), LeavingStepId(leaving_step_id)

    def work(connection: Connection) -> Change:
        step = leaving_steps.get(connection, within, key).step
        leaving_steps.call_off(connection, within, key, body.roles, caller.acting)
        return Change(None, step.membership_id, within)

    return caller.change(204, work)


def _shown(found: Foreseen) -> ShownLeavingStep:
    step = found.step
    return ShownLeavingStep(
        id=step.id,
        membership_id=step.membership_id,
        user_id=found.user_id,
        email=None if found.profile is None else found.profile.email,
        step=step.step,
        directory_id=step.directory_id,
        planned_at=step.planned_at,
        due_at=step.due_at,
    )
