"""What a client can learn of us: ServiceProviderConfig, ResourceTypes, Schemas (RFC 7644 §4)."""

from typing import Any

from scim_api.protocol.schema import RESOURCE_TYPES, ResourceType, Schema

DEFAULT_PAGE_SIZE = 100
MAX_PAGE_SIZE = 200

_CONFIG_URN = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
_RESOURCE_TYPE_URN = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"


def service_provider_config(base_url: str) -> dict[str, Any]:
    """RFC 7643 §5, with the `pagination` of RFC 9865 §4. `base_url` ends without a slash."""
    return {
        "schemas": [_CONFIG_URN],
        "patch": {"supported": True},
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": MAX_PAGE_SIZE},
        "changePassword": {"supported": False},
        "sort": {"supported": False},
        "etag": {"supported": True},
        "pagination": {
            "cursor": True,
            "index": True,
            "defaultPaginationMethod": "index",
            "defaultPageSize": DEFAULT_PAGE_SIZE,
            "maxPageSize": MAX_PAGE_SIZE,
        },
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "OAuth Bearer Token",
                "description": "The token of the directory, in the Authorization header.",
                "specUri": "https://www.rfc-editor.org/info/rfc6750",
                "primary": True,
            }
        ],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": f"{base_url}/ServiceProviderConfig",
        },
    }


def resource_types(base_url: str) -> list[dict[str, Any]]:
    """All of /ResourceTypes (RFC 7643 §6)."""
    return [_resource_type(one, base_url) for one in RESOURCE_TYPES]


def resource_type(base_url: str, name: str) -> dict[str, Any] | None:
    """The one of that name (`User`); None where there is none."""
    return next((_resource_type(t, base_url) for t in RESOURCE_TYPES if t.name == name), None)


def schemas(base_url: str) -> list[dict[str, Any]]:
    """All of /Schemas (RFC 7643 §7)."""
    return [_schema(one, base_url) for one in _all_schemas()]


def schema(base_url: str, urn: str) -> dict[str, Any] | None:
    """The one of that URN in any case; None where there is none."""
    lowered = urn.lower()
    return next((_schema(s, base_url) for s in _all_schemas() if s.id.lower() == lowered), None)


def _all_schemas() -> list[Schema]:
    return [schema for one in RESOURCE_TYPES for schema in (one.core, *one.extensions)]


def _resource_type(one: ResourceType, base_url: str) -> dict[str, Any]:
    return {
        "schemas": [_RESOURCE_TYPE_URN],
        "id": one.name,
        "name": one.name,
        "endpoint": one.endpoint,
        "description": one.description,
        "schema": one.core.id,
        "schemaExtensions": [{"schema": e.id, "required": False} for e in one.extensions],
        "meta": {
            "resourceType": "ResourceType",
            "location": f"{base_url}/ResourceTypes/{one.name}",
        },
    }


def _schema(one: Schema, base_url: str) -> dict[str, Any]:
    location = f"{base_url}/Schemas/{one.id}"
    return {**one.document, "meta": {"resourceType": "Schema", "location": location}}
