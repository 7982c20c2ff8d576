"""The document that filters read: lower-cased names, and text folded where case does not count."""

from collections.abc import Mapping
from typing import Any

from provisioning.documents import COLUMNS
from provisioning.folding import fold
from scim_api.protocol.schema import Attribute, ResourceType


def search_document(resource_type: ResourceType, document: Mapping[str, Any]) -> dict[str, Any]:
    """
    The same tree as `document` (canonical, see `documents`), made to be compared.

    URNs are lower-cased as names are; `schemas` is there too, folded. What filters read from a
    column is left out.
    """
    attributes = resource_type.attributes
    extensions = resource_type.extensions_by_urn
    columns = COLUMNS[resource_type.name]
    searchable: dict[str, Any] = {}
    for name, value in document.items():
        key = name.lower()
        if key in columns:
            continue
        extension = extensions.get(key)
        if extension is None:
            searchable[key] = _folded(attributes[key], value)
        else:
            searchable[key] = _folded_all(extension.attributes, value)
    return searchable


def _folded_all(attributes: Mapping[str, Attribute], values: Mapping[str, Any]) -> dict[str, Any]:
    searchable = {}
    for name, value in values.items():
        key = name.lower()
        searchable[key] = _folded(attributes[key], value)
    return searchable


def _folded(attribute: Attribute, value: Any) -> Any:
    if isinstance(value, str):
        return value if attribute.case_exact else fold(value)
    if isinstance(value, dict):
        return _folded_all(attribute.sub_attributes, value)
    if isinstance(value, list):
        return [_folded(attribute, element) for element in value]
    return value
