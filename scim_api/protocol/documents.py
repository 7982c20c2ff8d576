"""Bodies of POST and PUT, to documents as we keep and return them."""

from collections.abc import Mapping
from typing import Any

from scim_api.protocol import paths, values
from scim_api.protocol.edits import Document, write_all
from scim_api.protocol.errors import InvalidValue
from scim_api.protocol.members import member_ids
from scim_api.protocol.schema import GROUP, ResourceType


def normalize(resource_type: ResourceType, body: Mapping[str, Any]) -> Document:
    """
    The canonical document of a resource: what the client may write, in the schema's names.

    It holds neither `id`, `meta` nor `groups`, and nothing unassigned. What clients really send is
    understood: other case, dotted keys, keys with a URN, text for booleans, a value for a list and
    a list for a value.

    Raises:
        InvalidValue: a required attribute is missing, or a value does not fit its attribute.
    """
    document: Document = {"schemas": []}
    write_all(resource_type, document, body)
    settle(resource_type, document)
    return document


def normalize_group(body: Mapping[str, Any]) -> tuple[Document, tuple[str, ...]]:
    """
    The canonical document of a Group, and the ids of its members: they are rows, not document.

    Raises:
        InvalidValue: see `normalize`.
    """
    members = [raw for key, raw in body.items() if is_members(key)]
    rest = {key: raw for key, raw in body.items() if not is_members(key)}
    return normalize(GROUP, rest), member_ids(members[-1]) if members else ()


def is_members(key: str) -> bool:
    """Whether a key in the body of a Group means the members."""
    path = paths.find(GROUP, key)
    return path is not None and path.attribute is GROUP.attributes["members"]


def settle(resource_type: ResourceType, document: Document) -> None:
    """
    Makes `document` whole after edits: drops what nobody could read, and computes `schemas`.

    Raises:
        InvalidValue: a required attribute is missing or blank.
    """
    for name, value in list(document.items()):
        if isinstance(value, list) and name != "schemas":
            # A list entry without a value broke a server's every GET (gravitee-io #8521).
            document[name] = [element for element in value if values.is_readable(element)]
            if not document[name]:
                del document[name]
    for attribute in resource_type.required:
        if not document.get(attribute.name, "").strip():
            raise InvalidValue(attribute.path, "is required")
    document["schemas"] = [
        resource_type.core.id,
        *(schema.id for schema in resource_type.extensions if schema.id in document),
    ]
