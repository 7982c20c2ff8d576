"""ETag, If-Match and If-None-Match (RFC 9110 §13.1), for things that carry a version."""

import re

from admin_api.caller import Asked
from admin_api.errors import ApiError

_VERSION = re.compile(r'(?:W/)?"(\d{1,9})"')


def etag(version: int) -> dict[str, str]:
    """As a header."""
    return {"ETag": f'W/"{version}"'}


def if_version(asked: Asked) -> int | None:
    """The version that If-Match asks for; None: any. Raises `ApiError` 412 for no version."""
    if asked.if_match is None or asked.if_match.strip() == "*":
        return None
    match = _VERSION.fullmatch(asked.if_match.strip())
    if match is None:
        raise ApiError(412, "precondition_failed", "If-Match names no version of ours")
    return int(match[1])


def is_unmodified(asked: Asked, version: int) -> bool:
    """Whether If-None-Match names the present version: 304 is the answer."""
    if asked.if_none_match is None:
        return False
    return asked.if_none_match.strip() == "*" or str(version) in _VERSION.findall(
        asked.if_none_match
    )
