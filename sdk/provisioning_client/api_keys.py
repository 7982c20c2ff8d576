"""/v1/api-keys: who may ask this API, and for what."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict, Unpack

from provisioning_client.calls import Call, Pages, Paging
from provisioning_client.operations import AnySender, Resource, listing, operation
from provisioning_client.places import at


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """Never its secret. `organization_id` None: the installation's."""

    id: str
    organization_id: str | None
    name: str
    last_four: str
    scopes: tuple[str, ...]
    requests_per_minute: int
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedApiKey(ApiKey):
    """`key` is the secret, which nobody can read a second time."""

    key: str = field(repr=False)


class GivenApiKey(TypedDict, total=False):
    """With `organization_id` it sees nothing of any other organization."""

    organization_id: str | None
    expires_in_days: int | None
    requests_per_minute: int


class ApiKeys(Resource[AnySender]):
    """No key can make another that may do more than itself."""

    @operation
    def create(
        self,
        name: str,
        scopes: Sequence[str],
        *,
        idempotency_key: str | None = None,
        **properties: Unpack[GivenApiKey],
    ) -> Call[IssuedApiKey]:
        """`scopes` are `<verb>:<resources>`, or `*` for all."""
        body = {"name": name, "scopes": scopes, **properties}
        return at("api-keys").post(IssuedApiKey, body, idempotency_key)

    @operation
    def get(self, api_key_id: str) -> Call[ApiKey]:
        """Raises `NotFound`."""
        return at("api-keys", api_key_id).get(ApiKey)

    @listing
    def list(self, **paging: Unpack[Paging]) -> Pages[ApiKey]:
        """Those that were revoked or have expired, too."""
        return at("api-keys").pages(ApiKey, paging)

    @operation
    def revoke(self, api_key_id: str) -> Call[None]:
        """Within a second nobody can use it; it stays listed."""
        return at("api-keys", api_key_id, "revoke").act()
