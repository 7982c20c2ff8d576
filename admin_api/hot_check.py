"""
The single check past the framework, which costs several times what the check itself does.

Only the plain case is served here: a key that is known already and may ask, and a body that is a
question. All else is left to the route of the OpenAPI document, which does the same, so that each
refusal is worded in one place.
"""

import re
from collections.abc import Sequence

from pydantic import ValidationError
from sqlalchemy import Connection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from admin_api import errors, permissions
from admin_api.access import Gate
from admin_api.permissions import AskedQuestion, verdict
from provisioning.checks import Checks, Question
from provisioning.errors import ProvisioningError
from provisioning.ids import OrganizationId
from provisioning.scopes import covers
from provisioning.store.api_keys import ApiKey
from provisioning.store.engine import read_each
from provisioning.together import Together

_PATH = re.compile(r"/v1/organizations/([^/]+)/check")
_BEARER = b"Bearer "
_JSON = b"application/json"


class HotCheck:
    """Between the edge, which counts time and tells failures, and the framework."""

    def __init__(self, api: ASGIApp, gate: Gate, checks: Checks) -> None:
        self._api = api
        self._gate = gate
        self._checks = checks
        self._together = Together(self._answer)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = _PATH.fullmatch(scope["path"]) if scope.get("method") == "POST" else None
        key = None if path is None else self._key(scope, path[1])
        if path is None or key is None:
            await self._api(scope, receive, send)
            return
        first = await receive()
        question = None if first.get("more_body") else _question(first)
        if question is None:
            await self._api(scope, _again(first, receive), send)
            return
        scope["route"] = permissions.CHECK_ROUTE
        scope["state"]["headers"].update(self._gate.count(key))
        try:
            answer = await self._together.ask((OrganizationId(path[1]), question))
        except ProvisioningError as error:
            raise errors.translate(error) from error
        headers = [(b"content-type", _JSON), (b"content-length", b"%d" % len(answer))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    def _key(self, scope: Scope, organization_id: str) -> ApiKey | None:
        headers = dict(scope["headers"])
        authorization = headers.get(b"authorization", b"")
        if (
            not authorization.startswith(_BEARER)
            or headers.get(b"content-type") != _JSON
            or b"idempotency-key" in headers
        ):
            return None
        key = self._gate.known(authorization.removeprefix(_BEARER).decode("latin-1"))
        if key is None or not covers(key.scopes, permissions.SCOPE):
            return None
        return key if key.organization_id in {None, organization_id} else None

    def _answer(self, asked: Sequence[tuple[OrganizationId, Question]]) -> list[bytes | Exception]:
        return read_each(self._gate.engine, self._ask, asked)

    def _ask(self, connection: Connection, asked: tuple[OrganizationId, Question]) -> bytes:
        organization_id, question = asked
        (reasons,) = self._checks.ask(connection, organization_id, [question])
        return verdict(reasons).model_dump_json().encode()


def _question(message: Message) -> Question | None:
    try:
        return AskedQuestion.model_validate_json(message.get("body", b"")).question()
    except ValidationError:
        return None


def _again(first: Message, receive: Receive) -> Receive:
    """The message that was looked at, and then the others."""
    waiting = [first]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again
