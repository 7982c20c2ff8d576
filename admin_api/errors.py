"""Every failure is `{"error": {"code", "message", "details", "request_id"}}`, by one table."""

from collections.abc import Mapping, Sequence

import orjson
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
