"""/v1/users: people's accounts, whatever organizations they belong to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict, Unpack

from provisioning_client.calls import Call, Pages, Paging
from provisioning_client.operations import AnySender, Resource, listing, operation
from provisioning_client.places import at


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a directory or an issuer calls the person; not `is_present`: it has let them go."""

    type: str
    organization_id: str | None
    directory_id: str | None
    issuer_id: str | None
    external_id: str | None
    is_present: bool
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A membership in short."""

    id: str
    organization_id: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """`profile_managed_by` is the directory that e-mail and names follow; `etag` as ever."""

    id: str
    email: str | None
    display_name: str | None
    given_name: str | None
    family_name: str | None
    phone_number: str | None
    picture_url: str | None
    external_id: str | None
    metadata: Mapping[str, str]
    provisioned_by: str
    profile_managed_by: str | None
    identities: tuple[Identity, ...]
    memberships: tuple[Standing, ...]
    created_at: datetime
    updated_at: datetime
    etag: str | None = field(default=None, compare=False)


class GivenUser(TypedDict, total=False):
    """What is left out stays; None clears. `phone_number` is E.164, as +4930123."""

    display_name: str | None
    given_name: str | None
    family_name: str | None
    phone_number: str | None
    picture_url: str | None
    external_id: str | None
    metadata: Mapping[str, str]


class ChangedUser(GivenUser, total=False):
    """`metadata` replaces all pairs."""

    email: str


class WantedUsers(Paging, total=False):
    """All of these must hold."""

    email: str | None
    external_id: str | None


class Users(Resource[AnySender]):
    """An organization's key reads its members, and changes none: accounts are shared."""

    @operation
    def create(
        self, email: str, *, idempotency_key: str | None = None, **properties: Unpack[GivenUser]
    ) -> Call[User]:
        """An account that belongs to no organization yet."""
        return at("users").post(User, {"email": email, **properties}, idempotency_key)

    @operation
    def get(self, user_id: str) -> Call[User]:
        """Raises `NotFound`."""
        return at("users", user_id).get(User)

    @operation
    def get_by_external_id(self, external_id: str) -> Call[User]:
        """By the id that your product gave them."""
        return at("users", "external", external_id).get(User)

    @listing
    def list(self, **wanted: Unpack[WantedUsers]) -> Pages[User]:
        """Oldest first."""
        return at("users").pages(User, wanted)

    @operation
    def update(
        self, user_id: str, *, if_match: str | None = None, **changes: Unpack[ChangedUser]
    ) -> Call[User]:
        """Raises `PreconditionFailed` by `if_match`."""
        return at("users", user_id).patch(User, changes, if_match)

    @operation
    def delete(self, user_id: str, *, if_match: str | None = None) -> Call[None]:
        """Takes the person out of every organization; the address is free again."""
        return at("users", user_id).delete(if_match=if_match)
