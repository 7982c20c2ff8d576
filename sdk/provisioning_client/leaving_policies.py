"""/v1/organizations/{organization_id}/leaving-policy: how long people are kept who leave."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict, Unpack

from provisioning_client.calls import Call
from provisioning_client.operations import AnySender, Resource, operation
from provisioning_client.places import Place, at


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavingPolicy:
    """`directory_id` None: the organization's; `inherited`: the directory has none of its own."""

    directory_id: str | None
    grace_seconds: int
    retention_seconds: int | None
    inherited: bool
    changed_at: datetime | None


class Periods(TypedDict):
    """0 removes at once, and None never purges."""

    grace_seconds: int
    retention_seconds: int | None


def _of_directory(organization_id: str, directory_id: str) -> Place:
    return at("organizations", organization_id, "directories", directory_id, "leaving-policy")


class LeavingPolicies(Resource[AnySender]):
    """Suspended at once, removed after the grace period, purged after the retention period."""

    @operation
    def get(self, organization_id: str) -> Call[LeavingPolicy]:
        """The organization's."""
        return at("organizations", organization_id, "leaving-policy").get(LeavingPolicy)

    @operation
    def set(self, organization_id: str, **periods: Unpack[Periods]) -> Call[LeavingPolicy]:
        """No step comes earlier by it than in a day."""
        place = at("organizations", organization_id, "leaving-policy")
        return place.put(LeavingPolicy, dict(periods))

    @operation
    def get_of_directory(self, organization_id: str, directory_id: str) -> Call[LeavingPolicy]:
        """Its own, or the one that it inherits."""
        return _of_directory(organization_id, directory_id).get(LeavingPolicy)

    @operation
    def set_of_directory(
        self, organization_id: str, directory_id: str, **periods: Unpack[Periods]
    ) -> Call[LeavingPolicy]:
        """One of its own."""
        return _of_directory(organization_id, directory_id).put(LeavingPolicy, dict(periods))

    @operation
    def delete_of_directory(self, organization_id: str, directory_id: str) -> Call[None]:
        """It inherits the organization's again."""
        return _of_directory(organization_id, directory_id).delete()
