"""/v1/organizations/{organization_id}/directories: its identity providers' SCIM endpoints."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypedDict, Unpack

from provisioning_client.calls import Call, Pages, Paging
from provisioning_client.operations import AnySender, Resource, listing, operation
from provisioning_client.places import Place, at


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """
    When more than `max_count` people, and more than `max_share` of the directory's active ones, are
    lost within the window, losses are held; `held` wait for a decision.
    """

    enabled: bool
    max_count: int
    max_share: float
    window_seconds: int
    tripped_at: datetime | None
    held: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """`scim_base_url` is what the identity provider's administrator pastes."""

    id: str
    organization_id: str
    display_name: str
    type: str
    scim_base_url: str
    created_at: datetime
    resync_interval_seconds: int | None
    next_run_at: datetime | None
    breaker: Breaker


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedDirectory(Directory):
    """`token` is the identity provider's, and nobody can read it a second time."""

    token: str = field(repr=False)
    token_id: str


class GivenDirectory(TypedDict, total=False):
    """Without `token_expires_in_days` the first token lives until it is revoked."""

    display_name: str | None
    token_expires_in_days: int | None


class BreakerChanges(TypedDict, total=False):
    """What is left out stays."""

    enabled: bool
    max_count: int
    max_share: float
    window_seconds: int


class DirectoryChanges(TypedDict, total=False):
    """`resync_interval_seconds` None: it is resynced when somebody asks for it only."""

    display_name: str
    resync_interval_seconds: int | None
    breaker: BreakerChanges


def _one(organization_id: str, directory_id: str, *parts: str) -> Place:
    return at("organizations", organization_id, "directories", directory_id, *parts)


class Directories(Resource[AnySender]):
    """What one holds: `directory_tokens`, `directory_users`, `directory_groups`, `mappings`."""

    @operation
    def create(
        self,
        organization_id: str,
        type: Literal["okta", "entra", "generic"],  # noqa: A002 - the API's word
        *,
        idempotency_key: str | None = None,
        **properties: Unpack[GivenDirectory],
    ) -> Call[CreatedDirectory]:
        """With its first token."""
        where = at("organizations", organization_id, "directories")
        return where.post(CreatedDirectory, {"type": type, **properties}, idempotency_key)

    @operation
    def get(self, organization_id: str, directory_id: str) -> Call[Directory]:
        """Raises `NotFound`."""
        return _one(organization_id, directory_id).get(Directory)

    @listing
    def list(self, organization_id: str, **paging: Unpack[Paging]) -> Pages[Directory]:
        """Oldest first."""
        return at("organizations", organization_id, "directories").pages(Directory, paging)

    @operation
    def update(
        self, organization_id: str, directory_id: str, **changes: Unpack[DirectoryChanges]
    ) -> Call[Directory]:
        """Its type and its SCIM base URL are for ever."""
        return _one(organization_id, directory_id).patch(Directory, changes)

    @operation
    def delete(
        self,
        organization_id: str,
        directory_id: str,
        *,
        people: Literal["ladder", "keep"] = "ladder",
        roles: Literal["direct", "drop"] = "direct",
    ) -> Call[None]:
        """
        Whoever is in no other directory leaves by its leaving policy, the last owner excepted; or
        is kept: `roles` says what becomes of those that its groups gave.
        """
        return _one(organization_id, directory_id).delete({"people": people, "roles": roles})
