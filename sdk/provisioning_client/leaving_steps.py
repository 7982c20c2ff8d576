"""/v1/organizations/{organization_id}/leaving-steps: what will become of people who leave."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Unpack

from provisioning_client.calls import Call, Pages, Paging
from provisioning_client.operations import AnySender, Resource, listing, operation
from provisioning_client.places import Place, at


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavingStep:
    """`step`: remove or purge; `due_at` is other than planned if put off, None if called off."""

    id: str
    membership_id: str
    user_id: str
    email: str | None
    step: str
    directory_id: str | None
    planned_at: datetime
    due_at: datetime | None


class WantedLeavingSteps(Paging, total=False):
    """All of these must hold."""

    user_id: str | None
    membership_id: str | None
    step: Literal["remove", "purge"] | None
    due_before: datetime | None


def _one(organization_id: str, leaving_step_id: str, *parts: str) -> Place:
    return at("organizations", organization_id, "leaving-steps", leaving_step_id, *parts)


class LeavingSteps(Resource[AnySender]):
    """Until it happens each can be put off or called off; a purge cannot be undone."""

    @listing
    def list(
        self, organization_id: str, **wanted: Unpack[WantedLeavingSteps]
    ) -> Pages[LeavingStep]:
        """In the order in which they were foreseen."""
        return at("organizations", organization_id, "leaving-steps").pages(LeavingStep, wanted)

    @operation
    def get(self, organization_id: str, leaving_step_id: str) -> Call[LeavingStep]:
        """Raises `NotFound` once it has happened, or will not any more."""
        return _one(organization_id, leaving_step_id).get(LeavingStep)

    @operation
    def postpone(
        self, organization_id: str, leaving_step_id: str, *, due_at: datetime
    ) -> Call[LeavingStep]:
        """To another time to come; also what was called off."""
        body = {"due_at": due_at.isoformat()}
        return _one(organization_id, leaving_step_id, "postpone").post(LeavingStep, body)

    @operation
    def cancel(
        self,
        organization_id: str,
        leaving_step_id: str,
        *,
        roles: Literal["direct", "drop"] = "direct",
    ) -> Call[None]:
        """Of a removal, `roles` says what becomes of those that groups gave to who is kept."""
        return _one(organization_id, leaving_step_id, "cancel").act({"roles": roles})
