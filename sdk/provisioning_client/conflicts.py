"""/v1/organizations/{organization_id}/conflicts: people who wait for a decision."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Unpack

from provisioning_client.calls import Call, Pages, Paging
from provisioning_client.operations import AnySender, Resource, listing, operation
from provisioning_client.places import at


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """
    A directory's person whose address is that of an account the organization does not know. What
    is None of the account is not for an organization's own key to know, or is not there.
    """

    id: str
    state: str
    directory_id: str
    directory_display_name: str
    directory_user_id: str
    user_name: str
    external_id: str | None
    email: str
    display_name: str | None
    active: bool
    asserted_since: datetime
    asserted_at: datetime
    user_id: str
    user_display_name: str | None
    user_created_at: datetime | None
    user_last_sign_in_at: datetime | None
    membership_status: str | None
    invitation_id: str | None
    invitation_expires_at: datetime | None
    opened_at: datetime
    decision: str | None
    rejected_at: datetime | None
    rejected_by: str | None


class WantedConflicts(Paging, total=False):
    """Rejected ones are kept out until somebody says something else."""

    state: Literal["open", "rejected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Said, and not waited for: the event `conflict.resolved` tells that it is done."""

    id: str
    decision: str


class Conflicts(Resource[AnySender]):
    """Until somebody decides, the person has no access."""

    @listing
    def list(self, organization_id: str, **wanted: Unpack[WantedConflicts]) -> Pages[Conflict]:
        """Open ones unless others are asked for, oldest first."""
        return at("organizations", organization_id, "conflicts").pages(Conflict, wanted)

    @operation
    def resolve(
        self,
        organization_id: str,
        conflict_id: str,
        decision: Literal["link", "keep_apart", "reject"],
    ) -> Call[Decision]:
        """
        `link`: the person is the account's; `keep_apart`: somebody else of the same address;
        `reject`: no access.
        """
        where = at("organizations", organization_id, "conflicts", conflict_id, "resolution")
        return where.post(Decision, {"decision": decision})
