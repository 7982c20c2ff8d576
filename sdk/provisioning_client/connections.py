"""/v1/organizations/{organization_id}/connections: how its people sign in to the product."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypedDict, Unpack

from provisioning_client.calls import Call, Pages, Paging
from provisioning_client.operations import AnySender, Resource, listing, operation
from provisioning_client.places import Place, at


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """`assign_membership_on_login`: who signs in through it becomes a member."""

    id: str
    organization_id: str
    display_name: str
    provider: str
    protocol: str
    external_id: str | None
    assign_membership_on_login: bool
    created_at: datetime
    updated_at: datetime


class GivenConnection(TypedDict, total=False):
    """`external_id` is the product's own id of it."""

    external_id: str | None
    assign_membership_on_login: bool


class ChangedConnection(GivenConnection, total=False):
    """What is left out stays."""

    display_name: str


def _one(organization_id: str, connection_id: str) -> Place:
    return at("organizations", organization_id, "connections", connection_id)


class Connections(Resource[AnySender]):
    """At most ten of an organization."""

    @operation
    def create(
        self,
        organization_id: str,
        display_name: str,
        provider: str,
        protocol: Literal["oidc", "saml"],
        *,
        idempotency_key: str | None = None,
        **properties: Unpack[GivenConnection],
    ) -> Call[Connection]:
        """`provider` is the IdP, as okta or entra."""
        named = {"display_name": display_name, "provider": provider, "protocol": protocol}
        where = at("organizations", organization_id, "connections")
        return where.post(Connection, {**named, **properties}, idempotency_key)

    @operation
    def get(self, organization_id: str, connection_id: str) -> Call[Connection]:
        """Raises `NotFound`."""
        return _one(organization_id, connection_id).get(Connection)

    @listing
    def list(self, organization_id: str, **paging: Unpack[Paging]) -> Pages[Connection]:
        """Oldest first."""
        return at("organizations", organization_id, "connections").pages(Connection, paging)

    @operation
    def update(
        self, organization_id: str, connection_id: str, **changes: Unpack[ChangedConnection]
    ) -> Call[Connection]:
        """Its provider and its protocol are for ever."""
        return _one(organization_id, connection_id).patch(Connection, changes)

    @operation
    def delete(self, organization_id: str, connection_id: str) -> Call[None]:
        """Nobody comes by it any more."""
        return _one(organization_id, connection_id).delete()
