"""
The admin API: `/v1` for the product's backend and its operators, described by `/openapi.json`.

Handlers are plain functions that run in a thread: one hop, in which the transaction is opened and
closed in plain sight.
"""

import os
import re
import time
from collections.abc import Iterator, MutableMapping
from importlib import metadata
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from sqlalchemy import Engine
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from admin_api import (
    api_keys,
    audit_entries,
    conflicts,
    connections,
    directories,
    directory_resources,
    directory_tokens,
    discovery,
    errors,
    events,
    explanations,
    held_changes,
    invitations,
    issuers,
    mappings,
    memberships,
    organizations,
    permissions,
    roles,
    sign_ins,
    users,
    well_known,
    workspace_members,
    workspaces,
)
from admin_api.access import SCOPE_OF, Gate
from admin_api.caller import Ring
from admin_api.errors import ApiError
from admin_api.hot_check import HotCheck
from admin_api.invitation_models import Inviting
from admin_api.messages import Failure
from admin_api.sign_in_settings import SignInSettings
from provisioning.checks import Checks
from provisioning.errors import ProvisioningError

log = structlog.get_logger(__name__)

MAX_BODY_BYTES = 1024 * 1024
_REQUEST_ID = re.compile(rb"[0-9A-Za-z-]{1,36}")
_ROUTERS = (
    organizations.router,
    users.router,
    memberships.router,
    invitations.router,
    workspaces.router,
    workspace_members.router,
    connections.router,
    directories.router,
    directory_tokens.router,
    directory_resources.router,
    mappings.router,
    conflicts.router,
    held_changes.router,
    events.router,
    issuers.router,
    sign_ins.router,
    discovery.router,
    roles.router,
    permissions.router,
    explanations.router,
    api_keys.router,
    audit_entries.router,
)
_FAILURES: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Failure, "description": "Refused; `error.code` says why."},
    "5XX": {"model": Failure, "description": "Ours to mend; try again later."},
}


_PREFIX = "/v1"
PATHS = (f"{_PREFIX}/", "/openapi.json", "/.well-known/")
"""What this application answers."""


def create(
    engine: Engine,
    *,
    ring: Ring,
    public_url: str,
    sign_in: SignInSettings,
    organization_limit: int | None = None,
    invitation_url: str | None = None,
    sends_email: bool = False,
) -> ASGIApp:
    """
    `ring` is told of every organization with a change; SCIM URLs begin with `public_url`;
    `organization_limit` is how many of them one user may belong to by the API; `invitation_url`
    has `{token}` where the token goes.
    """
    api = FastAPI(
        title="Provisioning",
        version=metadata.version("provisioning"),
        description="Organizations, their people, and what they may do.",
        docs_url=None,
        redoc_url=None,
        responses=_FAILURES,
        redirect_slashes=False,
        exception_handlers={
            ApiError: _refused,
            ProvisioningError: _refused_by_the_domain,
            RequestValidationError: _unreadable,
            HTTPException: _refused_by_the_framework,
        },
    )
    gate = api.state.gate = Gate(engine, ring, public_url, organization_limit)
    checks = api.state.checks = Checks()
    api.state.sign_in = sign_in
    api.state.inviting = Inviting(invitation_url, sends_email)
    for route in _routes():
        _tell_scope(route)
    for router in _ROUTERS:
        api.include_router(router, prefix=_PREFIX)
    api.include_router(well_known.router)
    return Edge(HotCheck(api, gate, checks))


def _routes() -> Iterator[APIRoute]:
    for router in _ROUTERS:
        for route in router.routes:
            if isinstance(route, APIRoute):
                yield route


def _tell_scope(route: APIRoute) -> None:
    for dependency in route.dependant.dependencies:
        scope = SCOPE_OF.get(dependency.call) if dependency.call else None
        if scope is not None:
            route.openapi_extra = {**(route.openapi_extra or {}), "x-required-scope": scope}


class Edge:
    """
    Around the framework: ids and limits of requests, headers of answers, and an exception nobody
    foresaw, told by types and places only, since its message may quote an address.
    """

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


async def _refused(request: Request, error: Any) -> Response:
    return errors.response(error, request.scope["state"]["request_id"])


async def _refused_by_the_domain(request: Request, error: Any) -> Response:
    return await _refused(request, errors.translate(error))


async def _unreadable(request: Request, error: Any) -> Response:
    return await _refused(request, errors.unreadable(error))


_REFUSALS = {
    404: ("not_found", "there is nothing at this path"),
    405: ("method_not_allowed", "not allowed here"),
    413: ("body_too_large", ""),
}


async def _refused_by_the_framework(request: Request, error: Any) -> Response:
    code, message = _REFUSALS.get(error.status_code, ("invalid_body", ""))
    headers = dict(error.headers or {})
    if error.status_code == 405:  # noqa: PLR2004 - Method Not Allowed
        headers["Allow"] = ", ".join(_allowed(request))
    refusal = ApiError(error.status_code, code, message or str(error.detail), headers=headers)
    return await _refused(request, refusal)


def _allowed(request: Request) -> list[str]:
    """
    Every method of the path (RFC 9110 §15.5.6); the router knows those of one route only. Of a
    path that is spelled out, not those of one that has a parameter in that place.
    """
    path = request.url.path.removeprefix(_PREFIX)
    found = [route for route in _routes() if route.path_regex.fullmatch(path)]
    fewest = min(len(route.param_convertors) for route in found)
    return sorted(
        {
            method
            for route in found
            if len(route.param_convertors) == fewest
            for method in route.methods or ()
        }
    )
