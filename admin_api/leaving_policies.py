"""/v1/organizations/{organization_id}/leaving-policy, and that of a directory."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from admin_api.access import needs
from admin_api.caller import Caller, Change
from admin_api.messages import WHOLE, Body, Shown, Time
from provisioning import leaving_policies
from provisioning.ids import DirectoryId
from provisioning.leaving_policies import (
    LONGEST_GRACE,
    LONGEST_RETENTION,
    SHORTEST_RETENTION,
    InForce,
    Periods,
)

router = APIRouter(prefix="/organizations/{organization_id}", tags=["SCIM"])

Reader = Annotated[Caller, Depends(needs("read:directories"))]
Updater = Annotated[Caller, Depends(needs("update:directories"))]

_OWN = "/leaving-policy"
_OF_DIRECTORY = "/directories/{directory_id}/leaving-policy"


class NewLeavingPolicy(Body):
    """Both, since a period that was forgotten would be one that ends at once, or never."""

    grace_seconds: Annotated[
        int,
        Field(
            ge=0,
            le=int(LONGEST_GRACE.total_seconds()),
            description="From an IdP's letting a person go to the removal; suspended meanwhile.",
        ),
        WHOLE,
    ]
    retention_seconds: Annotated[
        int | None,
        Field(
            ge=int(SHORTEST_RETENTION.total_seconds()),
            le=int(LONGEST_RETENTION.total_seconds()),
            description="Between the removal and the purge of personal data; null: never.",
        ),
        WHOLE,
    ]

    @property
    def periods(self) -> Periods:
        return Periods(grace_seconds=self.grace_seconds, retention_seconds=self.retention_seconds)


class ShownLeavingPolicy(Shown):
    directory_id: Annotated[str | None, Field(description="Null: the organization's.")]
    grace_seconds: int
    retention_seconds: int | None
    inherited: Annotated[bool, Field(description="By the directory, from the organization.")]
    changed_at: Time | None


@router.get(_OWN, operation_id="get_leaving_policy")
def get(organization_id: str, caller: Reader) -> ShownLeavingPolicy:
    """For directories that have none of their own, and for whom administrators remove."""
    within = caller.within(organization_id)
    return caller.read(lambda c: _shown(leaving_policies.in_force(c, within)))


@router.put(_OWN, response_model=ShownLeavingPolicy, operation_id="set_leaving_policy")
def put(organization_id: str, body: NewLeavingPolicy, caller: Updater) -> Response:
    """What is foreseen follows; no step comes earlier by it than in a day."""
    return _put(caller, organization_id, None, body)


@router.get(_OF_DIRECTORY, operation_id="get_directory_leaving_policy")
def get_of_directory(organization_id: str, directory_id: str, caller: Reader) -> ShownLeavingPolicy:
    """Its own, or the organization's that it inherits."""
    within, key = caller.within(organization_id), DirectoryId(directory_id)
    return caller.read(lambda c: _shown(leaving_policies.in_force(c, within, key)))


@router.put(
    _OF_DIRECTORY, response_model=ShownLeavingPolicy, operation_id="set_directory_leaving_policy"
)
def put_of_directory(
    organization_id: str, directory_id: str, body: NewLeavingPolicy, caller: Updater
) -> Response:
    """One of its own: the organization's does not count for it any more."""
    return _put(caller, organization_id, DirectoryId(directory_id), body)


@router.delete(
    _OF_DIRECTORY,
    status_code=204,
    response_class=Response,
    operation_id="delete_directory_leaving_policy",
)
def inherit(organization_id: str, directory_id: str, caller: Updater) -> Response:
    """From now on it inherits the organization's. Twice is the same as once."""
    within, key = caller.within(organization_id), DirectoryId(directory_id)
    return caller.remove(
        key, within, lambda c: leaving_policies.inherit(c, within, key, caller.acting)
    )


def _put(
    caller: Caller, organization_id: str, directory_id: DirectoryId | None, body: NewLeavingPolicy
) -> Response:
    within = caller.within(organization_id)

    def work(connection: Connection) -> Change:
        changed = leaving_policies.put(
            connection, within, directory_id, body.periods, caller.acting
        )
        return Change(_shown(changed), directory_id or within, within)

    return caller.change(200, work)


def _shown(policy: InForce) -> ShownLeavingPolicy:
    return ShownLeavingPolicy(**asdict(policy))
