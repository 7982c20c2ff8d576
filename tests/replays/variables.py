"""`{{name}}` and `{{name|filter}}` in everything a replay sends or expects."""

import json
import re
import secrets
import uuid
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

_PLACE = re.compile(r"\{\{\s*([^{}|]+?)\s*(?:\|\s*([^{}\s]+)\s*)?\}\}")

_BUILT_IN: Mapping[str, Callable[[], Any]] = {
    "$uuid": lambda: str(uuid.uuid4()),
    "$hex": lambda: uuid.uuid4().hex,
    "$rand": lambda: secrets.token_hex(4),
    "$int": lambda: 100_000 + secrets.randbelow(900_000),
}

_FILTERS: Mapping[str, Callable[[str], str]] = {
    "q": lambda text: quote(text, safe=""),
    "q+": quote_plus,
    "upper": str.upper,
    "lower": str.lower,
    "str": str,
}


class UnsetVariableError(LookupError):
    """No step has saved it, mostly because an earlier one failed."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{{{{{name}}}}} is not set: the step that saves it failed")


def fill(value: Any, variables: Mapping[str, Any]) -> Any:
    """
    `value` with every place filled, keys of objects included.

    A string that is one place and nothing else becomes the variable itself, with its type.

    Raises:
        UnsetVariableError: it is not in `variables`.
        ValueError: there is no such filter or built-in.

    """
    if isinstance(value, str):
        if whole := _PLACE.fullmatch(value):
            return _value(whole, variables)
        return _PLACE.sub(lambda place: _as_text(_value(place, variables)), value)
    if isinstance(value, list):
        return [fill(item, variables) for item in value]
    if isinstance(value, dict):
        return {fill(key, variables): fill(item, variables) for key, item in value.items()}
    return value


def _value(place: re.Match[str], variables: Mapping[str, Any]) -> Any:
    name, filter_name = place.groups()
    if name.startswith("$"):
        if name not in _BUILT_IN:
            raise ValueError(f"there is no built-in {name}")
        value = _BUILT_IN[name]()
    else:
        value = variables.get(name)
    if value is None:
        raise UnsetVariableError(name)
    if filter_name is None:
        return value
    if filter_name not in _FILTERS:
        raise ValueError(f"there is no filter |{filter_name}")
    return _FILTERS[filter_name](_as_text(value))


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
