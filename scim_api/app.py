"""
The ASGI application: reads a request, hands it to a thread for its one hop, sends what comes back.

Parsing, the database and rendering run in that thread; the loop only moves bytes. The threads are
as many as the pool has connections: more of them cost latency and bring no throughput. Questions
about one user and the frequent writes, of one directory each, go to a thread together (ADR-0035):
that is half of what each of them costs.
"""

import asyncio
import os
import re
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from sqlalchemy import Engine

from provisioning.clock import now
from provisioning.context import Context
from provisioning.errors import Collision, ProvisioningError
from provisioning.ids import OrganizationId
from provisioning.store.directories import Bearer
from provisioning.together import Together
from scim_api import observation
from scim_api.authentication import Authenticator, bearer_token
from scim_api.body import read_body
from scim_api.messages import Request, Response, error_response, media_type, of_lines, parse_query
from scim_api.protocol.errors import ScimError, translate
from scim_api.remembered import Seen, Totals
from scim_api.routes import DISCOVERY, Handler, Place, allowed, find
from scim_api.sharing import Answer, Shared

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Ring = Callable[[OrganizationId], None]
Headers = Mapping[bytes, bytes]

PREFIX = "/scim/v2/"
MAX_WAITING = 500
"""Requests in flight; beyond that 503 is kinder than a time-out."""
RETRY_SECONDS = 5
_REQUEST_ID = re.compile(rb"[0-9A-Za-z-]{1,36}")
COLLISION_ATTEMPTS = 3
"""A handler that collided has written nothing, so it is simply run again."""

log = structlog.get_logger(__name__)


class ScimApp:
    """Serves `/scim/v2/<directory_id>/…`; `ring` is told of every organization with a change."""

    def __init__(self, engine: Engine, *, public_url: str, ring: Ring, threads: int) -> None:
        self._engine = engine
        self._public_url = public_url.rstrip("/")
        self._ring = ring
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="scim")
        self._authenticator = Authenticator(engine)
        self._totals = Totals()
        self._seen = Seen()
        self._shared = Together(_answer_shared, self._threads)
        self._waiting = 0

    def close(self) -> None:
        """Waits for the requests that are under way."""
        self._threads.shutdown()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        headers = of_lines(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        # Logged and sent back, so only what can be neither an address nor a token of anything.
        request_id = given.decode() if _REQUEST_ID.fullmatch(given) else os.urandom(8).hex()
        place = Place.of(scope["path"].removeprefix(PREFIX))
        self._waiting += 1
        try:
            response = await self._respond(scope, receive, headers, place, request_id)
        finally:
            self._waiting -= 1
        await _send(send, response, scope["method"], media_type(headers), request_id)
        observation.observe(scope["method"], place, response.status, started, request_id)

    async def _respond(
        self, scope: Scope, receive: Receive, headers: Headers, place: Place, request_id: str
    ) -> Response:
        try:
            return await self._answer(scope, receive, headers, place, request_id)
        except ScimError as error:
            return _refusal(error, place)
        except ProvisioningError as error:
            return _refusal(translate(error), place)
        except Exception:
            log.exception("request failed", request_id=request_id, route=place.route)
            return _refusal(ScimError(500, None, f"internal error; request id {request_id}"), place)

    async def _answer(
        self, scope: Scope, receive: Receive, headers: Headers, place: Place, request_id: str
    ) -> Response:
        if self._waiting > MAX_WAITING:
            raise ScimError(503, None, "too many requests at once")
        bearer = await self._authenticated(headers, place)
        base_url = f"{self._public_url}{PREFIX}{place.directory_id}"
        query = parse_query(scope["query_string"])
        # RFC 9110 §9.3.2: HEAD is GET whose body stays here.
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        if place.collection in DISCOVERY:
            if "filter" in query:  # RFC 7644 §4: refused, so that none is taken for obeyed
                raise ScimError(403, None, "what describes this server is not filtered")
            return DISCOVERY[place.collection](method, base_url, place.resource_id)
        if bearer is None:
            raise ScimError(401, None, "a bearer token of this directory is needed")
        handler = find(method, place, query)
        request = Request(
            engine=self._engine,
            totals=self._totals,
            seen=self._seen,
            context=Context(
                organization_id=bearer.organization_id,
                directory_id=bearer.directory_id,
                actor=f"directory_token:{bearer.token_id}",
                now=now(),
                request_id=request_id,
            ),
            base_url=base_url,
            resource_id=place.resource_id or "",
            query=query,
            headers=headers,
            body=await read_body(receive, headers),
        )
        response = await self._settled(handler, request)
        # After the commit: what is rolled back was never there.
        if response.told is not None:
            self._seen.put(bearer.directory_id, response.told)
        if response.changed:
            self._totals.forget(bearer.directory_id)
            # Only a hint: it may be lost, the note is not.
            self._ring(bearer.organization_id)
        return response

    async def _authenticated(self, headers: Headers, place: Place) -> Bearer | None:
        """
        None for who brings no token. A wrong one is refused everywhere, also where none is asked
        for, so that an admin who tests the connection learns of it.
        """
        authorization = headers.get(b"authorization")
        if authorization is None:
            return None
        token = bearer_token(authorization.decode("latin-1"))
        if token is None:
            raise ScimError(401, None, "the Authorization header holds no bearer token")
        found = self._authenticator.remembered(place.directory_id, token)
        if found is None:
            found = await asyncio.get_running_loop().run_in_executor(
                self._threads, self._authenticator.look_up, place.directory_id, token
            )
        if found is None:
            raise ScimError(401, None, "the token is not, or no longer, valid for this directory")
        if found.is_deleting:
            raise ScimError(404, None, "the directory was deleted")
        return found

    async def _settled(self, handler: Handler, request: Request) -> Response:
        for _ in range(COLLISION_ATTEMPTS):
            try:
                return await self._done(handler, request)
            except Collision:
                log.info("collided", request_id=request.context.request_id)
        return await self._done(handler, request)

    def _done(self, handler: Handler, request: Request) -> Awaitable[Response]:
        if not isinstance(handler, Shared):
            loop = asyncio.get_running_loop()
            return loop.run_in_executor(self._threads, handler, request)
        # Nobody waits for another directory's locks, nor for a request that may take long.
        is_alone = handler.may_take_long(request.body)
        company = object() if is_alone else (handler, request.context.directory_id)
        return self._shared.ask((handler, request), company)


def _answer_shared(asked: Sequence[tuple[Shared, Request]]) -> Sequence[Answer]:
    return asked[0][0].answer([request for _, request in asked])


def _refusal(error: ScimError, place: Place) -> Response:
    if error.status == 401:  # noqa: PLR2004 - Unauthorized
        return error_response(error, (b"www-authenticate", b'Bearer realm="scim"'))
    if error.status == 503:  # noqa: PLR2004 - Service Unavailable
        # Okta honors whole seconds only, and waits five minutes for anything else.
        return error_response(error, (b"retry-after", str(RETRY_SECONDS).encode()))
    if error.status == 405:  # noqa: PLR2004 - Method Not Allowed
        return error_response(error, (b"allow", ", ".join(allowed(place)).encode()))
    return error_response(error)


async def _send(
    send: Send, response: Response, method: str, content_type: bytes, request_id: str
) -> None:
    headers = [
        (b"content-type", content_type),
        (b"content-length", str(len(response.body)).encode()),
        (b"x-request-id", request_id.encode()),
        *response.headers,
    ]
    if not response.body:
        del headers[0]
        if response.status in {204, 304}:
            del headers[0]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    body = b"" if method == "HEAD" else response.body
    await send({"type": "http.response.body", "body": body})
