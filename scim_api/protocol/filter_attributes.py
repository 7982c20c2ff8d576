"""The attributes that a filter may name, found in the schemas whatever the client's case."""

from dataclasses import dataclass

from provisioning.filters import Target
from provisioning.quoting import quoted
from scim_api.protocol.errors import InvalidFilter
from scim_api.protocol.filter_tokens import AttributePath
from scim_api.protocol.schema import Attribute, ResourceType

Scope = ResourceType | Attribute
"""Where names are looked up: in a resource, or in ONE element of a multi-valued attribute."""


# Made for each answer, or kept in the row of another resource: nothing to look at.
_NOT_KEPT = frozenset(
    {
        "meta.location",
        "meta.version",
        "groups.$ref",
        "groups.display",
        "groups.type",
        "members.$ref",
        "members.display",
    }
)


@dataclass(frozen=True, slots=True)
class Found:
    """What a name stands for: an attribute, or a sub-attribute of one."""

    attribute: Attribute
    multi_valued: bool
    path: tuple[str, ...]

    @property
    def target(self) -> Target:
        """What predicates are made of."""
        attribute = self.attribute
        return Target(self.path, attribute.type, attribute.case_exact, self.multi_valued)


def find(scope: Scope, named: AttributePath) -> Found:
    """
    Exactly what is named, a complex attribute included.

    Raises InvalidFilter for a name that no schema has, and for what cannot be filtered.
    """
    urn, attribute = _attribute(scope, named)
    if attribute.returned == "never":
        # To answer `password sw "a"` would give the password away, letter by letter.
        raise InvalidFilter(f"{attribute.path} cannot be filtered")
    path = (attribute.name,) if urn is None else (urn, attribute.name)
    whole = Found(attribute, attribute.multi_valued, path)
    return whole if named.sub is None else sub_attribute(whole, named.sub)


def sub_attribute(found: Found, name: str) -> Found:
    """Raises InvalidFilter where the attribute has none of that name."""
    sub = found.attribute.sub_attributes.get(name.lower())
    if sub is None:
        raise InvalidFilter(f"{found.attribute.path} has no sub-attribute {quoted(name)}")
    _refuse_not_kept(sub)
    return Found(sub, found.multi_valued, (*found.path, sub.name))


def _refuse_not_kept(sub: Attribute) -> None:
    if sub.path in _NOT_KEPT or sub.multi_valued:
        raise InvalidFilter(f"{sub.path} cannot be filtered")


def _attribute(scope: Scope, named: AttributePath) -> tuple[str | None, Attribute]:
    """With it the URN of its extension; None for the core and for what every resource has."""
    name = named.name.lower()
    if isinstance(scope, Attribute):
        attribute = scope.sub_attributes.get(name)
        if attribute is None or named.urn is not None or named.sub is not None:
            raise InvalidFilter(f"{scope.path} has no sub-attribute {quoted(str(named))}")
        _refuse_not_kept(attribute)
        return None, attribute
    urn = None if named.urn is None else named.urn.lower()
    if urn is None or urn == scope.core.id.lower():
        attribute = scope.attributes.get(name)
        if attribute is not None:
            return None, attribute
    for extension in scope.extensions:
        # Without its URN, too: Entra asks `manager eq "…"`.
        if urn is None or urn == extension.id.lower():
            attribute = extension.attributes.get(name)
            if attribute is not None:
                return extension.id, attribute
    raise InvalidFilter(f"{scope.name} has no attribute {quoted(str(named))}")
