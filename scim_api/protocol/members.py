"""The members that a client names, in any of the forms they come in."""

from collections.abc import Mapping
from typing import Any

from scim_api.protocol.errors import InvalidValue
from scim_api.protocol.schema import GROUP
from scim_api.protocol.values import is_unassigned, scalar, sub_values, unwrapped

_MEMBERS = GROUP.attributes["members"]
_VALUE = _MEMBERS.sub_attributes["value"]


def member_ids(raw: Any) -> tuple[str, ...]:
    """
    The ids of the members that `raw` names, in its order, each once.

    `raw` is a list, or one of them alone: `{"value": id}`, with `type`, `display` and `$ref` or
    without; a bare id (Entra's Postman collection); `{"$ref": ".../Users/<id>"}` alone; the JSON
    text of any of them (the SCIM-SDK client). Who has none of them is nobody (`{}`, `"value":
    null`). Raises InvalidValue.
    """
    raw = unwrapped(raw)
    if is_unassigned(raw):
        return ()
    found = map(_id, raw if isinstance(raw, list) else [raw])
    ids = tuple(dict.fromkeys(member for member in found if member is not None))
    if not ids:
        # To empty a group because nobody in the list could be understood would be an accident.
        raise InvalidValue("members", "names no member")
    return ids


def names_a_member(raw: Mapping[str, Any]) -> bool:
    """Whether an object has a key that says who is meant."""
    return not {"value", "$ref"}.isdisjoint(name.lower() for name in raw)


def _id(raw: Any) -> str | None:
    given = {name.lower(): value for name, value in sub_values(_MEMBERS, raw).items()}
    value = scalar(_VALUE, given.get("value"))
    if isinstance(value, str):
        return value
    reference = given.get("$ref")
    return reference.rstrip("/").rpartition("/")[2] or None if isinstance(reference, str) else None
