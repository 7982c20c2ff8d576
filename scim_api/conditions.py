"""What a request says beside its body: preconditions, paging, the part of the answer it wants."""

import re
from dataclasses import dataclass

from provisioning.store.resources import Resource, Start
from scim_api.messages import Request
from scim_api.protocol.discovery import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from scim_api.protocol.errors import InvalidCount, InvalidCursor, InvalidValue, ScimError
from scim_api.protocol.projection import Projection
from scim_api.protocol.schema import ResourceType

_ID = re.compile(r"([a-z]+)_[0-9a-f]{32}")
_VERSION = re.compile(r'(?:W/)?"?((\d{1,9})(?:-[0-9a-f]{8})?)"?')


@dataclass(frozen=True, slots=True)
class Paging:
    """
    `start_index` counts from 1 (RFC 7644 §3.4.2.4). For who pages by cursors (RFC 9865) it is None;
    `after` is the id behind which the page begins, empty where the first one does.
    """

    start_index: int | None
    count: int
    after: str = ""

    @property
    def in_front(self) -> int | None:
        """How many are in front of the page; behind a cursor nobody knows."""
        if self.start_index is None:
            return None if self.after else 0
        return self.start_index - 1

    @property
    def start(self) -> Start:
        """Where the page begins."""
        return self.after if self.in_front is None else self.in_front

    def shows_alone(self, resource_id: str) -> bool:
        """Whether the page shows this resource, if it is the only one of the listing."""
        return self.count > 0 and not self.in_front and resource_id > self.after


def paging(request: Request, prefix: str) -> Paging:
    """
    "A value less than 1 SHALL be interpreted as 1", and a negative count as 0 (RFC 7644
    §3.4.2.4). More than a page's limit is the limit. Raises `InvalidValue` for what is no integer.

    Cursors are ids with this `prefix`; one of another directory's is but a moment, behind which the
    page begins. Raises `InvalidCursor` and `InvalidCount` (RFC 9865 §2.1).
    """
    cursor = request.query.get("cursor")
    if cursor is None:
        start_index = max(_integer(request, "startIndex", 1), 1)
        count = max(_integer(request, "count", DEFAULT_PAGE_SIZE), 0)
        return Paging(start_index, min(count, MAX_PAGE_SIZE))
    is_id = _ID.fullmatch(cursor)
    if cursor and (is_id is None or is_id[1] != prefix):
        raise InvalidCursor("cursor: must be empty, or the nextCursor of the page before")
    try:
        count = _integer(request, "count", DEFAULT_PAGE_SIZE)
    except InvalidValue as error:
        raise InvalidCount(error.detail) from error
    if count < 1:
        raise InvalidCount("count: with a cursor must be 1 or more")
    return Paging(None, min(count, MAX_PAGE_SIZE), cursor)


def projection(request: Request, resource_type: ResourceType) -> Projection | None:
    """None: everything that is returned by default."""
    attributes = request.query.get("attributes")
    excluded = request.query.get("excludedAttributes")
    if attributes is None and excluded is None:
        return None
    return Projection.parse(resource_type, attributes, excluded)


def if_version(request: Request) -> frozenset[int] | None:
    """
    The versions of which If-Match asks for one (RFC 7644 §3.14, RFC 9110 §13.1.1); None: any.
    Raises `ScimError` 412 when none of them can be ours.
    """
    text = request.header(b"if-match")
    if text is None or text.strip() == "*":
        return None
    named = [match for match in _named(text) if match is not None]
    if not named:
        raise ScimError(412, None, "If-Match names no version of ours")
    return frozenset(int(match[2]) for match in named)


def is_unmodified(request: Request, stored: Resource) -> bool:
    """Whether If-None-Match names the present version (RFC 9110 §13.1.2): 304 is the answer."""
    text = request.header(b"if-none-match")
    if text is None:
        return False
    if text.strip() == "*":
        return True
    return any(match is not None and match[1] == stored.tag for match in _named(text))


def _named(text: str) -> list[re.Match[str] | None]:
    """The entity tags of a list; None in place of one that is not of our making."""
    return [_VERSION.fullmatch(one.strip()) for one in text.split(",")]


def wants_minimal(request: Request) -> bool:
    """`Prefer: return=minimal` (RFC 7240 §4.2)."""
    return "return=minimal" in (request.header(b"prefer") or "").replace(" ", "").lower()


def _integer(request: Request, name: str, default: int) -> int:
    text = request.query.get(name)
    if text is None or not text.strip():
        return default
    try:
        # More digits than this would overflow the database's integer, and be past any end.
        return max(min(int(text), 2**31 - 1), -1)
    except ValueError as error:
        raise InvalidValue(name, "must be an integer") from error
