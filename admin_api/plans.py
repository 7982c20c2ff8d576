"""/v1/organizations/{organization_id}/directories/{directory_id}/plans."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from sqlalchemy import Connection
from starlette.responses import Response

from admin_api.access import needs, require
from admin_api.caller import Caller, Change
from admin_api.messages import Listing, Paged, listing
from admin_api.plan_models import NewPlan, ShownAction, ShownPlan, shown
from provisioning import directories, plans
from provisioning.ids import DirectoryId, PlanId
from provisioning.store import plans as store

router = APIRouter(
    prefix="/organizations/{organization_id}/directories/{directory_id}/plans", tags=["SCIM"]
)

Reader = Annotated[Caller, Depends(needs("read:directories"))]
Updater = Annotated[Caller, Depends(needs("update:directories"))]

_SCOPES: Mapping[str, str] = {
    "resync": "update:directories",
    "set_mapping": "create:mappings",
    "remove_mapping": "delete:mappings",
    "disconnect": "delete:directories",
    "verify_domain": "update:domains",
}
"""A plan needs what doing it by its own route would need."""


@router.post("", status_code=201, response_model=ShownPlan, operation_id="create_plan")
def create(organization_id: str, directory_id: str, body: NewPlan, caller: Updater) -> Response:
    """What the change would do to whom, and why; nothing of it is done. It is kept for an hour."""
    wanted = caller.within(organization_id)
    change: dict[str, Any] = body.change.model_dump()
    require(caller.key, _SCOPES[change["type"]])

    def work(connection: Connection) -> Change:
        directory = directories.within(connection, wanted, DirectoryId(directory_id))
        _require_right(caller, change)
        drawn = plans.draw_up(
            connection, directory, change, actor=caller.acting.actor, now=caller.now
        )
        return Change(shown(drawn), drawn.id)

    return caller.change(201, work)


@router.get("", operation_id="list_plans")
def list_all(
    organization_id: str, directory_id: str, paging: Paged, caller: Reader
) -> Listing[ShownPlan]:
    """Oldest first; those that expired a week ago are gone."""
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Listing[ShownPlan]:
        directory = directories.within(connection, wanted, DirectoryId(directory_id))
        found = store.listing(connection, wanted, directory.id, paging.cut)
        return listing(found, [shown(plan) for plan in found.items])

    return caller.read(work)


@router.get("/{plan_id}", operation_id="get_plan")
def get(organization_id: str, directory_id: str, plan_id: str, caller: Reader) -> ShownPlan:
    """Its actions have a list of their own."""
    wanted = caller.within(organization_id)
    key = (DirectoryId(directory_id), PlanId(plan_id))
    return caller.read(lambda connection: shown(plans.get(connection, wanted, *key)))


@router.get("/{plan_id}/actions", operation_id="list_plan_actions")
def list_actions(
    organization_id: str, directory_id: str, plan_id: str, paging: Paged, caller: Reader
) -> Listing[ShownAction]:
    """Person by person."""
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Listing[ShownAction]:
        plan = plans.get(connection, wanted, DirectoryId(directory_id), PlanId(plan_id))
        _require_right(caller, plan.change)
        found = store.actions(connection, plan, paging.cut)
        return listing(found, [ShownAction(**action) for action in found.items])

    return caller.read(work)


@router.post("/{plan_id}/apply", response_model=ShownPlan, operation_id="apply_plan")
def apply(organization_id: str, directory_id: str, plan_id: str, caller: Updater) -> Response:
    """Exactly what it says; or 409 `plan_stale`, and nothing, if that is not what would happen."""
    wanted = caller.within(organization_id)
    key = (DirectoryId(directory_id), PlanId(plan_id))

    def work(connection: Connection) -> Change:
        change = plans.get(connection, wanted, *key).change
        require(caller.key, _SCOPES[change["type"]])
        _require_right(caller, change)
        applied, woken = plans.apply(
            connection, wanted, *key, actor=caller.acting.actor, now=caller.now
        )
        return Change(shown(applied), applied.id, wanted, woken=sorted(woken))

    return caller.change(200, work)


def _require_right(caller: Caller, change: Mapping[str, Any]) -> None:
    """No organization vouches for itself, nor is shown whom a domain would bring."""
    if change["type"] == "verify_domain":
        caller.of_the_installation()
