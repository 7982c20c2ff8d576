"""/v1/organizations/{organization_id}/conflicts: people who wait for a decision."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Unpack

from provisioning_client.calls import Call, Pages, Paging
from provisioning_client.operations import AnySender, Resource, listing, operation
from provisioning_client.places import at


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A directory's person whose address is that of an account the organization does not know."""

    id: str
    directory_id: str
    directory_user_id: str
    user_name: str
    email: str
    display_name: str | None
    user_id: str
    user_display_name: str | None
    opened_at: datetime
    decision: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Said, and not waited for: the event `conflict.resolved` tells that it is done."""

    id: str
    decision: str


class Conflicts(Resource[AnySender]):
    """Until somebody decides, the person has no access."""

    @listing
    def list(self, organization_id: str, **paging: Unpack[Paging]) -> Pages[Conflict]:
        """Open ones, oldest first."""
        return at("organizations", organization_id, "conflicts").pages(Conflict, paging)

    @operation
    def resolve(
        self, organization_id: str, conflict_id: str, decision: Literal["link", "keep_apart"]
    ) -> Call[Decision]:
        """`link`: the person is the account's; `keep_apart`: somebody else of the same address."""
        where = at("organizations", organization_id, "conflicts", conflict_id, "resolution")
        return where.post(Decision, {"decision": decision})
