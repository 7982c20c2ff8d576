"""What the OpenAPI document does not allow, told in words: the field and its problem, each once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from provisioning import email_addresses
from provisioning.naming import NAME_PATTERN

_NO_OBJECT = {"model_attributes_type", "model_type", "dict_type"}
_IN_WORDS = {
    VISIBLE: "must have something to be seen, and no NUL",
    NO_NUL: "must not contain NUL",
    ADDRESS: "must be an e-mail address",
    email_addresses.PATTERN: email_addresses.WANTED,
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
Key = str | int
Path = tuple[Key, ...]
Form = tuple[Path, Key]
"""Where, and how it is called: a class, or the tag that tells forms apart."""


@dataclass(frozen=True, slots=True)
class _Problem:
    """`forms`: of several that a body or a part of it may have, the ones it was compared with."""

    field: str
    problem: str
    forms: tuple[Form, ...]
    is_unknown: bool
    """Nothing of this name is expected."""


def refusal(error: RequestValidationError) -> ApiError:
    """Of a path: there is nothing at such a place."""
    found = error.errors()
    places = {str(one["loc"][0]) for one in found}
    if "path" in places:
        return ApiError(404, "not_found", "there is nothing at this path")
    problems = _of_the_nearest_form([_problem(one, error.body) for one in found])
    # Of two forms that a body may have, both may say the same.
    said = dict.fromkeys((one.field, one.problem) for one in problems)
    details = [{"field": field, "problem": problem} for field, problem in said]
    if "query" in places:
        return _refused("invalid_query_string", "the query string", details)
    if "header" in places:
        return _refused("invalid_header", "a header", details)
    return _refused("invalid_body", "the body", details)


def _of_the_nearest_form(problems: Sequence[_Problem]) -> list[_Problem]:
    """Without those forms of which more is unknown than of another one at the same place."""
    unknown = Counter(form for one in problems for form in one.forms if one.is_unknown)
    fewest: dict[Path, int] = {}
    for one in problems:
        for form in one.forms:
            fewest[form[0]] = min(unknown[form], fewest.get(form[0], unknown[form]))
    return [one for one in problems if all(unknown[form] == fewest[form[0]] for form in one.forms)]


def _refused(code: str, what: str, details: Sequence[Mapping[str, str]]) -> ApiError:
    told = [": ".join(filter(None, one.values())) for one in details[:_TOLD]]
    more = f"; and {len(details) - _TOLD} more" if len(details) > _TOLD else ""
    return ApiError(400, code, f"{what} is refused: {'; '.join(told)}{more}", details)


def _problem(found: Found, sent: Any) -> _Problem:
    path, forms = _place(found, sent) if found["loc"][0] == "body" else (found["loc"][1:], ())
    return _Problem(
        field=".".join(map(str, path)),
        problem=_in_words(found, is_whole_body=found["loc"][0] == "body" and not path),
        forms=forms,
        is_unknown=found["type"] == "extra_forbidden",
    )


def _place(found: Found, sent: Any) -> tuple[Path, tuple[Form, ...]]:
    """
    What the client has named, or should have, and the forms. Those are in the path as well, by
    names that no client knows of: they are no keys of what was sent.
    """
    path: Path = ()
    forms: tuple[Form, ...] = ()
    *inner, last = found["loc"][1:] or [None]
    for key in inner:
        if _has(sent, key):
            path, sent = (*path, key), sent[key]
        else:
            forms = (*forms, (path, key))
    if _has(sent, last) or (found["type"] == "missing" and last is not None):
        return (*path, last), forms
    return path, forms if last is None else (*forms, (path, last))


def _has(sent: Any, key: Any) -> bool:
    return (isinstance(sent, dict) and key in sent) or (
        isinstance(sent, list) and isinstance(key, int)
    )


def _in_words(found: Found, *, is_whole_body: bool) -> str:
    return (is_whole_body and _of_whole_body(found)) or _of_value(found)


def _of_whole_body(found: Found) -> str | None:
    if found["type"] == "missing":
        return "a JSON object is needed"
    if found["type"] in _NO_OBJECT:
        # Bytes are what the framework has not even tried to read.
        typed = isinstance(found["input"], bytes)
        return "Content-Type must be application/json" if typed else "must be a JSON object"
    return None


def _of_value(found: Found) -> str:
    more = found.get("ctx", {})
    match found["type"]:
        case "string_pattern_mismatch" if more["pattern"] in _IN_WORDS:
            return _IN_WORDS[more["pattern"]]
        case "string_too_short" if more["min_length"] == 1:
            return "must not be empty"
        case "json_invalid":
            return f"is no JSON: {more['error']}"
        case "value_error":
            return str(more["error"])
        case _:
            return str(found["msg"])
