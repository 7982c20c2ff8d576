"""The Python client's methods, asked for what they would send: every variant, without a server."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import NoneType, UnionType
from typing import (
    Any,
    Literal,
    NotRequired,
    Union,
    Unpack,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from provisioning_client import Client
from provisioning_client.calls import Call, Pages
from provisioning_client.operations import Resource
from tests.shapes import Choice


@dataclass(frozen=True, slots=True)
class Method:
    """`describe` makes the call of it, for `resource`."""

    name: str
    describe: Callable[..., Any]
    resource: Any

    @property
    def answer(self) -> tuple[Any, str]:
        """What is read, the type of None where nothing is, and where in the answer it is."""
        returned = get_type_hints(self.describe)["return"]
        (kind,) = get_args(returned)
        if get_origin(kind) is tuple:
            return get_args(kind)[0], "data[]"
        return kind, "data[]" if get_origin(returned) is Pages else ""

    def calls(self) -> list[Call[Any]]:
        """With everything it takes: so often that every choice was made once."""
        return [self._call(given) for given in _variants(_parameters(self.describe, least=False))]

    def least(self) -> Call[Any]:
        """With nothing that may be left out."""
        return self._call(_variants(_parameters(self.describe, least=True))[0])

    def _call(self, given: Mapping[str, Any]) -> Call[Any]:
        described = self.describe(self.resource, **given)
        call: Call[Any] = described.call if isinstance(described, Pages) else described
        return call


def methods(client: Client) -> Iterator[Method]:
    """Of every resource."""
    resources = {n: one for n, one in vars(client).items() if isinstance(one, Resource)}
    for noun, resource in resources.items():
        for name in vars(type(resource)):
            describe = getattr(getattr(resource, name), "__wrapped__", None)
            if describe is not None:
                yield Method(f"{noun}.{name}", describe, resource)


def _parameters(describe: Callable[..., Any], *, least: bool) -> dict[str, Any]:
    hints = get_type_hints(describe, include_extras=True)
    found: dict[str, Any] = {}
    for name, parameter in list(inspect.signature(describe).parameters.items())[1:]:
        if parameter.kind is parameter.VAR_KEYWORD:
            (kind,) = get_args(hints[name])
            assert get_origin(hints[name]) is Unpack
            found |= _members(kind, least=least)
        elif not least or parameter.default is parameter.empty:
            found[name] = hints[name]
    return found


def _members(kind: Any, *, least: bool) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {name: hints[name] for name in hints if not least or name in kind.__required_keys__}


def _variants(hints: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One with the first choice of each, and one for every further choice."""
    samples = {name: _samples(hint, name) for name, hint in hints.items()}
    first = {name: choices[0] for name, choices in samples.items()}
    others = [
        {**first, name: choice} for name, choices in samples.items() for choice in choices[1:]
    ]
    return [first, *others]


_SAMPLES: Mapping[type, Any] = {
    int: 1,
    float: 1.0,
    bool: True,
    datetime: datetime(2026, 1, 1, tzinfo=UTC),
}


def _samples(hint: Any, name: str) -> list[Any]:
    """A text is its own name, so that it is known again where it was put."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType, NotRequired}:
        return [one for kind in inner if kind is not NoneType for one in _samples(kind, name)]
    if origin is Literal:
        return [Choice(one) for one in inner]
    if is_typeddict(hint):
        return [*_variants(_members(hint, least=False))]
    if origin is not None and issubclass(origin, Sequence):
        return [[one] for one in _samples(inner[0], name)]
    if origin is not None and issubclass(origin, Mapping):
        return [{}]
    return [name if hint is str else _SAMPLES[hint]]
