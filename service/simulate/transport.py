"""
Requests as an identity provider sends them, over real HTTP: tried again while the server asks for
patience, measured, and written into the ledger.
"""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from http import HTTPStatus
from time import perf_counter

import httpx

from service.simulate.ledger import NO_ANSWER, Failure, Ledger
from service.simulate.patience import Patience
from service.simulate.wire import Json

_CONTENT_TYPE = "application/scim+json; charset=utf-8"
_PATIENT_STATUSES = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


class Refused(Exception):
    """The server's last word on a request; it is in the ledger already."""

    def __init__(self, failure: Failure) -> None:
        answered = failure.status or "without an answer"
        super().__init__(f"{failure.kind}: {answered}: {failure.detail}")
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Answer:
    """A response the client can go on with."""

    status: int
    body: Json
    """Empty for 204 and for a tolerated refusal without JSON."""


class Transport:
    """One IdP's connection to one SCIM base URL."""

    def __init__(self, http: httpx.AsyncClient, ledger: Ledger, patience: Patience) -> None:
        self._http = http
        self._patience = patience
        self._ever_answered = False
        self.ledger = ledger

    async def send(
        self,
        kind: str,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        tolerate: Collection[int] = (),
    ) -> Answer:
        """
        The answer to one request: a 2xx, or one of the statuses in `tolerate`.

        `path` is sent as it is, query included; `kind` is the line of the report it counts in.

        Raises:
            Refused: anything else, after all the patience the status deserves.
        """
        attempt = 1
        while (response := await self._attempt(kind, method, path, body, attempt)) is None or (
            response.status_code in _PATIENT_STATUSES and attempt < self._patience.attempts
        ):
            header = None if response is None else response.headers.get("Retry-After")
            await asyncio.sleep(self._patience.wait_seconds(header, attempt))
            self.ledger.retries += 1
            attempt += 1
        if response.is_success or response.status_code in tolerate:
            return self._answer(kind, response)
        raise self.refuse(kind, response.status_code, _detail(response))

    def refuse(self, kind: str, status: int, detail: str) -> Refused:
        """To be raised when an answer arrived and an IdP could still not work with it."""
        return Refused(self.ledger.failed(kind, status, detail))

    async def _attempt(
        self, kind: str, method: str, path: str, body: Json | None, attempt: int
    ) -> httpx.Response | None:
        """None when the connection broke and it is worth another try."""
        started = perf_counter()
        try:
            response = await self._http.request(
                method,
                path,
                json=body,
                headers=None if body is None else {"Content-Type": _CONTENT_TYPE},
            )
        except httpx.RequestError as error:
            self.ledger.answered(kind, NO_ANSWER, perf_counter() - started)
            # A URL that has never answered is mistyped, not restarting.
            if not self._ever_answered or attempt >= self._patience.attempts:
                raise self.refuse(kind, NO_ANSWER, f"{type(error).__name__}: {error}") from error
            return None
        self.ledger.answered(kind, response.status_code, perf_counter() - started)
        self._ever_answered = True
        return response

    def _answer(self, kind: str, response: httpx.Response) -> Answer:
        body = _json_object(response) if response.content else {}
        if body is None and response.is_success:
            # Okta's JSON parser gives up on plain text (Metatavu/keycloak-scim-server #101).
            raise self.refuse(kind, response.status_code, "the body is not a JSON object")
        return Answer(response.status_code, body or {})


def _detail(response: httpx.Response) -> str:
    """The `detail` of a SCIM error, or what else the server said, shortened."""
    detail = (_json_object(response) or {}).get("detail")
    return detail if isinstance(detail, str) else response.text[:200] or response.reason_phrase


def _json_object(response: httpx.Response) -> Json | None:
    try:
        body = response.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None
