"""
Random filters: a formula, its text in a random spelling, and its meaning over a document.

The meaning is read here from RFC 7644 §3.4.2.2 once more, over plain JSON, so that neither the
parser nor the SQL can agree with itself alone.
"""

import json
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from itertools import product
from random import Random
from typing import Any, assert_never

from hypothesis import strategies as st

from provisioning.folding import fold

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
_MEANINGS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
    "co": operator.contains,
    "sw": str.startswith,
    "ew": str.endswith,
}
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


# The oracle knows no extension attribute by its bare name, and no `list[…].sub operator value`; it
# checks URIs, and reads `ne` of what is absent or multi-valued the other way.
NOT_CONFORMANT = frozenset({"meta", "groups", "schemas", "id", "profileUrl"})
_CONFORMANT = tuple(
    attribute
    for attribute in USER
    if attribute.path[0] not in NOT_CONFORMANT
    and (attribute.path[0] != ENTERPRISE or attribute.name.startswith(ENTERPRISE))
)
CONFORMANT = _combined(
    st.one_of(
        _leaves(_CONFORMANT),
        st.builds(Pick, st.just("roles"), _leaves(_ENTRY), st.none()),
    ).filter(lambda leaf: "ne" not in {_operator(leaf), _operator(getattr(leaf, "inner", None))})
)

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


def means(formula: Formula, document: Mapping[str, Any]) -> bool:
    """Whether `document` satisfies `formula`."""
    match formula:
        case Test(attribute, name, value):
            expected = _comparable(attribute, value)
            return any(
                _MEANINGS[name](_comparable(attribute, found), expected)
                for found in _values(attribute.path, document)
            )
        case Has(attribute):
            return any(True for _ in _values(attribute.whole or attribute.path, document))
        case Pick(name, inner, outer):
            asked = inner if outer is None else Both((inner, outer))
            return any(means(asked, element) for element in document.get(name, ()))
        case Neg(inner):
            return not means(inner, document)
        case Both(parts):
            return all(means(part, document) for part in parts)
        case Either(parts):
            return any(means(part, document) for part in parts)
        case _:
            assert_never(formula)


def _values(path: tuple[str, ...], value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for element in value:
            yield from _values(path, element)
    elif not path:
        yield value
    elif path[0] in value:
        yield from _values(path[1:], value[path[0]])


def _comparable(attribute: Attribute, value: Any) -> Any:
    return fold(value) if attribute.kind == "text" else value


@st.composite
def spelled(draw: Any, formula: Formula) -> str:
    """One of the many texts that say `formula`."""
    text = _Spelling(draw(st.randoms(use_true_random=False))).text(formula, 0)
    return str(text)


class _Spelling:
    """Random case, spaces and brackets, where the grammar leaves them free."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def text(self, formula: Formula, binding: int) -> str:
        """`binding`: 0 within nothing or `or`, 1 within `and`."""
        match formula:
            case Test(attribute, name, value):
                words = (self._case(attribute.name), self._case(name), self._value(value))
                text, own = self._space().join(words), 2
            case Has(attribute):
                text, own = f"{self._case(attribute.name)}{self._space()}{self._case('pr')}", 2
            case Pick(name, inner, outer):
                text, own = f"{self._case(name)}[{self.text(inner, 0)}]", 2
                if outer is not None:
                    text += f".{self.text(outer, 2)}"
                    return text
            case Neg(inner):
                text = f"{self._case('not')}{self._random.choice(['', ' '])}({self.text(inner, 0)})"
                own = 2
            case Both(parts):
                text, own = self._joined("and", parts, 1), 1
            case Either(parts):
                text, own = self._joined("or", parts, 0), 0
            case _:
                assert_never(formula)
        if own < binding or (binding < 2 and self._random.random() < 0.15):
            return f"({text})"
        return text

    def _joined(self, word: str, parts: tuple[Formula, ...], binding: int) -> str:
        spelled = [self.text(part, binding) for part in parts]
        text = spelled[0]
        for part in spelled[1:]:
            text += f"{self._space()}{self._case(word)}{self._space()}{part}"
        return text

    def _case(self, word: str) -> str:
        return self._random.choice([word, word, word.upper(), word.lower(), word.swapcase()])

    def _space(self) -> str:
        return self._random.choice([" ", " ", " ", "  ", "\t"])

    def _value(self, value: Any) -> str:
        if isinstance(value, datetime):
            zone = timezone(timedelta(hours=self._random.randint(-12, 14)))
            return f'"{value.astimezone(zone).isoformat()}"'
        if isinstance(value, bool):
            return self._random.choice([str(value), json.dumps(value), json.dumps(str(value))])
        return json.dumps(value, ensure_ascii=self._random.random() < 0.5)
