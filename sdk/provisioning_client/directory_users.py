"""/v1/organizations/{organization_id}/directories/{directory_id}/users."""

from dataclasses import dataclass
from datetime import datetime
from typing import Unpack

from provisioning_client.calls import Pages, Paging
from provisioning_client.operations import AnySender, Resource, listing
from provisioning_client.places import at


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryUser:
    """Whom the identity provider has provisioned, and who that is here."""

    id: str
    user_name: str
    external_id: str | None
    active: bool
    email: str | None
    display_name: str | None
    user_id: str | None
    membership_id: str | None
    updated_at: datetime


class DirectoryUsers(Resource[AnySender]):
    """They are changed by SCIM alone."""

    @listing
    def list(
        self, organization_id: str, directory_id: str, **paging: Unpack[Paging]
    ) -> Pages[DirectoryUser]:
        """Oldest first."""
        where = at("organizations", organization_id, "directories", directory_id, "users")
        return where.pages(DirectoryUser, paging)
