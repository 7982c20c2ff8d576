"""/v1/organizations/{organization_id}/held-changes: what directories want and is not done."""

from dataclasses import dataclass
from datetime import datetime
from typing import Unpack

from provisioning_client.calls import Pages, Paging
from provisioning_client.operations import AnySender, Resource, listing
from provisioning_client.places import at


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldChange:
    """The last owner stays, whatever `wanted_status` the directories have for them."""

    membership_id: str
    user_id: str
    reason: str
    wanted_status: str
    held_since: datetime


class HeldChanges(Resource[AnySender]):
    """Each ends when there is another owner, or when it is wanted no more."""

    @listing
    def list(self, organization_id: str, **paging: Unpack[Paging]) -> Pages[HeldChange]:
        """Oldest first."""
        return at("organizations", organization_id, "held-changes").pages(HeldChange, paging)
