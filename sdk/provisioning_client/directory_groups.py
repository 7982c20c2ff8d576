"""/v1/organizations/{organization_id}/directories/{directory_id}/groups."""

from dataclasses import dataclass
from datetime import datetime
from typing import Unpack

from provisioning_client.calls import Pages, Paging
from provisioning_client.operations import AnySender, Resource, listing
from provisioning_client.places import at


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryGroup:
    """A group of the identity provider; `mappings` say which role it gives."""

    id: str
    display_name: str
    external_id: str | None
    updated_at: datetime


class DirectoryGroups(Resource[AnySender]):
    """They are changed by SCIM alone."""

    @listing
    def list(
        self, organization_id: str, directory_id: str, **paging: Unpack[Paging]
    ) -> Pages[DirectoryGroup]:
        """Oldest first."""
        where = at("organizations", organization_id, "directories", directory_id, "groups")
        return where.pages(DirectoryGroup, paging)
