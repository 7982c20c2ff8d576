"""Which function answers which request."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from scim_api import groups, lookups, users
from scim_api.messages import Request, Response, json_response
from scim_api.protocol import discovery
from scim_api.protocol.errors import ScimError
from scim_api.protocol.messages import list_response

Handler = Callable[[Request], Response]
Methods = Mapping[str, Handler]

_KNOWN = frozenset(
    {"users", "groups", "serviceproviderconfig", "resourcetypes", "schemas", "me", "bulk", ".search"}
)


@dataclass(frozen=True, slots=True)
class Place:
    """
    `<directory_id>/<collection>[/<resource_id>]`; the collection lower-cased, since Okta's test
    plan asks for `/users`. `resource_id` is None for the collection itself.
    """

    directory_id: str
    collection: str
    resource_id: str | None

    @classmethod
    def of(cls, path: str) -> "Place":
        """Deeper paths are no place of ours, and neither is a text that no database keeps."""
        parts = path.rstrip("/").split("/")
        if len(parts) not in {2, 3} or "\0" in path:
            return cls(parts[0] if "\0" not in parts[0] else "", "", None)
        return cls(parts[0], parts[1].lower(), parts[2] if len(parts) == 3 else None)  # noqa: PLR2004

    @property
    def route(self) -> str:
        """A name for logs and metrics, of which there are few."""
        name = self.collection if self.collection in _KNOWN else "other"
        return name if self.resource_id is None else f"{name}/id"


def find(method: str, place: Place) -> Handler:
    """Raises ScimError 404, 405, or 501 for what the protocol knows and we do not offer."""
    if place.collection in {"me", "bulk", ".search"}:
        raise ScimError(501, None, f"{place.collection} is not implemented")
    methods = (_COLLECTIONS if place.resource_id is None else _RESOURCES).get(place.collection)
    if methods is None:
        raise ScimError(404, None, "there is no such endpoint")
    handler = methods.get(method)
    if handler is None:
        raise ScimError(405, None, f"{method} is not allowed here")
    return handler


_COLLECTIONS: Mapping[str, Methods] = {
    "users": {"GET": partial(lookups.search, lookups.USERS), "POST": users.create},
    "groups": {"GET": partial(lookups.search, lookups.GROUPS), "POST": groups.create},
}
_RESOURCES: Mapping[str, Methods] = {
    "users": {
        "GET": partial(lookups.read, lookups.USERS),
        "PUT": users.replace,
        "PATCH": users.modify,
        "DELETE": users.delete,
    },
    "groups": {
        "GET": partial(lookups.read, lookups.GROUPS),
        "PUT": groups.replace,
        "PATCH": groups.modify,
        "DELETE": groups.delete,
    },
}


def _describe(
    every: Callable[[str], Sequence[dict[str, Any]]],
    one: Callable[[str, str], dict[str, Any] | None],
    method: str,
    base_url: str,
    resource_id: str | None,
) -> Response:
    _only_get(method)
    if resource_id is None:
        found = every(base_url)
        return json_response(200, list_response(found, len(found)))
    description = one(base_url, resource_id)
    if description is None:
        raise ScimError(404, None, f"{resource_id!r} is not described here")
    return json_response(200, description)


def _config(method: str, base_url: str, resource_id: str | None) -> Response:
    _only_get(method)
    if resource_id is not None:
        raise ScimError(404, None, "there is no such endpoint")
    return json_response(200, discovery.service_provider_config(base_url))


def _only_get(method: str) -> None:
    if method != "GET":
        raise ScimError(405, None, f"{method} is not allowed here")


DISCOVERY: Mapping[str, Callable[[str, str, str | None], Response]] = {
    "serviceproviderconfig": _config,
    "resourcetypes": partial(_describe, discovery.resource_types, discovery.resource_type),
    "schemas": partial(_describe, discovery.schemas, discovery.schema),
}
"""Open to whoever brings no token: RFC 7644 §4 recommends it, and they tell nothing of a tenant."""
