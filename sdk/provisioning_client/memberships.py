"""/v1/organizations/{organization_id}/memberships: who belongs to it, and with which roles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypedDict, Unpack

from provisioning_client.calls import Call, Pages, Paging
from provisioning_client.explanations import Explanation
from provisioning_client.mappings import Named
from provisioning_client.operations import AnySender, Resource, listing, operation
from provisioning_client.places import Place, at
from provisioning_client.role_sources import RoleSource


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipRole:
    """A role, and where it comes from. `workspace` None: it holds in the whole organization."""

    role: str
    workspace: Named | None
    source: RoleSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """The person, as the organization is told."""

    id: str
    email: str | None
    display_name: str | None
    given_name: str | None
    family_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """
    `status`: active, suspended or removed; only an active one's roles grant anything.
    `purged_at`: since then nothing personal is known of it.
    `directory_managed`, `directories` and `provisioned_by` are None in the past (`as_of`).
    """

    id: str
    organization_id: str
    status: str
    suspended_by: str | None
    user: Member
    roles: tuple[MembershipRole, ...]
    directory_managed: bool | None
    directories: tuple[str, ...] | None
    provisioned_by: str | None
    break_glass: bool | None
    created_at: datetime
    updated_at: datetime
    purged_at: datetime | None


class MemberById(TypedDict):
    """Somebody who has an account."""

    user_id: str


class MemberByEmail(TypedDict):
    """Whose account has the address, or somebody new."""

    email: str


class WantedMemberships(Paging, total=False):
    """All of these must hold; `as_of`, with a time zone: as it was at that moment."""

    status: Literal["active", "suspended", "removed"] | None
    user_id: str | None
    email: str | None
    role: str | None
    as_of: datetime | None


def _one(organization_id: str, membership_id: str, *parts: str) -> Place:
    return at("organizations", organization_id, "memberships", membership_id, *parts)


class Memberships(Resource[AnySender]):
    """What a directory manages is changed there."""

    @operation
    def create(
        self,
        organization_id: str,
        member: MemberById | MemberByEmail,
        *,
        roles: Sequence[str] | None = None,
        idempotency_key: str | None = None,
    ) -> Call[Membership]:
        """Adds somebody; without `roles` with the organization's default role."""
        where = at("organizations", organization_id, "memberships")
        return where.post(Membership, {**member, "roles": roles}, idempotency_key)

    @operation
    def get(
        self, organization_id: str, membership_id: str, *, as_of: datetime | None = None
    ) -> Call[Membership]:
        """Raises `NotFound`."""
        return _one(organization_id, membership_id).get(Membership, {"as_of": as_of})

    @listing
    def list(self, organization_id: str, **wanted: Unpack[WantedMemberships]) -> Pages[Membership]:
        """Oldest first."""
        return at("organizations", organization_id, "memberships").pages(Membership, wanted)

    @operation
    def update(
        self, organization_id: str, membership_id: str, *, break_glass: bool
    ) -> Call[Membership]:
        """Marks whom no machine suspends, removes or demotes."""
        body = {"break_glass": break_glass}
        return _one(organization_id, membership_id).patch(Membership, body)

    @operation
    def delete(self, organization_id: str, membership_id: str) -> Call[None]:
        """Takes every role; the row stays as history."""
        return _one(organization_id, membership_id).delete()

    @operation
    def suspend(self, organization_id: str, membership_id: str) -> Call[Membership]:
        """Until `reactivate`, whatever a directory says meanwhile."""
        return _one(organization_id, membership_id, "suspend").post(Membership)

    @operation
    def reactivate(self, organization_id: str, membership_id: str) -> Call[Membership]:
        """From now on the directories' word counts again."""
        return _one(organization_id, membership_id, "reactivate").post(Membership)

    @operation
    def grant_role(
        self, organization_id: str, membership_id: str, role_name: str
    ) -> Call[Membership]:
        """By hand; it survives every sync."""
        return _one(organization_id, membership_id, "roles", role_name).put(Membership)

    @operation
    def revoke_role(
        self, organization_id: str, membership_id: str, role_name: str
    ) -> Call[Membership]:
        """Of what was granted by hand. `NotFound` after attempts without answer: it is done."""
        return _one(organization_id, membership_id, "roles", role_name).take(Membership)

    @operation
    def explain(
        self, organization_id: str, membership_id: str, *, as_of: datetime | None = None
    ) -> Call[Explanation]:
        """Why somebody has, or lacks, each role: back to the group and the mapping; or had then."""
        where = _one(organization_id, membership_id, "explanation")
        return where.get(Explanation, {"as_of": as_of})
