"""
What a formula means over a document: RFC 7644 §3.4.2.2 read once more, over plain JSON.

Neither the parser nor the SQL can so agree with itself alone.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any, assert_never

from provisioning.folding import fold
from tests.filter_formulas import Attribute, Both, Either, Formula, Has, Neg, Pick, Test

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
