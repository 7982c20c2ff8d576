"""
What can go wrong.

ProvisioningError
├── Unreachable              no answer, after every attempt
├── UnexpectedAnswer         an answer that is none of this API's
└── Refused                  an answer that says no: `status`, `code`, `message`, `details`
    ├── Invalid              400; `details` name each field
    ├── Unauthorized         401
    ├── Forbidden            403
    │   └── InsufficientScope    `scopes` that the key lacks
    ├── NotFound             404
    ├── Conflict             409; `code` says which
    ├── PreconditionFailed   412; somebody else was faster
    ├── RateLimited          429; `retry_after` in seconds
    └── ServerFailure        5xx
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx


class ProvisioningError(Exception):
    """Whatever this client raises."""


class Unreachable(ProvisioningError):
    """The last attempt ended without an answer; its cause is the transport's error."""


class UnexpectedAnswer(ProvisioningError):
    """A proxy's page, or a server of another kind."""


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that was wrong; `field` with dots."""

    field: str
    problem: str


class Refused(ProvisioningError):
    """`request_id` is what the server's log and its audit trail know the request by."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        details: tuple[Detail, ...] = (),
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.request_id = request_id
        self.retry_after = retry_after

    def __str__(self) -> str:
        request = f" [request {self.request_id}]" if self.request_id else ""
        return f"{self.status} {self.code}: {self.message}{request}"


class Invalid(Refused):
    """What was sent is not what the API takes."""


class Unauthorized(Refused):
    """The API key is unknown, expired or revoked."""


class Forbidden(Refused):
    """Not with this API key."""


class InsufficientScope(Forbidden):
    """The API key lacks a scope."""

    @property
    def scopes(self) -> tuple[str, ...]:
        return tuple(detail.problem for detail in self.details)


class NotFound(Refused):
    """There is no such thing, or it is another organization's."""


class Conflict(Refused):
    """Refused because of what there is already."""


class PreconditionFailed(Refused):
    """It is not the version any more that `if_match` names."""


class RateLimited(Refused):
    """The API key has asked too often."""


class ServerFailure(Refused):
    """The server's to mend."""


_BY_CODE: Mapping[str, type[Refused]] = {"insufficient_scope": InsufficientScope}
_BY_STATUS: Mapping[int, type[Refused]] = {
    400: Invalid,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    412: PreconditionFailed,
    429: RateLimited,
}


def refusal(answer: httpx.Response) -> Refused:
    """The error for an answer that is no success; a proxy's has the code `unknown`."""
    error = _error_of(answer)
    status = answer.status_code
    code = str(error.get("code", "unknown"))
    fallback = ServerFailure if answer.is_server_error else Refused
    kind = _BY_CODE.get(code) or _BY_STATUS.get(status, fallback)
    return kind(
        status,
        code,
        str(error.get("message", answer.reason_phrase)),
        details=tuple(Detail(one["field"], one["problem"]) for one in error.get("details", ())),
        request_id=error.get("request_id") or answer.headers.get("x-request-id"),
        retry_after=retry_after(answer),
    )


def retry_after(answer: httpx.Response) -> float | None:
    """Seconds; the other form of the header (RFC 9110 §10.2.3), a date, this server never sends."""
    said = answer.headers.get("retry-after", "")
    return float(said) if said.isdecimal() else None


def _error_of(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        found = answer.json()["error"]
    except (ValueError, KeyError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}
