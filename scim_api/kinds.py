"""The two kinds of resource that are read, in the same way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from provisioning import ids
from provisioning.store import directory_groups, directory_users
from provisioning.store.resources import Resource
from scim_api.protocol.schema import GROUP, USER, ResourceType


@dataclass(frozen=True, slots=True)
class Kind:
    """
    How one kind of resource is read. `references` is its attribute that is a join (and not read
    when nobody wants it); `keys` are the columns that hold at most one resource for a value, by
    the attribute; `prefix` is how ids begin.
    """

    resource_type: ResourceType
    prefix: str
    get_each: Callable[..., Mapping[str, Resource]]
    page: Callable[..., tuple[list[Resource], bool]]
    count: Callable[..., int]
    references: str
    keys: Mapping[str, str]


USERS = Kind(
    USER,
    ids.DIRECTORY_USER,
    directory_users.get_each,
    directory_users.page,
    directory_users.count,
    "groups",
    {"id": "id", "userName": "user_name_folded"},
)
GROUPS = Kind(
    GROUP,
    ids.DIRECTORY_GROUP,
    directory_groups.get_each,
    directory_groups.page,
    directory_groups.count,
    "members",
    {"id": "id", "displayName": "display_name_folded"},
)
