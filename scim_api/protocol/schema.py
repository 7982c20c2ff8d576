"""
The attributes that a resource can have: one table, read from the RFC's own Schema JSON.

`/Schemas` prints it; normalizing, PATCH, filters and projection read it (RFC 7643 §7).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from typing import Any, Literal

Type = Literal["string", "boolean", "decimal", "integer", "dateTime", "reference", "binary", "complex"]
Mutability = Literal["readOnly", "readWrite", "immutable", "writeOnly"]
Returned = Literal["always", "never", "default", "request"]

USER_URN = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP_URN = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE_USER_URN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """The characteristics of RFC 7643 §2.2; `sub_attributes` by lower-cased name."""

    name: str
    type: Type
    multi_valued: bool
    required: bool
    case_exact: bool
    mutability: Mutability
    returned: Returned
    sub_attributes: Mapping[str, "Attribute"] = field(default_factory=dict)


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class ResourceType:
    """A kind of resource: where it lives, its core schema and its extensions (RFC 7643 §6)."""

    name: str
    endpoint: str
    description: str
    core: Schema
    extensions: tuple[Schema, ...] = ()

    @cached_property
    def extensions_by_urn(self) -> Mapping[str, Schema]:
        """By lower-cased URN."""
        return {extension.id.lower(): extension for extension in self.extensions}


def _attributes(documents: list[dict[str, Any]]) -> Iterator[Attribute]:
    for document in documents:
        yield Attribute(
            name=document["name"],
            type=document["type"],
            multi_valued=document["multiValued"],
            required=document.get("required", False),
            # RFC 7643 §2.2 says false is the default; §2.3.7 makes references caseExact,
            # and a dateTime or a boolean has no case.
            case_exact=document.get("caseExact", False),
            mutability=document.get("mutability", "readWrite"),
            returned=document.get("returned", "default"),
            sub_attributes={
                a.name.lower(): a for a in _attributes(document.get("subAttributes", []))
            },
        )


def _read(name: str) -> Schema:
    return Schema(json.loads(files(__package__).joinpath("schemas", name).read_bytes()))


USER = ResourceType(
    "User", "/Users", "User Account", _read("user.json"), (_read("enterprise_user.json"),)
)
GROUP = ResourceType("Group", "/Groups", "Group", _read("group.json"))
RESOURCE_TYPES = (USER, GROUP)
