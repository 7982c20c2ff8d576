"""
Around the framework: ids and limits of requests, headers of answers, and an exception nobody
foresaw, told by types and places only, since its message may quote an address.
"""

import os
import re
import time
from collections.abc import MutableMapping
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from admin_api import errors
from admin_api.errors import ApiError

log = structlog.get_logger(__name__)

MAX_BODY_BYTES = 1024 * 1024
_REQUEST_ID = re.compile(rb"[0-9A-Za-z-]{1,36}")


class Edge:
    """One for the application."""

    def __init__(self, api: ASGIApp) -> None:
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._api(scope, receive, send)
            return
        started = time.perf_counter()
        given = dict(scope["headers"]).get(b"x-request-id", b"")
        request_id = given.decode() if _REQUEST_ID.fullmatch(given) else os.urandom(8).hex()
        headers: dict[str, str] = {"X-Request-Id": request_id}
        scope["state"] = {**scope.get("state", {}), "request_id": request_id, "headers": headers}
        status = 0

        async def sending(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                added = [(k.lower().encode(), v.encode()) for k, v in headers.items()]
                message["headers"] = [*message.get("headers", ()), *added]
            await send(message)

        try:
            refusal = _refusal_of(scope)
            if refusal is not None:
                await errors.response(refusal, request_id)(scope, receive, sending)
            else:
                await self._api(scope, _bounded(receive), sending)
        except ApiError as error:
            await errors.response(error, request_id)(scope, receive, sending)
        except Exception:
            log.exception("request failed", request_id=request_id)
            if not status:
                failure = ApiError(500, "internal_error", "internal error")
                await errors.response(failure, request_id)(scope, receive, sending)
        finally:
            route = scope.get("route")
            log.info(
                "request",
                method=scope["method"],
                route=getattr(route, "path_format", "other"),
                status=status,
                milliseconds=round((time.perf_counter() - started) * 1000, 2),
                request_id=request_id,
            )


def _refusal_of(scope: Scope) -> ApiError | None:
    """No database keeps a NUL."""
    if "\0" in scope["path"]:
        return ApiError(404, "not_found", "there is nothing at this path")
    if b"%00" in scope["query_string"]:
        return ApiError(400, "invalid_query_string", "the query string contains NUL")
    return None


def _bounded(receive: Receive) -> Receive:
    seen = 0

    async def bounded() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MAX_BODY_BYTES:
            # Of all exceptions FastAPI lets only this one through from where it reads the body.
            raise HTTPException(413, f"the body is larger than {MAX_BODY_BYTES} bytes")
        return message

    return bounded
