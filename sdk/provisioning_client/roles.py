"""/v1/organizations/{organization_id}/roles: what its members may be."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict, Unpack

from provisioning_client.calls import Call, Pages, Paging
from provisioning_client.operations import AnySender, Resource, listing, operation
from provisioning_client.places import Place, at


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """`effective_permissions` are its own and those of the roles that it extends."""

    id: str
    name: str
    display_name: str | None
    description: str | None
    rank: int
    built_in: bool
    extends: str | None
    permissions: tuple[str, ...]
    effective_permissions: tuple[str, ...]
    created_at: datetime | None
    updated_at: datetime | None
    etag: str | None = field(default=None, compare=False)


class GivenRole(TypedDict, total=False):
    """What is left out stays; None clears. A permission is `resource:action`, either may be `*`."""

    display_name: str | None
    description: str | None
    permissions: Sequence[str]
    extends: str | None


class ChangedRole(GivenRole, total=False):
    """`permissions` replace all."""

    rank: int


def _one(organization_id: str, role_name: str) -> Place:
    return at("organizations", organization_id, "roles", role_name)


class Roles(Resource[AnySender]):
    """owner, admin, member and guest are there in every organization, and stay as they are."""

    @operation
    def create(
        self,
        organization_id: str,
        name: str,
        rank: int,
        *,
        idempotency_key: str | None = None,
        **properties: Unpack[GivenRole],
    ) -> Call[Role]:
        """The higher `rank` outranks; guest has 100, member 200, admin 300, owner 400."""
        body = {"name": name, "rank": rank, **properties}
        return at("organizations", organization_id, "roles").post(Role, body, idempotency_key)

    @operation
    def get(self, organization_id: str, role_name: str) -> Call[Role]:
        """Raises `NotFound`."""
        return _one(organization_id, role_name).get(Role)

    @listing
    def list(self, organization_id: str, **paging: Unpack[Paging]) -> Pages[Role]:
        """Its own ones, oldest first, and then those that are built in."""
        return at("organizations", organization_id, "roles").pages(Role, paging)

    @operation
    def update(
        self,
        organization_id: str,
        role_name: str,
        *,
        if_match: str | None = None,
        **changes: Unpack[ChangedRole],
    ) -> Call[Role]:
        """Its name stays. Raises `PreconditionFailed` by `if_match`."""
        return _one(organization_id, role_name).patch(Role, changes, if_match)

    @operation
    def delete(
        self,
        organization_id: str,
        role_name: str,
        *,
        replace_with: str | None = None,
        if_match: str | None = None,
    ) -> Call[None]:
        """One in use only with `replace_with`: whoever and whatever has it gets that one."""
        return _one(organization_id, role_name).delete({"replace_with": replace_with}, if_match)
