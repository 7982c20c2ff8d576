"""
Stored resources as answers: the document as the client wrote it, with what is computed spliced in.

A page of 100 costs no work per attribute: the text is never parsed, unless a projection asks.
"""

from collections.abc import Sequence
from typing import Any

import orjson

from provisioning.clock import rfc3339
from provisioning.documents import Document
from provisioning.ids import DIRECTORY_GROUP
from provisioning.store.resources import Page, Resource
from scim_api.messages import Response
from scim_api.protocol.errors import TooMany
from scim_api.protocol.messages import LIST_RESPONSE_URN
from scim_api.protocol.projection import Projection
from scim_api.protocol.schema import GROUP, ResourceType
from scim_api.protocol.search_document import search_document

MAX_DOCUMENT_BYTES = 256 * 1024


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
    location = f"{base_url}{resource_type.endpoint}/{stored.id}"
    text = (
        f'{{"id":"{stored.id}","meta":{{"resourceType":"{resource_type.name}",'
        f'"created":"{rfc3339(stored.created_at)}","lastModified":"{rfc3339(stored.updated_at)}",'
        f'"location":"{location}","version":"W/\\"{stored.tag}\\""}},'
    )
    if stored.references:
        references = orjson.dumps(_references(resource_type, stored, base_url)).decode()
        name = "members" if resource_type is GROUP else "groups"
        text = f'{text}"{name}":{references},'
    rendered = (text + stored.text[1:]).encode()
    return rendered if projection is None else _projected(rendered, projection)


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
    )


def etag(stored: Resource) -> tuple[bytes, bytes]:
    """Weak, as `meta.version` is (RFC 7644 §3.14)."""
    return b"etag", f'W/"{stored.tag}"'.encode()


def page(
    resource_type: ResourceType,
    found: Page,
    start_index: int,
    base_url: str,
    projection: Projection | None,
) -> Response:
    """A ListResponse, always with all five keys."""
    resources = b",".join(
        resource(resource_type, stored, base_url, projection) for stored in found.resources
    )
    head = (
        f'{{"schemas":["{LIST_RESPONSE_URN}"],"totalResults":{found.total},'
        f'"startIndex":{start_index},"itemsPerPage":{len(found.resources)},"Resources":['
    )
    return Response(200, head.encode() + resources + b"]}")


def _projected(rendered: bytes, projection: Projection) -> bytes:
    return orjson.dumps(projection.apply(orjson.loads(rendered)))


def _references(
    resource_type: ResourceType, stored: Resource, base_url: str
) -> Sequence[dict[str, str]]:
    if resource_type is GROUP:
        # No `display`: RFC 7643 §8.7.1 knows none, and scim2-tester takes a member that comes
        # back with more than was sent for a changed one.
        return [
            {
                "value": member_id,
                "$ref": f"{base_url}/{kind}s/{member_id}",
                "type": kind,
            }
            for (member_id,) in stored.references
            for kind in ("Group" if member_id.startswith(DIRECTORY_GROUP) else "User",)
        ]
    return [
        {
            "value": group_id,
            "$ref": f"{base_url}/Groups/{group_id}",
            "type": "direct",
            "display": display,
        }
        for group_id, display in stored.references
    ]
