"""/v1/organizations: tenants, and what holds for everybody in one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypedDict

from provisioning_client import calls
from provisioning_client.calls import Call, Pages
from provisioning_client.operations import AnySender, Resource, listing, operation
from provisioning_client.values import UNSET, Unset, given


@dataclass(frozen=True, slots=True, kw_only=True)
class Branding:
    """Colors as `#0a7f5c`."""

    primary_color: str | None
    page_background: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """
    `sign_in`: anyone, invited or connections; `role_mode`: union or highest; `seat_limit` counts
    members and pending invitations.
    """

    sign_in: str
    role_mode: str
    default_role: str
    creator_role: str
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
    seat_limit: int | None
    allowed_email_domains: Sequence[str] | None


class Organizations(Resource[AnySender]):
    """Only an installation's key makes one; an organization's own key sees just that one."""

    @operation
    def create(
        self,
        display_name: str,
        *,
        name: str | Unset = UNSET,
        slug: str | Unset = UNSET,
        external_id: str | Unset = UNSET,
        logo_url: str | Unset = UNSET,
        branding: GivenBranding | Unset = UNSET,
        metadata: Mapping[str, str] | Unset = UNSET,
        region_code: str | Unset = UNSET,
        policies: GivenPolicies | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> Call[Organization]:
        """A tenant; `name` is made of `display_name` where it is left out."""
        body = given(
            display_name=display_name,
            name=name,
            slug=slug,
            external_id=external_id,
            logo_url=logo_url,
            branding=branding,
            metadata=metadata,
            region_code=region_code,
            policies=policies,
        )
        return calls.post(Organization, "/organizations", body, idempotency_key)

    @operation
    def get(self, organization_id: str) -> Call[Organization]:
        """Raises `NotFound`."""
        return calls.get(Organization, calls.path("organizations", organization_id))

    @operation
    def get_by_external_id(self, external_id: str) -> Call[Organization]:
        """By the id that your product gave it."""
        return calls.get(Organization, calls.path("organizations", "external", external_id))

    @listing
    def list(
        self,
        *,
        name: str | None = None,
        slug: str | None = None,
        external_id: str | None = None,
        display_name: str | None = None,
        region_code: str | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> Pages[Organization]:
        """Oldest first, from the one `after` that id; `limit` is the size of a page."""
        query = {
            "name": name,
            "slug": slug,
            "external_id": external_id,
            "display_name": display_name,
            "region_code": region_code,
            "after": after,
            "limit": limit,
        }
        return calls.pages(Organization, "/organizations", query)

    @operation
    def update(
        self,
        organization_id: str,
        *,
        display_name: str | Unset = UNSET,
        name: str | Unset = UNSET,
        slug: str | Unset | None = UNSET,
        external_id: str | Unset | None = UNSET,
        logo_url: str | Unset | None = UNSET,
        branding: GivenBranding | Unset = UNSET,
        metadata: Mapping[str, str] | Unset = UNSET,
        region_code: str | Unset | None = UNSET,
        policies: GivenPolicies | Unset = UNSET,
        if_match: str | None = None,
    ) -> Call[Organization]:
        """What is left out stays; None clears. Raises `PreconditionFailed` by `if_match`."""
        body = given(
            display_name=display_name,
            name=name,
            slug=slug,
            external_id=external_id,
            logo_url=logo_url,
            branding=branding,
            metadata=metadata,
            region_code=region_code,
            policies=policies,
        )
        where = calls.path("organizations", organization_id)
        return calls.patch(Organization, where, body, if_match)

    @operation
    def delete(self, organization_id: str, *, name: str, if_match: str | None = None) -> Call[None]:
        """`name` is the organization's, lest a slip deletes it."""
        where = calls.path("organizations", organization_id)
        return calls.delete(where, {"name": name}, if_match)
