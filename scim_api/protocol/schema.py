"""
The attributes that a resource can have: one table, read from the RFC's own Schema JSON.

`/Schemas` prints it; normalizing, PATCH, filters and projection read it (RFC 7643 §7).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from typing import Any, Literal

import orjson

Type = Literal[
    "string", "boolean", "decimal", "integer", "dateTime", "reference", "binary", "complex"
]
Mutability = Literal["readOnly", "readWrite", "immutable", "writeOnly"]
Returned = Literal["always", "never", "default", "request"]

USER_URN = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP_URN = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE_USER_URN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


# Compared by identity: each attribute exists once, and so can be the key of a cache.
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Attribute:
    """The characteristics of RFC 7643 §2.2; `sub_attributes` by lower-cased name."""

    name: str
    path: str
    """As a client writes it and a refusal names it: `name.givenName`."""
    type: Type
    multi_valued: bool
    required: bool
    case_exact: bool
    mutability: Mutability
    returned: Returned
    sub_attributes: Mapping[str, "Attribute"] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Schema:
    """One schema as `/Schemas` prints it (`document`), and its attributes by lower-cased name."""

    document: Mapping[str, Any]

    @cached_property
    def id(self) -> str:
        """The URN, in the RFC's own case."""
        return str(self.document["id"])

    @cached_property
    def attributes(self) -> Mapping[str, Attribute]:
        """By lower-cased name: attribute names are case insensitive (RFC 7643 §2.1)."""
        return {a.name.lower(): a for a in _attributes(self.document["attributes"])}


@dataclass(frozen=True, eq=False)
class ResourceType:
    """A kind of resource: where it lives, its core schema and its extensions (RFC 7643 §6)."""

    name: str
    endpoint: str
    description: str
    core: Schema
    extensions: tuple[Schema, ...] = ()

    @cached_property
    def attributes(self) -> Mapping[str, Attribute]:
        """Those at the top of a resource, common ones included, by lower-cased name."""
        return {**COMMON, **self.core.attributes}

    @cached_property
    def required(self) -> tuple[Attribute, ...]:
        """What no resource of this type can lack."""
        return tuple(a for a in self.core.attributes.values() if a.required)

    @cached_property
    def extensions_by_urn(self) -> Mapping[str, Schema]:
        """By lower-cased URN."""
        return {extension.id.lower(): extension for extension in self.extensions}


# By path and lower-cased name: of SCIM 1.1, and of OneLogin's template to this day.
_FORMER_NAMES = {"manager": {"managerid": "value"}}


def _attributes(documents: list[dict[str, Any]], prefix: str = "") -> Iterator[Attribute]:
    for document in documents:
        path = prefix + document["name"]
        parts = _attributes(document.get("subAttributes", []), path + ".")
        by_name = {part.name.lower(): part for part in parts}
        former = {old: by_name[new] for old, new in _FORMER_NAMES.get(path, {}).items()}
        yield Attribute(
            name=document["name"],
            path=path,
            type=document["type"],
            multi_valued=document["multiValued"],
            required=document.get("required", False),
            case_exact=document.get("caseExact", False),
            mutability=document.get("mutability", "readWrite"),
            returned=document.get("returned", "default"),
            sub_attributes=by_name | former,
        )


def _read(name: str) -> Any:
    return orjson.loads(files(__package__).joinpath("schemas", name).read_bytes())


# The attributes of every resource (RFC 7643 §3.1), which no schema has to list. `externalId` is
# listed all the same: Entra's gallery validation looks for it in `/Schemas` of User and of Group.
COMMON: Mapping[str, Attribute] = {a.name.lower(): a for a in _attributes(_read("common.json"))}

USER = ResourceType(
    "User",
    "/Users",
    "User Account",
    Schema(_read("user.json")),
    (Schema(_read("enterprise_user.json")),),
)
GROUP = ResourceType("Group", "/Groups", "Group", Schema(_read("group.json")))
RESOURCE_TYPES = (USER, GROUP)
