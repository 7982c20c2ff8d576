"""
Stored resources as answers: the document as the client wrote it, with what is computed spliced in.

A page of 100 costs no work per attribute: the text is never parsed, unless a projection asks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from provisioning.documents import Document
from provisioning.ids import DIRECTORY_GROUP
from provisioning.store.resources import References, Resource
from scim_api.messages import Response
from scim_api.protocol.errors import TooMany
from scim_api.protocol.messages import LIST_RESPONSE_URN
from scim_api.protocol.projection import Projection
from scim_api.protocol.schema import GROUP, ResourceType
from scim_api.protocol.search_document import search_document

MAX_DOCUMENT_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Page:
    """
    Of `total` that match. `start_index` is for who pages by it; `next_cursor` is None on the last
    page (RFC 9865 §2).
    """

    resources: Sequence[Resource]
    total: int
    start_index: int | None
    next_cursor: str | None = None


def document(resource_type: ResourceType, tree: dict[str, Any]) -> Document:
    """
    A canonical tree with the texts that are stored of it. Raises `TooMany` when it is larger than
    any person is: a drain reads a thousand of them at once.
    """
    text = orjson.dumps(tree)
    if len(text) > MAX_DOCUMENT_BYTES:
        raise TooMany(f"the {resource_type.name} is larger than {MAX_DOCUMENT_BYTES} bytes")
    search = orjson.dumps(search_document(resource_type, tree))
    return Document(tree, text.decode(), search.decode())


def resource(
    resource_type: ResourceType,
    stored: Resource,
    base_url: str,
    projection: Projection | None,
) -> bytes:
    """One resource as JSON."""
    tail = _tail(resource_type, stored, base_url)
    rendered = _text(resource_type, stored, base_url, tail).encode()
    return rendered if projection is None else _projected(rendered, projection)


def _text(resource_type: ResourceType, stored: Resource, base_url: str, tail: str) -> str:
    return (
        f'{{"id":"{stored.id}","meta":{{"resourceType":"{resource_type.name}",'
        f'"created":"{stored.created_at}","lastModified":"{stored.updated_at}",'
        f'"location":"{base_url}{resource_type.endpoint}/{stored.id}",'
        f'"version":"W/\\"{stored.version}{tail}{stored.text[1:]}'
    )


def _tail(resource_type: ResourceType, stored: Resource, base_url: str) -> str:
    """What stands between the number of the version and the document."""
    references = _references(resource_type, stored.references, base_url)
    return f'{stored.tag_of_groups}\\""}},{references}'


def answer(
    status: int,
    resource_type: ResourceType,
    stored: Resource,
    base_url: str,
    projection: Projection | None,
    *,
    changed: bool = False,
) -> Response:
    """One resource with its Location and ETag."""
    location = f"{base_url}{resource_type.endpoint}/{stored.id}".encode()
    return Response(
        status,
        resource(resource_type, stored, base_url, projection),
        (
            (b"location", location),
            (b"content-location", location),
            etag(stored),
        ),
        changed=changed,
        told=stored,
    )


def etag(stored: Resource) -> tuple[bytes, bytes]:
    """Weak, as `meta.version` is (RFC 7644 §3.14)."""
    return b"etag", f'W/"{stored.tag}"'.encode()


def page(
    resource_type: ResourceType,
    found: Page,
    base_url: str,
    projection: Projection | None,
    *,
    told: Resource | None = None,
) -> Response:
    """A ListResponse, with `Resources` also where there are none."""
    start = "" if found.start_index is None else f'"startIndex":{found.start_index},'
    cursor = "" if found.next_cursor is None else f'"nextCursor":"{found.next_cursor}",'
    head = (
        f'{{"schemas":["{LIST_RESPONSE_URN}"],"totalResults":{found.total},'
        f'{start}"itemsPerPage":{len(found.resources)},{cursor}"Resources":['
    )
    # The people of a page are in the same few groups.
    one_of_each = {stored.references: stored for stored in found.resources}
    tails = {
        references: _tail(resource_type, stored, base_url)
        for references, stored in one_of_each.items()
    }
    # Each by itself: a name in Greek makes a long text of wide characters of whatever it is in.
    rendered = [
        _text(resource_type, stored, base_url, tails[stored.references]).encode()
        for stored in found.resources
    ]
    if projection is not None:
        rendered = [_projected(one, projection) for one in rendered]
    return Response(200, b"%b%b]}" % (head.encode(), b",".join(rendered)), told=told)


def _projected(rendered: bytes, projection: Projection) -> bytes:
    return orjson.dumps(projection.apply(orjson.loads(rendered)))


def _references(resource_type: ResourceType, references: References, base_url: str) -> str:
    """`members` or `groups` with the comma behind it; nothing when there are none."""
    if not references:
        return ""
    if resource_type is GROUP:
        # No `display`: RFC 7643 §8.7.1 knows none, and scim2-tester takes a member that comes
        # back with more than was sent for a changed one.
        members = [
            f'{{"value":"{one}","$ref":"{base_url}/{kind}s/{one}","type":"{kind}"}}'
            for (one,) in references
            for kind in ("Group" if one.startswith(DIRECTORY_GROUP) else "User",)
        ]
        return f'"members":[{",".join(members)}],'
    groups = [_group_reference(base_url, group_id, display) for group_id, display in references]
    return f'"groups":[{",".join(groups)}],'


@lru_cache(4096)
def _group_reference(base_url: str, group_id: str, display: str) -> str:
    """The people of a page are in the same few groups."""
    return orjson.dumps(
        {
            "value": group_id,
            "$ref": f"{base_url}/Groups/{group_id}",
            "type": "direct",
            "display": display,
        }
    ).decode()
