"""PATCH (RFC 7644 §3.5.2): a body to operations, and operations to a new document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from provisioning.quoting import quoted
from scim_api.protocol import edits, paths, values
from scim_api.protocol.documents import settle
from scim_api.protocol.edits import Document
from scim_api.protocol.errors import InvalidSyntax, InvalidValue, Mutability, NoTarget, TooMany
from scim_api.protocol.schema import ResourceType

MAX_OPERATIONS = 10_000
"""Of one request: authentik sends one per member, and nobody sends more than a group has."""
MAX_EDITS = 500
"""Of those, what edits the document: each costs as much as the attribute has values."""

Op = Literal["add", "replace", "remove"]
_SCIM_1_1_OPS: Mapping[str, Op] = {"add": "add", "delete": "remove"}
_OPS: Mapping[str, Op] = {"add": "add", "replace": "replace", "remove": "remove"}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; without a path its value is an object of attributes."""

    op: Op
    path: str | None
    value: Any


def parse(body: Mapping[str, Any]) -> tuple[Operation, ...]:
    """
    The operations of a PATCH body; none is allowed (Entra's old validator sends an empty list).

    Raises:
        InvalidSyntax: not the shape of a PatchOp message.
        InvalidValue: an operation has no value, or without a path one that is no object.
        NoTarget: a remove has no path.
        TooMany: more than `MAX_OPERATIONS`.
    """
    lowered = {key.lower(): value for key, value in body.items()}
    operations = lowered.get("operations")
    if operations is None and "members" in lowered:
        operations = _scim_1_1(body, lowered["members"])
    if not isinstance(operations, list):
        raise InvalidSyntax("Operations must be a list")
    if len(operations) > MAX_OPERATIONS:
        raise TooMany(f"Operations has more than {MAX_OPERATIONS} elements")
    return tuple(map(_operation, operations))


def apply(
    resource_type: ResourceType, document: Mapping[str, Any], operations: Sequence[Operation]
) -> Document:
    """
    `document` after the operations, one after the other; it is itself left alone.

    Equal to `document` when nothing changes. For Groups, `group_patch.split` has to take the
    members out of the operations before.

    Raises:
        InvalidPath: a path is malformed or names no attribute.
        InvalidFilter: the filter in a path is refused.
        InvalidValue: a value does not fit its attribute.
        Mutability: a path names a readOnly attribute, or a required one is removed.
        NoTarget: a path selects nothing.
        TooMany: more than `MAX_EDITS`.
    """
    if len(operations) > MAX_EDITS:
        raise TooMany(f"more than {MAX_EDITS} operations on one resource")
    changed = dict(document)
    for operation in operations:
        if operation.path is None:
            adding = operation.op == "add"
            edits.write_all(resource_type, changed, operation.value, adding=adding)
        else:
            _apply_at(resource_type, changed, operation, operation.path)
    settle(resource_type, changed)
    return changed


def _apply_at(
    resource_type: ResourceType, document: Document, operation: Operation, text: str
) -> None:
    path = paths.parse(resource_type, text)
    if path.read_only:
        raise Mutability(f"{quoted(text)} is readOnly")
    if operation.op != "remove":
        adding = operation.op == "add"
        edits.write(resource_type, document, path, operation.value, adding=adding)
    elif path.attribute is not None and path.attribute.required:
        raise Mutability(f"{quoted(text)} is required and cannot be removed")
    else:
        edits.remove(resource_type, document, path, operation.value)


def _operation(raw: Any) -> Operation:
    if not isinstance(raw, dict):
        raise InvalidSyntax("each of Operations must be an object")
    # Any other key is ignored: Entra's Postman collection sends a `name`.
    given = {key.lower(): value for key, value in raw.items()}
    op, path = _op(given.get("op")), given.get("path")
    if path is not None and not isinstance(path, str):
        raise InvalidSyntax("path must be a string")
    if path is not None and path.strip():
        if op != "remove" and "value" not in given:
            raise InvalidValue("value", f"is required by {op}")
        return Operation(op, path.strip(), given.get("value"))
    if op == "remove":
        # RFC 7644 §3.5.2.2: "If "path" is unspecified, the operation fails".
        raise NoTarget("remove needs a path")
    return Operation(op, None, _attributes(given.get("value")))


def _op(raw: Any) -> Op:
    # Entra capitalizes them unless its tenant URL carries a flag.
    op = _OPS.get(raw.lower()) if isinstance(raw, str) else None
    if op is None:
        raise InvalidSyntax("op must be one of add, replace and remove")
    return op


def _attributes(raw: Any) -> dict[str, Any]:
    raw = values.unwrapped(raw)
    if isinstance(raw, list) and len(raw) == 1:
        raw = values.unwrapped(raw[0])  # the SCIM-SDK client
    if not isinstance(raw, dict):
        raise InvalidValue("value", "must be an object when there is no path")
    return raw


def _scim_1_1(body: Mapping[str, Any], members: Any) -> list[dict[str, Any]]:
    """OneLogin's older clients: `{"members": [{"value": id, "operation": "delete"}]}`."""
    rest = {key: value for key, value in body.items() if key.lower() not in {"members", "schemas"}}
    operations: list[dict[str, Any]] = [{"op": "replace", "value": rest}] if rest else []
    members = values.unwrapped(members)
    for member in map(values.unwrapped, members if isinstance(members, list) else [members]):
        given = (
            {key.lower(): raw for key, raw in member.items()} if isinstance(member, dict) else {}
        )
        op = _SCIM_1_1_OPS.get(str(given.get("operation") or "add").lower())
        if op is None:
            raise InvalidSyntax("operation of a member must be add or delete")
        operations.append({"op": op, "path": "members", "value": [member]})
    return operations
