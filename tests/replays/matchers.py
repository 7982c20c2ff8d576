"""What a replay may expect of the nodes that a JSON path found."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

SHOWN_CHARACTERS = 200

_Matcher = Callable[[Sequence[Any], Any], bool]


def mismatch(found: Sequence[Any], wanted: Any) -> str | None:
    """
    None when `wanted`, a value or one matcher, holds of `found`; otherwise what is wrong.

    Raises:
        ValueError: no matcher has this name.

    """
    name, argument = _matcher_of(wanted)
    if name not in _MATCHERS:
        raise ValueError(f"there is no matcher {name}")
    if _MATCHERS[name](found, argument):
        return None
    shown = " ".join(_show(value) for value in found) or "nothing"
    return f"wanted {_show(wanted)}, found {shown}"


def _matcher_of(wanted: Any) -> tuple[str, Any]:
    if isinstance(wanted, dict) and len(wanted) == 1:
        name, argument = next(iter(wanted.items()))
        if name.startswith("$"):
            return name, argument
    return "", wanted


def _show(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"


def _same(one: Any, other: Any) -> bool:
    """Equality of JSON values at any depth: Python's alone would take `true` for 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "int": _is_integer,
    "bool": lambda value: isinstance(value, bool),
    "str": lambda value: isinstance(value, str),
    "list": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def _of_first(holds: Callable[[Any, Any], bool]) -> _Matcher:
    """A matcher of the first node, which must be there."""
    return lambda found, argument: bool(found) and holds(found[0], argument)


def _contains(value: Any, part: Any) -> bool:
    if isinstance(value, str):
        return isinstance(part, str) and part in value
    return isinstance(value, list) and any(_same(item, part) for item in value)


def _contains_folded(value: Any, part: Any) -> bool:
    wanted = str(part).casefold()
    return isinstance(value, list) and any(str(item).casefold() == wanted for item in value)


def _has_length(found: Sequence[Any], length: int) -> bool:
    if not found or found[0] is None:
        return length == 0
    return isinstance(found[0], list | dict | str) and len(found[0]) == length


def _same_set(found: Sequence[Any], wanted: Sequence[Any]) -> bool:
    left = list(found)
    for value in wanted:
        position = next((n for n, other in enumerate(left) if _same(value, other)), None)
        if position is None:
            return False
        del left[position]
    return not left


_MATCHERS: Mapping[str, _Matcher] = {
    "": _of_first(_same),
    "$exists": lambda found, is_wanted: (bool(found) and found[0] is not None) is is_wanted,
    "$absent": lambda found, is_wanted: all(map(_is_empty, found)) is is_wanted,
    "$nonempty": lambda found, is_wanted: (bool(found) and not _is_empty(found[0])) is is_wanted,
    "$type": _of_first(lambda value, name: _TYPES[name](value)),
    "$contains": _of_first(_contains),
    "$icontains": _of_first(_contains_folded),
    "$len": _has_length,
    "$minlen": _of_first(
        lambda value, least: isinstance(value, list | dict | str) and len(value) >= least
    ),
    "$count": lambda found, number: len(found) == number,
    "$gte": _of_first(lambda value, least: _is_integer(value) and value >= least),
    "$re": _of_first(
        lambda value, pattern: isinstance(value, str) and re.search(pattern, value) is not None
    ),
    "$ieq": _of_first(
        lambda value, text: isinstance(value, str) and value.casefold() == text.casefold()
    ),
    "$ne": _of_first(lambda value, other: not _same(value, other)),
    "$any": _of_first(lambda value, others: any(_same(value, other) for other in others)),
    "$str": _of_first(lambda value, text: not isinstance(value, bool) and str(value) == str(text)),
    "$set": _same_set,
}
