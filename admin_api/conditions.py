"""ETag, If-Match and If-None-Match (RFC 9110 §13.1), for things that carry a version."""

import re

from pydantic import BaseModel
from starlette.responses import Response

from admin_api.caller import Asked, answer
from admin_api.errors import ApiError

_VERSION = re.compile(r'(?:W/)?"(\d{1,9})"')


def etag(version: int) -> dict[str, str]:
    """As a header."""
    return {"ETag": f'W/"{version}"'}


def if_version(asked: Asked) -> frozenset[int] | None:
    """
    The versions of which If-Match asks for one; None: any. Raises `ApiError` 412 when none of them
    can be ours.
    """
    if asked.if_match is None or asked.if_match.strip() == "*":
        return None
    matches = [_VERSION.fullmatch(one.strip()) for one in asked.if_match.split(",")]
    named = frozenset(int(match[1]) for match in matches if match is not None)
    if not named:
        raise ApiError(412, "precondition_failed", "If-Match names no version of ours")
    return named


def answered(asked: Asked, body: BaseModel, version: int) -> Response:
    """To a GET: 304 for who has this version already."""
    if _is_unmodified(asked, version):
        return Response(status_code=304, headers=etag(version))
    return answer(200, body, etag(version))


def _is_unmodified(asked: Asked, version: int) -> bool:
    if asked.if_none_match is None:
        return False
    return asked.if_none_match.strip() == "*" or str(version) in _VERSION.findall(
        asked.if_none_match
    )
