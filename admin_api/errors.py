"""Every failure is `{"error": {"code", "message", "details", "request_id"}}`, by one table."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.responses import Response

from provisioning import errors
from provisioning.errors import ProvisioningError


class ApiError(Exception):
    """An answer that is a refusal. `details` name what was wrong, one each."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.headers = dict(headers or {})


def response(error: ApiError, request_id: str) -> Response:
    """The envelope."""
    body = {
        "error": {
            "code": error.code,
            "message": error.message,
            "details": list(error.details),
            "request_id": request_id,
        }
    }
    return Response(orjson.dumps(body), error.status, error.headers, media_type="application/json")


_ANSWERS: Mapping[type[ProvisioningError], tuple[int, str, Mapping[str, str]]] = {
    errors.NotFound: (404, "not_found", {}),
    errors.Stale: (412, "precondition_failed", {}),
    errors.Collision: (409, "try_again", {"Retry-After": "1"}),
    errors.Unavailable: (503, "unavailable", {"Retry-After": "5"}),
}


def translate(error: ProvisioningError) -> ApiError:
    """The domain's refusals; what is not of this table is a defect of ours, and so a 500."""
    if isinstance(error, errors.Taken):
        detail = {"field": error.attribute, "problem": "is already in use"}
        code = f"{error.kind.lower().replace(' ', '_')}_conflict"
        return ApiError(409, code, str(error), [detail])
    if isinstance(error, errors.Invalid):
        detail = {"field": error.attribute, "problem": error.problem}
        return ApiError(400, "invalid_body", str(error), [detail])
    if isinstance(error, errors.Refused):
        return ApiError(409, error.code, str(error))
    if isinstance(error, errors.UnknownRole):
        return ApiError(404, "role_not_found", str(error))
    status, code, headers = _ANSWERS[type(error)]
    return ApiError(status, code, str(error), headers=headers)


_NAMED_BY_POSITION = {"json_invalid"}


def unreadable(error: RequestValidationError) -> ApiError:
    """
    A body, a query string or a path that is not what the OpenAPI document says. Of a path: there
    is nothing at such a place.
    """
    found = error.errors()
    places = {str(one["loc"][0]) for one in found}
    if "path" in places:
        return ApiError(404, "not_found", "there is nothing at this path")
    details = [_detail(one) for one in found]
    if "query" in places:
        return ApiError(400, "invalid_query_string", "the query string is refused", details)
    if "header" in places:
        return ApiError(400, "invalid_header", "a header is refused", details)
    return ApiError(400, "invalid_body", "the body is refused", details)


def _detail(found: Mapping[str, Any]) -> dict[str, str]:
    place = found["loc"][1:] if found["type"] not in _NAMED_BY_POSITION else ()
    return {"field": ".".join(str(part) for part in place), "problem": str(found["msg"])}
