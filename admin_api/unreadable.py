"""What the OpenAPI document does not allow, told in words: the field and its problem, each once."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError

from admin_api.errors import ApiError
from admin_api.messages import ADDRESS, NO_NUL, VISIBLE
from admin_api.moments import MOMENT
from admin_api.organization_models import (
    COLOR,
    DOMAIN,
    LOGO_URL,
    REGION_CODE,
    ROLE_NAME,
    SLUG,
)
from admin_api.sign_in_models import URL_TEMPLATE
from provisioning.naming import NAME_PATTERN

_NAMED_BY_POSITION = {"json_invalid"}
_NO_OBJECT = {"model_attributes_type", "model_type", "dict_type"}
_IN_WORDS = {
    VISIBLE: "must have something to be seen",
    NO_NUL: "must not contain NUL",
    ADDRESS: "must be an e-mail address",
    URL_TEMPLATE: "must be a URL in which {{org_slug}} is the only placeholder",
    MOMENT: "must be a time with its zone, as 2026-05-03T12:00:00Z (RFC 3339)",
    NAME_PATTERN: "must be 1 to 50 of a-z, 0-9, _ and -",
    SLUG: "must be of a-z, 0-9 and -, in labels of at most 63 with a dot between, as DNS names are",
    DOMAIN: "must be a domain in lower case, as acme.example; an international one as xn--",
    LOGO_URL: "must be an https URL",
    COLOR: "must be a hexadecimal color, as #0a7f5c",
    ROLE_NAME: "must be of A-Z, a-z, 0-9, _ and -",
    REGION_CODE: "must be 2 to 20 of A-Z, 0-9 and -",
}
"""Patterns that say it to machines only."""
_TOLD = 5
"""Problems in the message; `details` have them all."""

Found = Mapping[str, Any]


def refusal(error: RequestValidationError) -> ApiError:
    """Of a path: there is nothing at such a place."""
    found = error.errors()
    places = {str(one["loc"][0]) for one in found}
    if "path" in places:
        return ApiError(404, "not_found", "there is nothing at this path")
    # Of two forms that a body may have, both may say the same.
    details = list({tuple(one.items()): one for one in map(_detail, found)}.values())
    if "query" in places:
        return _refused("invalid_query_string", "the query string", details)
    if "header" in places:
        return _refused("invalid_header", "a header", details)
    return _refused("invalid_body", "the body", details)


def _refused(code: str, what: str, details: Sequence[Mapping[str, str]]) -> ApiError:
    told = [": ".join(filter(None, one.values())) for one in details[:_TOLD]]
    more = f"; and {len(details) - _TOLD} more" if len(details) > _TOLD else ""
    return ApiError(400, code, f"{what} is refused: {'; '.join(told)}{more}", details)


def _detail(found: Found) -> dict[str, str]:
    return {"field": ".".join(map(str, _place(found))), "problem": _problem(found)}


def _place(found: Found) -> Sequence[str | int]:
    """Without the name of the form that the body was compared with: clients know of none."""
    if found["type"] in _NAMED_BY_POSITION:
        return ()
    place: Sequence[str | int] = found["loc"][1:]
    by_client = found["type"] == "extra_forbidden" and len(place) == 1
    # Forms are named as classes, fields in lower case.
    if found["loc"][0] == "body" and place and str(place[0])[:1].isupper() and not by_client:
        return place[1:]
    return place


def _problem(found: Found) -> str:
    if found["type"] == "string_pattern_mismatch":
        return _IN_WORDS.get(found["ctx"]["pattern"]) or str(found["msg"])
    if found["type"] == "json_invalid":
        return f"is no JSON: {found['ctx']['error']}"
    if found["loc"][0] == "body" and not _place(found):
        if found["type"] == "missing":
            return "a JSON object is needed"
        if found["type"] in _NO_OBJECT:
            # Bytes are what the framework has not even tried to read.
            typed = isinstance(found["input"], bytes)
            return "Content-Type must be application/json" if typed else "must be a JSON object"
    return str(found["msg"])
