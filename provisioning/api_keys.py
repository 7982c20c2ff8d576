"""Keys that the product's backend and its operators call the admin API with."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from provisioning import bearer_secrets, ids, organizations
from provisioning.context import Acting
from provisioning.errors import Invalid, NotFound
from provisioning.ids import ApiKeyId, OrganizationId
from provisioning.scopes import EVERYTHING, SCOPES
from provisioning.store import api_keys
from provisioning.store.api_keys import ApiKey

_PREFIX = "prv_"
REQUESTS_PER_MINUTE = 6000
MOST_REQUESTS_PER_MINUTE = 1_000_000
NAME_LIMIT = 200


def create(
    connection: Connection,
    name: str,
    scopes: Sequence[str],
    by: Acting,
    *,
    organization_id: OrganizationId | None = None,
    expires_at: datetime | None = None,
    requests_per_minute: int = REQUESTS_PER_MINUTE,
) -> tuple[ApiKey, str]:
    """
    The key and its secret, which is not kept. With an organization the key sees nothing of any
    other. Raises `Invalid` naming a scope that does not exist, `NotFound` for the organization.
    """
    if not name.strip() or len(name) > NAME_LIMIT:
        raise Invalid("name", f"must be 1 to {NAME_LIMIT} characters")
    if not scopes:
        raise Invalid("scopes", "must name at least one")
    for scope in scopes:
        if scope not in SCOPES and scope != EVERYTHING:
            raise Invalid("scopes", f"there is no scope {scope!r}")
    if expires_at is not None and expires_at <= by.now:
        raise Invalid("expires_at", "must be in the future")
    if organization_id is not None:
        organizations.get(connection, organization_id)
    secret = bearer_secrets.new(_PREFIX)
    key = ApiKey(
        id=ApiKeyId(ids.new(ids.API_KEY)),
        organization_id=organization_id,
        name=name,
        last_four=secret[-4:],
        scopes=tuple(dict.fromkeys(scopes)),
        requests_per_minute=requests_per_minute,
        created_at=by.now,
        created_by=by.actor,
        expires_at=expires_at,
        last_used_at=None,
        revoked_at=None,
    )
    api_keys.insert(connection, key, bearer_secrets.hashed(secret))
    return key, secret


def get(connection: Connection, key_id: ApiKeyId, organization_id: OrganizationId | None) -> ApiKey:
    """With an organization only a key of that one. Raises `NotFound`."""
    key = api_keys.get(connection, key_id, organization_id)
    if key is None:
        raise NotFound("API key", key_id)
    return key


def revoke(
    connection: Connection, key_id: ApiKeyId, organization_id: OrganizationId | None, by: Acting
) -> None:
    """Within a second no web process takes it any more. Raises `NotFound`."""
    get(connection, key_id, organization_id)
    api_keys.revoke(connection, key_id, by.now)
