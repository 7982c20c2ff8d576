"""
Who may do what: API keys (RFC 6750 bearer tokens), their scopes and their rate limits.

A key that was found good is taken for good for a second, so that a backend at full speed costs one
look-up per second and not one per request; a revoked key may work for that second.
"""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import timedelta
from math import ceil
from typing import Annotated

from fastapi import Header, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool

from admin_api.caller import Asked, Caller, Ring
from admin_api.errors import ApiError
from admin_api.rates import Rates
from provisioning.bearer_secrets import hashed
from provisioning.clock import now
from provisioning.scopes import covers
from provisioning.store import api_keys
from provisioning.store.api_keys import ApiKey
from provisioning.store.engine import reading, statement

TRUST_SECONDS = 1.0
_REMEMBERED = 10_000
_MARK_EVERY = timedelta(minutes=1)
IDEMPOTENCY_KEY_LIMIT = 255


class Gate:
    """One per web process: the keys it knows, and how often each has called."""

    def __init__(
        self, engine: Engine, ring: Ring, public_url: str, organization_limit: int | None
    ) -> None:
        self.engine = engine
        self.ring = ring
        self.public_url = public_url
        self.organization_limit = organization_limit
        self._trusted: OrderedDict[str, tuple[ApiKey, float]] = OrderedDict()
        self._rates = Rates()

    def known(self, secret: str) -> ApiKey | None:
        """The key of this secret, if it was found good a moment ago."""
        return self._known(hashed(secret))

    async def key(self, secret: str) -> ApiKey | None:
        """The live key of this secret."""
        key_hash = hashed(secret)
        known = self._known(key_hash)
        if known is not None:
            return known
        found = await run_in_threadpool(self._look_up, key_hash)
        if found is not None:
            self._trusted[key_hash] = found, time.monotonic() + TRUST_SECONDS
            while len(self._trusted) > _REMEMBERED:
                self._trusted.popitem(last=False)
        return found

    def _known(self, key_hash: str) -> ApiKey | None:
        known = self._trusted.get(key_hash)
        return known[0] if known is not None and known[1] > time.monotonic() else None

    def count(self, key: ApiKey) -> dict[str, str]:
        """
        Counts a request, and says what is left. Each web process counts for itself. Raises
        `ApiError` 429.
        """
        moment = now().timestamp()
        rate = self._rates.hit(key.id, key.requests_per_minute, moment)
        headers = {
            "X-RateLimit-Limit": str(key.requests_per_minute),
            "X-RateLimit-Remaining": str(rate.remaining),
            "X-RateLimit-Reset": str(rate.reset_at),
        }
        if not rate.is_allowed:
            raise ApiError(
                429,
                "rate_limit_exceeded",
                f"this API key may ask {key.requests_per_minute} times a minute",
                headers={**headers, "Retry-After": str(max(1, ceil(rate.reset_at - moment)))},
            )
        return headers

    def _look_up(self, key_hash: str) -> ApiKey | None:
        moment = now()
        with reading(self.engine) as connection:
            found = api_keys.live(connection, key_hash, moment)
        if found is not None and (
            found.last_used_at is None or found.last_used_at < moment - _MARK_EVERY
        ):
            with statement(self.engine) as connection:
                api_keys.mark_used(connection, found.id, moment)
        return found


_bearer = HTTPBearer(
    auto_error=False, scheme_name="api_key", description="An API key: `Authorization: Bearer prv_…`"
)
Dependency = Callable[..., Awaitable[Caller]]
SCOPE_OF: dict[Dependency, str] = {}
"""Which scope a dependency asks for: the OpenAPI document says it of each operation."""


def needs(scope: str) -> Dependency:
    """The caller, if its key has `scope`. Raises `ApiError` 401, 403 or 429."""

    async def caller(
        request: Request,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
        idempotency_key: Annotated[
            str | None,
            Header(
                min_length=1,
                max_length=IDEMPOTENCY_KEY_LIMIT,
                pattern=r"^[!-~]+$",
                description="A repeated POST with the same key is answered as the first was.",
            ),
        ] = None,
    ) -> Caller:
        gate: Gate = request.app.state.gate
        key = await gate.key(credentials.credentials) if credentials is not None else None
        if key is None:
            raise ApiError(
                401,
                "unauthorized",
                "a live API key is needed",
                headers={"WWW-Authenticate": 'Bearer realm="v1"'},
            )
        request.scope["state"]["headers"].update(gate.count(key))
        require(key, scope)
        return Caller(
            engine=gate.engine,
            ring=gate.ring,
            organization_limit=gate.organization_limit,
            public_url=gate.public_url,
            key=key,
            asked=await _asked(request, idempotency_key),
            now=now(),
        )

    SCOPE_OF[caller] = scope
    return caller


def require(key: ApiKey, scope: str) -> None:
    """Raises `ApiError` 403."""
    if not covers(key.scopes, scope):
        raise ApiError(
            403,
            "insufficient_scope",
            f"this API key lacks the scope {scope}",
            [{"field": "scope", "problem": scope}],
        )


async def _asked(request: Request, idempotency_key: str | None) -> Asked:
    headers = request.headers
    return Asked(
        method=request.method,
        path=request.url.path,
        body=await request.body(),
        operation=request.scope["route"].operation_id,
        request_id=request.scope["state"]["request_id"],
        ip_address=request.client.host if request.client else None,
        user_agent=headers.get("user-agent", "")[:200] or None,
        idempotency_key=idempotency_key if request.method == "POST" else None,
        # RFC 9110 §5.3: several lines of a list are one, with commas between them.
        if_match=", ".join(headers.getlist("if-match")) or None,
        if_none_match=", ".join(headers.getlist("if-none-match")) or None,
    )
