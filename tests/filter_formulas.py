"""Random filters as formulas, and the random documents that they are asked of."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import product
from typing import Any

from hypothesis import strategies as st

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP_URN = "urn:ietf:params:scim:schemas:core:2.0:Group"
IDS = ("diruser_1", "diruser_2", "dirgrp_1", "dirgrp_2")
PIECES = ("a", "A", "b", "é", "E\u0301", "ß", "ss", "%", "_", "\\", '"', " ", "\uffff", "😀", "İ")
MOMENTS = tuple(datetime(2026, 11, 21, 8, 0, 0, n, tzinfo=UTC) for n in (0, 1, 500_000))

words = st.sampled_from([*PIECES, *("".join(two) for two in product(PIECES, repeat=2)), "aab"])


@dataclass(frozen=True)
class Attribute:
    """As filters name it, where it is in a document, and how it is compared."""

    name: str
    path: tuple[str, ...]
    kind: str = "text"
    """text, exact (caseExact true), boolean, id (exact, of IDS) or time."""
    whole: tuple[str, ...] | None = None
    """What `pr` asks for, where a comparison goes on to the `value` in it."""


@dataclass(frozen=True)
class Test:
    attribute: Attribute
    operator: str
    value: Any


@dataclass(frozen=True)
class Has:
    attribute: Attribute


@dataclass(frozen=True)
class Pick:
    """`list[inner]`; with `outer`, Entra's `list[inner].sub operator value`."""

    name: str
    inner: "Formula"
    outer: Test | None = None


@dataclass(frozen=True)
class Neg:
    inner: "Formula"


@dataclass(frozen=True)
class Both:
    parts: tuple["Formula", ...]


@dataclass(frozen=True)
class Either:
    parts: tuple["Formula", ...]


Formula = Test | Has | Pick | Neg | Both | Either

_ENTRY = (
    Attribute("value", ("value",)),
    Attribute("type", ("type",)),
    Attribute("primary", ("primary",), "boolean"),
)
USER = (
    Attribute("userName", ("userName",)),
    Attribute(f"{CORE}:userName", ("userName",)),
    Attribute("id", ("id",), "id"),
    Attribute("externalId", ("externalId",), "exact"),
    Attribute("active", ("active",), "boolean"),
    Attribute("title", ("title",)),
    Attribute("profileUrl", ("profileUrl",), "exact"),
    Attribute("name.givenName", ("name", "givenName")),
    Attribute("roles", ("roles", "value"), whole=("roles",)),
    Attribute("roles.type", ("roles", "type")),
    Attribute("roles.primary", ("roles", "primary"), "boolean"),
    Attribute("employeeNumber", (ENTERPRISE, "employeeNumber")),
    Attribute(f"{ENTERPRISE}:department", (ENTERPRISE, "department")),
    Attribute("manager", (ENTERPRISE, "manager", "value"), "exact", (ENTERPRISE, "manager")),
    Attribute(f"{ENTERPRISE}:manager.value", (ENTERPRISE, "manager", "value"), "exact"),
    Attribute("schemas", ("schemas",)),
    Attribute("groups", ("groups", "value"), "id", ("groups",)),
    Attribute("meta.resourceType", ("meta", "resourceType"), "exact"),
)
TIMES = (
    Attribute("meta.created", ("meta", "created"), "time"),
    Attribute("meta.lastModified", ("meta", "lastModified"), "time"),
)
GROUP = (
    Attribute("schemas", ("schemas",)),
    Attribute("displayName", ("displayName",)),
    Attribute("id", ("id",), "id"),
    Attribute("externalId", ("externalId",), "exact"),
    Attribute("members", ("members", "value"), "id", ("members",)),
    Attribute("members.type", ("members", "type")),
)
_MEMBER = (Attribute("value", ("value",), "id"), Attribute("type", ("type",)))

_EQUALITY = ("eq", "ne")
_ORDER = (*_EQUALITY, "gt", "ge", "lt", "le")
_ALL = (*_ORDER, "co", "sw", "ew")
_OPERATORS = {"boolean": _EQUALITY, "time": _ORDER}
_VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    "text": st.one_of(words, st.sampled_from(["work", "User", CORE, ""])),
    "exact": st.one_of(words, st.just("User")),
    "boolean": st.booleans(),
    "id": st.sampled_from(IDS),
    "time": st.sampled_from(MOMENTS),
}


