"""/v1/organizations: tenants, and what holds for everybody in one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypedDict, Unpack

from provisioning_client.calls import Call, Pages, Paging
from provisioning_client.operations import AnySender, Resource, listing, operation
from provisioning_client.places import at


@dataclass(frozen=True, slots=True, kw_only=True)
class Branding:
    """Colors as `#0a7f5c`."""

    primary_color: str | None
    page_background: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """
    `sign_in`: anyone, invited or connections; `role_mode`: union or highest; `provisioning_scope`
    of newcomers from outside the verified domains: accept, hold or refuse; `seat_limit` counts
    members and pending invitations.
    """

    sign_in: str
    role_mode: str
    default_role: str
    creator_role: str
    provisioning_scope: str
    seat_limit: int | None
    allowed_email_domains: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """`etag` is None in a list: it is of an answer, and no part of what is compared."""

    id: str
    display_name: str
    name: str
    slug: str | None
    external_id: str | None
    logo_url: str | None
    branding: Branding
    metadata: Mapping[str, str]
    region_code: str | None
    policies: Policies
    created_at: datetime
    updated_at: datetime
    etag: str | None = field(default=None, compare=False)


class GivenBranding(TypedDict, total=False):
    """What is left out stays; None clears."""

    primary_color: str | None
    page_background: str | None


class GivenPolicies(TypedDict, total=False):
    """What is left out stays, or is the server's default."""

    sign_in: Literal["anyone", "invited", "connections"]
    role_mode: Literal["union", "highest"]
    default_role: str
    creator_role: str
    provisioning_scope: Literal["accept", "hold", "refuse"]
    seat_limit: int | None
    allowed_email_domains: Sequence[str] | None


class GivenOrganization(TypedDict, total=False):
    """What is left out stays, or is the server's default; None clears."""

    name: str
    slug: str | None
    external_id: str | None
    logo_url: str | None
    branding: GivenBranding
    metadata: Mapping[str, str]
    region_code: str | None
    policies: GivenPolicies


class NewOrganization(GivenOrganization, total=False):
    """`creator_user_id` becomes a member with the policies' `creator_role`."""

    creator_user_id: str | None


class ChangedOrganization(GivenOrganization, total=False):
    """`metadata` replaces all pairs."""

    display_name: str


class WantedOrganizations(Paging, total=False):
    """All of these must hold."""

    name: str | None
    slug: str | None
    external_id: str | None
    display_name: str | None
    region_code: str | None


class Organizations(Resource[AnySender]):
    """Only an installation's key makes one; an organization's own key sees just that one."""

    @operation
    def create(
        self,
        display_name: str,
        *,
        idempotency_key: str | None = None,
        **properties: Unpack[NewOrganization],
    ) -> Call[Organization]:
        """A tenant; `name` is made of `display_name` where it is left out."""
        body = {"display_name": display_name, **properties}
        return at("organizations").post(Organization, body, idempotency_key)

    @operation
    def get(self, organization_id: str) -> Call[Organization]:
        """Raises `NotFound`."""
        return at("organizations", organization_id).get(Organization)

    @operation
    def get_by_external_id(self, external_id: str) -> Call[Organization]:
        """By the id that your product gave it."""
        return at("organizations", "external", external_id).get(Organization)

    @listing
    def list(self, **wanted: Unpack[WantedOrganizations]) -> Pages[Organization]:
        """Oldest first."""
        return at("organizations").pages(Organization, wanted)

    @operation
    def update(
        self,
        organization_id: str,
        *,
        if_match: str | None = None,
        **changes: Unpack[ChangedOrganization],
    ) -> Call[Organization]:
        """What is left out stays; None clears. Raises `PreconditionFailed` by `if_match`."""
        return at("organizations", organization_id).patch(Organization, changes, if_match)

    @operation
    def delete(self, organization_id: str, *, name: str, if_match: str | None = None) -> Call[None]:
        """`name` is the organization's, lest a slip deletes it."""
        return at("organizations", organization_id).delete({"name": name}, if_match)
