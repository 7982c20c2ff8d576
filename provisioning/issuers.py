"""Whose ID tokens are believed: the product's own sign-in, or one organization's provider."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection

from provisioning import connections, id_tokens, ids, organizations
from provisioning.context import Acting
from provisioning.errors import NotFound, Refused
from provisioning.ids import ConnectionId, IssuerId, OrganizationId
from provisioning.store import issuers
from provisioning.store.issuers import Issuer


def create(
    connection: Connection,
    issuer: str,
    audiences: Sequence[str],
    by: Acting,
    *,
    organization_id: OrganizationId | None,
    connection_id: ConnectionId | None,
    jwks_uri: str | None,
    jwks: dict[str, Any] | None,
    allow_loopback: bool,
) -> Issuer:
    """
    With an organization, or a connection of it, it speaks for that organization alone. Exactly one
    of `jwks_uri` and `jwks` (RFC 7517 §5). Raises `NotFound`, `Refused`, and `Taken` for `issuer`.
    """
    if connection_id is not None:
        organization_id = connections.get(
            connection, organization_id, connection_id
        ).organization_id
    if organization_id is not None:
        organizations.get(connection, organization_id)
    made = Issuer(
        id=IssuerId(ids.new(ids.ISSUER)),
        organization_id=organization_id,
        connection_id=connection_id,
        issuer=issuer,
        audiences=tuple(audiences),
        jwks_uri=jwks_uri,
        jwks=jwks,
        jwks_fetched_at=None,
        created_at=by.now,
    )
    _check(made, allow_loopback=allow_loopback)
    issuers.insert(connection, made)
    return made


def get(connection: Connection, issuer_id: IssuerId, only: OrganizationId | None) -> Issuer:
    """With `only`, none but an issuer of that organization. Raises `NotFound`."""
    found = issuers.get(connection, issuer_id, only)
    if found is None:
        raise NotFound("issuer", issuer_id)
    return found


def update(
    connection: Connection,
    issuer_id: IssuerId,
    only: OrganizationId | None,
    changes: Mapping[str, Any],
    *,
    allow_loopback: bool,
) -> Issuer:
    """
    `audiences`, and `jwks_uri` or `jwks`, of which the one replaces the other. Raises `NotFound`
    and `Refused`.
    """
    before = get(connection, issuer_id, only)
    after = replace(before, **changes)
    if "jwks_uri" in changes or "jwks" in changes:
        after = replace(
            after,
            jwks_uri=changes.get("jwks_uri"),
            jwks=changes.get("jwks"),
            jwks_fetched_at=None,
        )
        _check(after, allow_loopback=allow_loopback)
    issuers.update(connection, after)
    return after


def delete(connection: Connection, issuer_id: IssuerId, only: OrganizationId | None) -> None:
    """Nobody signs in by it any more. Raises `NotFound`."""
    issuers.delete(connection, get(connection, issuer_id, only).id)


def _check(issuer: Issuer, *, allow_loopback: bool) -> None:
    if (issuer.jwks_uri is None) == (issuer.jwks is None):
        raise Refused("issuer_keys_ambiguous", "give exactly one of jwks_uri and jwks")
    for address in (issuer.issuer, issuer.jwks_uri):
        if address is not None and not is_secure(address, allow_loopback=allow_loopback):
            raise Refused("https_required", "issuer and jwks_uri must be https URLs")
    keys = (issuer.jwks or {}).get("keys", ())
    if issuer.jwks is not None and not (keys and all(map(id_tokens.is_usable, keys))):
        raise Refused(
            "issuer_keys_unusable",
            f"each of jwks must be a public key for one of {', '.join(id_tokens.ALGORITHMS)}",
        )


def is_secure(address: str, *, allow_loopback: bool) -> bool:
    """An https URL with a host and without credentials; for tests also http to this machine."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or parts.fragment:
        return False
    if parts.scheme == "https":
        return True
    return allow_loopback and parts.scheme == "http" and _is_loopback(host)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
