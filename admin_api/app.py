"""
The admin API: `/v1` for the product's backend and its operators, described by `/openapi.json`.

Handlers are plain functions that run in a thread: one hop, in which the transaction is opened and
closed in plain sight.
"""

from collections.abc import Iterator
from importlib import metadata
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from sqlalchemy import Engine
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp

from admin_api import (
    api_keys,
    attestations,
    audit_entries,
    conflicts,
    connections,
    directories,
    directory_resources,
    directory_tokens,
    discovery,
    domains,
    errors,
    events,
    explanations,
    held_changes,
    invitations,
    issuers,
    join_requests,
    leaving_policies,
    leaving_steps,
    mapping_findings,
    mappings,
    memberships,
    opened_invitations,
    organizations,
    permissions,
    plans,
    roles,
    set_aside_notes,
    sign_ins,
    sync_runs,
    unreadable,
    users,
    well_known,
    workspace_members,
    workspaces,
)
from admin_api.access import SCOPE_OF, Gate
from admin_api.caller import Ring
from admin_api.edge import Edge
from admin_api.errors import ApiError
from admin_api.hot_check import HotCheck
from admin_api.invitation_models import Inviting
from admin_api.messages import Failure
from admin_api.sign_in_settings import SignInSettings
from admin_api.tags import TAGS
from provisioning.checks import Checks
from provisioning.errors import ProvisioningError

_ROUTERS = (
    organizations.router,
    users.router,
    memberships.router,
    attestations.router,
    invitations.router,
    opened_invitations.router,
    join_requests.router,
    workspaces.router,
    workspace_members.router,
    connections.router,
    domains.router,
    directories.router,
    directory_tokens.router,
    directory_resources.router,
    mappings.router,
    mapping_findings.router,
    sync_runs.router,
    plans.router,
    conflicts.router,
    held_changes.router,
    leaving_policies.router,
    leaving_steps.router,
    set_aside_notes.router,
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
PATHS = (_PREFIX, "/openapi.json", "/.well-known/")
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
        openapi_tags=list(TAGS),
        docs_url=None,
        redoc_url=None,
        responses=_FAILURES,
        redirect_slashes=False,
        exception_handlers={
            ApiError: _refused,
            ProvisioningError: _refused_by_the_domain,
            RequestValidationError: _unreadable,
            HTTPException: _refused_by_the_framework,
            ClientDisconnect: _broken_off,
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


async def _refused(request: Request, error: Any) -> Response:
    return errors.response(error, request.scope["state"]["request_id"])


async def _refused_by_the_domain(request: Request, error: Any) -> Response:
    return await _refused(request, errors.translate(error))


async def _unreadable(request: Request, error: Any) -> Response:
    return await _refused(request, unreadable.refusal(error))


async def _broken_off(request: Request, _error: Any) -> Response:
    """In the midst of a body. Nobody hears it, but what is logged is no failure of ours."""
    return await _refused(request, ApiError(400, "invalid_body", "the body ended early"))


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
