"""/v1/api-keys: who may ask this API, and for what."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from provisioning_client import calls
from provisioning_client.calls import Call, Pages
from provisioning_client.operations import AnySender, Resource, listing, operation
from provisioning_client.values import UNSET, Unset, given


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


class ApiKeys(Resource[AnySender]):
    """No key can make another that may do more than itself."""

    @operation
    def create(
        self,
        name: str,
        scopes: Sequence[str],
        *,
        organization_id: str | Unset = UNSET,
        expires_in_days: int | Unset = UNSET,
        requests_per_minute: int | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> Call[IssuedApiKey]:
        """With `organization_id` it sees nothing of any other organization."""
        body = given(
            name=name,
            scopes=scopes,
            organization_id=organization_id,
            expires_in_days=expires_in_days,
            requests_per_minute=requests_per_minute,
        )
        return calls.post(IssuedApiKey, "/api-keys", body, idempotency_key)

    @operation
    def get(self, api_key_id: str) -> Call[ApiKey]:
        """Raises `NotFound`."""
        return calls.get(ApiKey, calls.path("api-keys", api_key_id))

    @listing
    def list(self, *, after: str | None = None, limit: int | None = None) -> Pages[ApiKey]:
        """Those that were revoked or have expired, too."""
        return calls.pages(ApiKey, "/api-keys", {"after": after, "limit": limit})

    @operation
    def revoke(self, api_key_id: str) -> Call[None]:
        """Within a second nobody can use it; it stays listed."""
        return calls.act(calls.path("api-keys", api_key_id, "revoke"))
