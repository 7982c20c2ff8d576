"""/v1/organizations/{organization_id}/directories/{directory_id}/tokens."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Unpack

from provisioning_client.calls import Call, Pages, Paging
from provisioning_client.operations import AnySender, Resource, listing, operation
from provisioning_client.places import Place, at


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryToken:
    """Never the token itself."""

    id: str
    directory_id: str
    last_four: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedDirectoryToken(DirectoryToken):
    """`token` is the secret, which nobody can read a second time."""

    token: str = field(repr=False)


def _tokens(organization_id: str, directory_id: str, *parts: str) -> Place:
    return at("organizations", organization_id, "directories", directory_id, "tokens", *parts)


class DirectoryTokens(Resource[AnySender]):
    """Five live ones of a directory at most, so that one can follow another."""

    @operation
    def create(
        self,
        organization_id: str,
        directory_id: str,
        *,
        expires_in_days: int | None = None,
        idempotency_key: str | None = None,
    ) -> Call[IssuedDirectoryToken]:
        """A further one; without `expires_in_days` it lives until it is revoked."""
        body = {"expires_in_days": expires_in_days}
        where = _tokens(organization_id, directory_id)
        return where.post(IssuedDirectoryToken, body, idempotency_key)

    @listing
    def list(
        self, organization_id: str, directory_id: str, **paging: Unpack[Paging]
    ) -> Pages[DirectoryToken]:
        """Those that were revoked or have expired, too."""
        return _tokens(organization_id, directory_id).pages(DirectoryToken, paging)

    @operation
    def revoke(self, organization_id: str, directory_id: str, token_id: str) -> Call[None]:
        """Nobody can use it any more."""
        return _tokens(organization_id, directory_id, token_id).delete()
