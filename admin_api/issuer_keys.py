"""
The keys of an issuer, cached in its row: asked for again when a token names one that is not there,
and when the cache is old, but at most once a minute, and never inside a transaction.
"""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine

from admin_api.errors import ApiError
from admin_api.key_sets import Unfetched, fetch
from provisioning import id_tokens
from provisioning.store import issuers
from provisioning.store.engine import statement
from provisioning.store.issuers import Issuer

log = structlog.get_logger(__name__)

INTERVAL = timedelta(minutes=1)
FRESH_FOR = timedelta(hours=12)
"""A key that its issuer has withdrawn is not believed for longer than this."""
_Keys = dict[str, object]


def of_token(
    engine: Engine, issuer: Issuer, token: str, now: datetime, *, allow_loopback: bool
) -> _Keys | None:
    """The set that should hold the key of `token`. Raises `ApiError` 503 when none can be had."""
    if issuer.jwks_uri is None or _is_good(issuer, token, now):
        return issuer.jwks
    with statement(engine) as connection:
        mine = issuers.claim_fetch(connection, issuer.id, now, INTERVAL)
    found = _fetched(engine, issuer, allow_loopback=allow_loopback) if mine else issuer.jwks
    if found is None:
        raise ApiError(
            503,
            "issuer_keys_unavailable",
            "the issuer's keys cannot be fetched now",
            headers={"Retry-After": str(int(INTERVAL.total_seconds()))},
        )
    return found


def _is_good(issuer: Issuer, token: str, now: datetime) -> bool:
    fetched_at = issuer.jwks_fetched_at
    is_fresh = fetched_at is not None and fetched_at > now - FRESH_FOR
    return is_fresh and id_tokens.has_key(token, issuer.jwks)


def _fetched(engine: Engine, issuer: Issuer, *, allow_loopback: bool) -> _Keys | None:
    try:
        found = fetch(issuer.jwks_uri or "", allow_loopback=allow_loopback)
    except Unfetched as error:
        log.warning("the keys of an issuer were not fetched", issuer=issuer.id, reason=str(error))
        return issuer.jwks
    with statement(engine) as connection:
        issuers.keep_keys(connection, issuer.id, found)
    return found
