"""What an attribute may be compared with, and the form in which it is compared."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from provisioning.clock import rfc3339
from provisioning.filters import Comparison, Not, Operator, Predicate, Present, Type, Value
from provisioning.folding import fold
from scim_api.protocol.errors import InvalidFilter
from scim_api.protocol.filter_attributes import Found, sub_attribute
from scim_api.protocol.schema import Attribute

_EQUALITY = frozenset[Operator]({"eq", "ne"})
_ORDER = frozenset[Operator]({"eq", "ne", "gt", "ge", "lt", "le"})
_PARTS = frozenset[Operator]({"co", "sw", "ew"})
_OPERATORS: Mapping[Type, frozenset[Operator]] = {
    # RFC 7644 Table 3: gt, ge, lt and le of "Boolean and Binary attributes SHALL cause a failed
    # response (HTTP status code 400)".
    "boolean": _EQUALITY,
    "binary": _EQUALITY | _PARTS,
    "integer": _ORDER,
    "decimal": _ORDER,
    "dateTime": _ORDER,
    "string": _ORDER | _PARTS,
    "reference": _ORDER | _PARTS,
}
_BOOLEANS = {"true": True, "false": False}
_DATE_TIME = re.compile(
    r"[1-9]\d{3}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)?", re.ASCII
)


def compare(found: Found, operator: Operator, value: Value | None) -> Predicate:
    """
    Of a complex attribute its `value` is compared: `members eq "…"` (Entra, AWS), `emails eq "…"`.

    Raises InvalidFilter where the operator or the value does not fit the type of the attribute.
    """
    path = found.attribute.path
    if value is None:
        present = Present(found.target)
        if operator == "eq":
            return Not(present)
        if operator == "ne":
            return present
        raise InvalidFilter(f"{path} {operator} null: null has no order and no parts")
    if found.attribute.type == "complex":
        if "value" not in found.attribute.sub_attributes:
            raise InvalidFilter(f"{path} is complex: name the sub-attribute to compare")
        found = sub_attribute(found, "value")
    return Comparison(found.target, operator, _operand(operator, value, found.attribute))


def _operand(operator: Operator, value: Value, attribute: Attribute) -> Value:
    path, kind = attribute.path, attribute.type
    if operator not in _OPERATORS[kind]:
        raise InvalidFilter(f"{path} is a {kind}: {operator} is not for those")
    if kind == "boolean":
        # Entra: roles[primary eq "True"]
        boolean = _BOOLEANS.get(value.lower()) if isinstance(value, str) else value
        if isinstance(boolean, bool):
            return boolean
        raise InvalidFilter(f"{path} is a boolean: compare it with true or false")
    if kind in {"integer", "decimal"}:
        if isinstance(value, str | bool):
            raise InvalidFilter(f"{path} is a number: compare it with a number")
        return value
    if type(value) is int and operator in _EQUALITY:
        # authentik leaves out the quotes, also around a user name of digits.
        value = str(value)
    if not isinstance(value, str):
        raise InvalidFilter(f'{path} is text: compare it with text in quotes, "…"')
    if kind == "dateTime":
        return _instant(value, path)
    return value if attribute.case_exact else fold(value)


def _instant(text: str, path: str) -> str:
    try:
        if _DATE_TIME.fullmatch(text):
            moment = datetime.fromisoformat(text.upper())
            # RFC 7643 §2.3.5: an xsd:dateTime, which may lack its zone.
            return rfc3339(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        pass  # the thirtieth of February, or beyond the last year in UTC
    raise InvalidFilter(f"{path} is a dateTime: compare it with 2026-11-21T08:00:00Z or such")
