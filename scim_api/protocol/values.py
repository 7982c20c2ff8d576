"""
JSON values as clients send them, to values as we keep them.

Text is kept exactly as sent, neither trimmed nor changed in case. `None` stands for unassigned, of
which `null`, `""`, `[]` and `{}` are spellings (RFC 7643 §2.5; Entra unassigns with `""`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from scim_api.protocol.errors import InvalidSyntax, InvalidValue
from scim_api.protocol.schema import Attribute
from scim_api.protocol.syntax import parse_json

MAX_TEXT = 32_768
"""Characters of one string."""
MAX_KEY_TEXT = 1024
"""Bytes of UTF-8 of a string that has an index: PostgreSQL's takes at most 2,704."""
MAX_VALUES = 250
"""Elements of one multi-valued attribute; members of a group are not kept in one."""

_KEYS = frozenset({"userName", "displayName", "externalId", "emails.value"})
# What tells about the other sub-attributes, and says nothing without them.
_LABELS = frozenset({"type", "primary", "display"})
# JSON text in these is what they hold: Entra's SingleAppRoleAssignment and its siblings.
_HOLD_JSON_TEXT = frozenset({"roles", "entitlements"})
_BOOLEANS = {"true": True, "false": False}


def is_unassigned(raw: Any) -> bool:
    """Whether a client means "no value" by it."""
    return not raw and (raw is None or isinstance(raw, (str, list, dict)))


def unwrapped(raw: Any) -> Any:
    """
    The object or list whose JSON text `raw` is; anything else as it is.

    The SCIM-SDK client sends such text with a path (its issue 404), scim-for-keycloak without one
    (its issue 172). Raises `InvalidValue` for U+0000 in it.
    """
    if not isinstance(raw, str) or not raw.lstrip().startswith(("{", "[")):
        return raw
    try:
        return parse_json(raw.encode())
    except InvalidSyntax:
        return raw


def scalar(attribute: Attribute, raw: Any) -> str | bool | None:
    """
    The one value of a simple attribute. Raises `InvalidValue` when the JSON type is wrong.

    An integer is taken for the text that it is written as: HR systems send `employeeNumber` and
    phone numbers so. Not a decimal: 1.50 would come back as 1.5.
    """
    if isinstance(raw, list):
        raw = _only(attribute, raw)
    if raw is None or raw == "":
        return None
    if attribute.type == "boolean":
        return _boolean(attribute, raw)
    if type(raw) is int and attribute.type == "string":
        raw = str(raw)
    if not isinstance(raw, str):
        raise InvalidValue(attribute.path, "must be a string")
    if len(raw) > MAX_TEXT:
        raise InvalidValue(attribute.path, f"is longer than {MAX_TEXT} characters")
    if attribute.path in _KEYS and len(raw.encode()) > MAX_KEY_TEXT:
        raise InvalidValue(attribute.path, f"is longer than {MAX_KEY_TEXT} bytes")
    return raw


def merged(attribute: Attribute, old: Mapping[str, Any], raw: Mapping[str, Any]) -> dict[str, Any]:
    """
    `old` with the sub-attributes that `raw` names set, or taken away where it unassigns them.

    Unknown and readOnly sub-attributes are ignored.
    """
    new = dict(old)
    for name, value in raw.items():
        sub = attribute.sub_attributes.get(name.lower())
        if sub is None or sub.mutability == "readOnly":
            continue
        if (read := scalar(sub, value)) is None:
            new.pop(sub.name, None)
        else:
            new[sub.name] = read
    # A `$ref` is the URI of `value` (RFC 7643 §2.4): with another value the old one would be a lie.
    stale = "$ref" in old and new.get("value") != old.get("value")
    if stale and "$ref" not in {name.lower() for name in raw}:
        new.pop("$ref", None)
    return new


def sub_values(attribute: Attribute, raw: Any) -> Mapping[str, Any]:
    """
    The sub-attributes that `raw` gives to one value of a complex attribute, by the client's names.

    A bare string is the `value`: Entra's `manager`, JumpCloud's and Keycloak's `emails` and
    `roles`. A list of one is that one: the `manager` of Entra's tutorial, anything of the SCIM-SDK
    client.
    """
    if isinstance(raw, list):
        raw = _only(attribute, raw)
    raw = complex_value(attribute, raw)
    if is_unassigned(raw):
        return {}
    if isinstance(raw, dict):
        return raw
    if isinstance(raw, str) and "value" in attribute.sub_attributes:
        return {"value": raw}
    raise InvalidValue(attribute.path, "must be an object")


def complex_value(attribute: Attribute, raw: Any) -> Any:
    """`raw` unwrapped, unless JSON text is what the attribute holds."""
    return raw if attribute.name in _HOLD_JSON_TEXT else unwrapped(raw)


def elements(attribute: Attribute, raw: Any) -> list[dict[str, Any]]:
    """The values of a multi-valued attribute: no two alike, at most one of them primary."""
    raw = complex_value(attribute, raw)
    if is_unassigned(raw):
        return []
    given = raw if isinstance(raw, list) else [raw]
    read = [merged(attribute, {}, sub_values(attribute, one)) for one in given]
    return united(attribute, read, read)


def united(
    attribute: Attribute, given: Sequence[dict[str, Any]], newest: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """
    `given` without repetitions, and with one primary: that of `newest`, which are among them.

    RFC 7643 §2.4: the same `type` and `value` together should be there once only; what a second one
    says is then said of the first, and the newest have the last word (RFC 7644 §3.5.2.1: who is
    there is not added again). A new primary takes the old one's place (§3.5.2). Two new ones are no
    reason to refuse a whole provisioning run: the first counts.
    """
    by_key: dict[object, dict[str, Any]] = {}
    for element in (*given, *newest):
        if element:
            key = _key(element)
            by_key[key] = {**by_key[key], **element} if key in by_key else element
    if len(by_key) > MAX_VALUES:
        raise InvalidValue(attribute.path, f"has more than {MAX_VALUES} values")
    primary = next((_key(element) for element in newest if element.get("primary")), None)
    if primary is None:
        return list(by_key.values())
    return [
        element
        if element.get("primary", False) is (key == primary)
        else {**element, "primary": key == primary}
        for key, element in by_key.items()
    ]


def is_readable(element: Mapping[str, Any]) -> bool:
    """Whether the element says more than what it is called (`addresses` have no `value`)."""
    return not _LABELS.issuperset(element)


def _key(element: Mapping[str, Any]) -> object:
    if "value" in element:
        return element.get("type"), element["value"]
    return tuple(sorted(item for item in element.items() if item[0] != "primary"))


def _only(attribute: Attribute, raw: list[Any]) -> Any:
    if len(raw) > 1:
        raise InvalidValue(attribute.path, "takes one value")
    return raw[0] if raw else None


def _boolean(attribute: Attribute, raw: Any) -> bool:
    # Entra sends "True" and "False" unless its tenant URL carries a flag.
    value = _BOOLEANS.get(raw.lower()) if isinstance(raw, str) else raw
    if not isinstance(value, bool):
        raise InvalidValue(attribute.path, "must be true or false")
    return value