def formulas(attributes: tuple[Attribute, ...], lists: Mapping[str, tuple[Attribute, ...]]) -> Any:
    """Formulas over `attributes`, and over the elements of `lists`."""
    picks = [
        st.builds(Pick, st.just(name), _combined(_leaves(inner)), st.none() | _tests(inner))
        for name, inner in lists.items()
    ]
    return _combined(st.one_of(_leaves(attributes), *picks))


def _combined(leaves: Any) -> Any:
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(Neg, inner),
            st.builds(Both, st.lists(inner, min_size=2, max_size=3).map(tuple)),
            st.builds(Either, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        ),
        max_leaves=6,
    )


def _leaves(attributes: tuple[Attribute, ...]) -> Any:
    return st.one_of(_tests(attributes), st.builds(Has, st.sampled_from(attributes)))


def _tests(attributes: tuple[Attribute, ...]) -> Any:
    return st.sampled_from(attributes).flatmap(
        lambda attribute: st.builds(
            Test,
            st.just(attribute),
            st.sampled_from(_OPERATORS.get(attribute.kind, _ALL)),
            _VALUES[attribute.kind],
        )
    )


USER_FORMULAS = formulas(USER, {"roles": _ENTRY, "groups": _MEMBER[:1]})
TIMED_FORMULAS = formulas((*USER, *TIMES), {"roles": _ENTRY, "groups": _MEMBER[:1]})
GROUP_FORMULAS = formulas((*GROUP, *TIMES), {"members": _MEMBER})


def _operator(leaf: object) -> str | None:
    return leaf.operator if isinstance(leaf, Test) else None


# The oracle (scim2_models) knows no extension attribute by its bare name and no `list[…].sub`,
# checks URIs, reads `ne` of what is absent or multi-valued the other way, and folds by lower().
_NOT_CONFORMANT = frozenset({"meta", "groups", "schemas", "id", "profileUrl"})
_FOLDED_OTHERWISE = str.maketrans({"ß": "s", "İ": "i", "\u0301": "e"})


def _conformant(leaf: Any) -> Any:
    if isinstance(leaf, Pick):
        return replace(leaf, inner=_conformant(leaf.inner))
    if isinstance(leaf, Test):
        name = "eq" if leaf.operator == "ne" else leaf.operator
        return replace(leaf, operator=name, value=_plain(leaf.value))
    return leaf


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.translate(_FOLDED_OTHERWISE)
    if isinstance(value, list):
        return [_plain(element) for element in value]
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items() if name not in _NOT_CONFORMANT}
    return value


CONFORMANT_FORMULAS = _combined(
    st.one_of(
        _leaves(
            tuple(
                attribute
                for attribute in USER
                if attribute.path[0] not in _NOT_CONFORMANT
                and (attribute.path[0] != ENTERPRISE or attribute.name.startswith(ENTERPRISE))
            )
        ),
        st.builds(Pick, st.just("roles"), _leaves(_ENTRY), st.none()),
    ).map(_conformant)
)


def conformant_users() -> Any:
    return users().map(_plain)


_entries = st.fixed_dictionaries(
    {},
    optional={"value": words, "type": st.sampled_from(["work", "Home"]), "primary": st.booleans()},
).filter(bool)


@st.composite
def users(draw: Any) -> dict[str, Any]:
    """A User as a client sees it; `active` is always there, as its column is."""
    document = draw(
        st.fixed_dictionaries(
            {"userName": words, "active": st.booleans()},
            optional={
                "externalId": words,
                "title": words,
                "profileUrl": words,
                "name": st.fixed_dictionaries({}, optional={"givenName": words}).filter(bool),
                "roles": st.lists(_entries, min_size=1, max_size=3),
                ENTERPRISE: st.fixed_dictionaries(
                    {},
                    optional={
                        "employeeNumber": words,
                        "department": words,
                        "manager": st.builds(dict, value=words),
                    },
                ).filter(bool),
                "groups": st.lists(st.builds(dict, value=st.sampled_from(IDS)), min_size=1),
            },
        )
    )
    urns = [CORE, ENTERPRISE] if ENTERPRISE in document else [CORE]
    return {"schemas": urns, **document, "meta": draw(_meta("User"))}


@st.composite
def groups(draw: Any) -> dict[str, Any]:
    document = draw(st.fixed_dictionaries({"displayName": words}, optional={"externalId": words}))
    return {**document, "meta": draw(_meta("Group"))}


def _meta(resource_type: str) -> Any:
    moments = st.sampled_from(MOMENTS)
    return st.builds(
        dict, resourceType=st.just(resource_type), created=moments, lastModified=moments
    )
