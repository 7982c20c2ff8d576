"""/v1/issuers: whose ID tokens sign-ins believe."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict, Unpack

from provisioning_client.calls import Call, Pages, Paging
from provisioning_client.operations import AnySender, Resource, listing, operation
from provisioning_client.places import at


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """With an `organization_id` it speaks for that organization alone."""

    id: str
    organization_id: str | None
    connection_id: str | None
    issuer: str
    audiences: tuple[str, ...]
    jwks_uri: str | None
    jwks: Mapping[str, Any] | None
    jwks_fetched_at: datetime | None
    created_at: datetime


class KeySet(TypedDict):
    """A JSON Web Key Set (RFC 7517 §5) of public keys."""

    keys: Sequence[Mapping[str, Any]]


class GivenKeys(TypedDict, total=False):
    """One of the two; it replaces the other. `jwks_uri` is https, at a public address."""

    jwks_uri: str | None
    jwks: KeySet | None


class GivenIssuer(GivenKeys, total=False):
    """Of neither an organization nor a connection: it speaks for everybody."""

    organization_id: str | None
    connection_id: str | None


class ChangedIssuer(GivenKeys, total=False):
    """What is left out stays."""

    audiences: Sequence[str]


class Issuers(Resource[AnySender]):
    """The product's own sign-in, and identity providers of organizations."""

    @operation
    def create(
        self,
        issuer: str,
        audiences: Sequence[str],
        *,
        idempotency_key: str | None = None,
        **properties: Unpack[GivenIssuer],
    ) -> Call[Issuer]:
        """`issuer` is the `iss` claim, exactly; `audiences` are accepted values of `aud`."""
        body = {"issuer": issuer, "audiences": audiences, **properties}
        return at("issuers").post(Issuer, body, idempotency_key)

    @operation
    def get(self, issuer_id: str) -> Call[Issuer]:
        """Raises `NotFound`."""
        return at("issuers", issuer_id).get(Issuer)

    @listing
    def list(self, **paging: Unpack[Paging]) -> Pages[Issuer]:
        """Oldest first."""
        return at("issuers").pages(Issuer, paging)

    @operation
    def update(self, issuer_id: str, **changes: Unpack[ChangedIssuer]) -> Call[Issuer]:
        """Its `iss` is for ever."""
        return at("issuers", issuer_id).patch(Issuer, changes)

    @operation
    def delete(self, issuer_id: str) -> Call[None]:
        """Whom it has named are known again by a verified address."""
        return at("issuers", issuer_id).delete()
