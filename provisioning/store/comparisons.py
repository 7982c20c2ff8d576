"""The operators of a filter (RFC 7644 §3.4.2.2 Table 3) in SQL."""

import operator as operators
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, func

from provisioning.filters import Operator
from provisioning.store.search_documents import Documents

_ORDER: Mapping[Operator, Callable[[Any, Any], ColumnElement[bool]]] = {
    "eq": operators.eq,
    "ne": operators.ne,
    "gt": operators.gt,
    "ge": operators.ge,
    "lt": operators.lt,
    "le": operators.le,
}


def compare(left: ColumnElement[Any], operator: Operator, right: Any) -> ColumnElement[bool]:
    """Of times, numbers and booleans; NULL where the left is."""
    return _ORDER[operator](left, right)


def compare_text(
    text: ColumnElement[str], operator: Operator, value: str, documents: Documents
) -> ColumnElement[bool]:
    """
    In the order of code points; NULL where the text is.

    Without LIKE: where there is no pattern nothing has to be escaped, and SQLite's ignores case.
    """
    match operator:
        case "co":
            return documents.position(text, value) > 0
        case "sw":
            return func.substr(text, 1, len(value)) == value
        case "ew":
            return func.substr(text, func.length(text) - len(value) + 1) == value
        case "eq" | "ne":
            return compare(text, operator, value)
        case _:
            return compare(documents.by_code_point(text), operator, value)
