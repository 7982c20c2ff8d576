"""Which function answers which request."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from provisioning.quoting import quoted
from scim_api import groups, listings, lookups, users
from scim_api.kinds import GROUPS, USERS, Kind
from scim_api.messages import Request, Response, json_response
from scim_api.protocol import discovery
from scim_api.protocol.errors import ScimError
from scim_api.protocol.messages import list_response
from scim_api.sharing import Shared

Alone = Callable[[Request], Response]
Handler = Alone | Shared
Methods = Mapping[str, Handler]

MAX_PATH_CHARACTERS = 512
_DIRECTORY_ID = re.compile(r"dir_[0-9a-f]{32}")
# Of the protocol (RFC 7644 §3.2, §3.11), and not offered.
_NOT_OFFERED = frozenset({"me", "bulk", ".search"})


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
        """
        Deeper and longer paths are no place of ours, and neither is a text that no database
        keeps. What is no id of a directory is not kept, either: logs would repeat it. Behind a
        base URL that was pasted with its slash a client asks for `//Users`.
        """
        directory_id, *rest = [part for part in path.split("/") if part] or [""]
        if not _DIRECTORY_ID.fullmatch(directory_id):
            return cls("", "", None)
        if len(rest) not in {1, 2} or len(path) > MAX_PATH_CHARACTERS or "\0" in path:
            return cls(directory_id, "", None)
        return cls(directory_id, rest[0].lower(), rest[1] if len(rest) > 1 else None)

    @property
    def route(self) -> str:
        """A name for logs and metrics, of which there are few."""
        name = self.collection if self.collection in _KNOWN else "other"
        return name if self.resource_id is None else f"{name}/id"


def find(method: str, place: Place, query: Mapping[str, str]) -> Handler:
    """Raises ScimError 404, 405, or 501 for what the protocol knows and we do not offer."""
    # RFC 7644 §3.4.3: `.search` stands behind a collection, too.
    name = ".search" if place.resource_id == ".search" else place.collection
    if name in _NOT_OFFERED:
        raise ScimError(501, None, f"{name} is not implemented")
    methods = _methods(place)
    if not methods:
        raise ScimError(404, None, "there is no such endpoint")
    handler = methods.get(method)
    if handler is None:
        raise ScimError(405, None, f"{method} is not allowed here")
    if method == "GET" and place.resource_id is None:
        kind, look_up = _LOOKUPS[place.collection]
        return look_up if lookups.is_lookup(kind, query) else handler
    return handler


def allowed(place: Place) -> Sequence[str]:
    """The methods of a place, as a 405 has to name them (RFC 9110 §15.5.6)."""
    methods = ["GET"] if place.collection in DISCOVERY else [*_methods(place)]
    return ["HEAD", *methods]


def _methods(place: Place) -> Methods:
    table = _COLLECTIONS if place.resource_id is None else _RESOURCES
    return table.get(place.collection, {})


_COLLECTIONS: Mapping[str, Methods] = {
    "users": {"GET": partial(listings.search, USERS), "POST": Shared(users.create)},
    "groups": {"GET": partial(listings.search, GROUPS), "POST": groups.create},
}
_RESOURCES: Mapping[str, Methods] = {
    "users": {
        "GET": Shared(partial(lookups.read, USERS)),
        "PUT": Shared(users.replace),
        "PATCH": Shared(users.modify),
        "DELETE": users.delete,
    },
    "groups": {
        "GET": Shared(partial(lookups.read, GROUPS), groups.may_be_large),
        "PUT": groups.replace,
        "PATCH": Shared(groups.modify, groups.may_take_long),
        "DELETE": groups.delete,
    },
}
_LOOKUPS: Mapping[str, tuple[Kind, Handler]] = {
    "users": (USERS, Shared(partial(lookups.look_up, USERS))),
    "groups": (GROUPS, Shared(partial(lookups.look_up, GROUPS), groups.may_be_large)),
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
        raise ScimError(404, None, f"{quoted(resource_id)} is not described here")
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

_KNOWN = frozenset({*_COLLECTIONS, *DISCOVERY, *_NOT_OFFERED})
