"""
PATCH of a Group: members are rows, so their operations become one delta instead of a document.

A group of 20,000 is thus never read to add one member, and two deltas at once lose nothing.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from provisioning.filters import AnyOf, Comparison, Predicate
from provisioning.member_changes import MemberChange
from scim_api.protocol import paths
from scim_api.protocol.documents import is_members
from scim_api.protocol.errors import InvalidPath, Mutability
from scim_api.protocol.members import member_ids, names_a_member
from scim_api.protocol.patch import Operation
from scim_api.protocol.paths import Path
from scim_api.protocol.schema import GROUP

# The form that every client uses, once per member: reading it here spares the grammar, and keeps
# the cache of paths for paths that come again.
_ONE_MEMBER = re.compile(r'members\[\s*value\s+eq\s+"([^"\\]+)"\s*\]', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class GroupChange:
    """A PATCH of a Group: `members` is None when nothing is said of them."""

    members: MemberChange | None
    operations: tuple[Operation, ...]
    """For `patch.apply`; none of them is about members."""


@dataclass(slots=True)
class _Fold:
    """The operations so far as one change; dicts because the order of ids is kept."""

    replaced: bool = False
    added: dict[str, None] = field(default_factory=dict)
    removed: dict[str, None] = field(default_factory=dict)
    removed_where: list[Predicate] = field(default_factory=list)

    def add(self, ids: Iterable[str]) -> None:
        for member in ids:
            self.added[member] = None
            self.removed.pop(member, None)

    def remove(self, ids: Iterable[str]) -> None:
        for member in ids:
            self.added.pop(member, None)
            if not self.replaced:
                self.removed[member] = None

    def remove_where(self, predicate: Predicate) -> None:
        if self.added:
            # Whether it matches those is for the database to say, and it does not have them yet.
            raise InvalidPath("members: remove by this filter before adding, or in another request")
        if not self.replaced:
            self.removed_where.append(predicate)

    def replace(self, ids: Iterable[str]) -> None:
        self.replaced = True
        self.added = dict.fromkeys(ids)
        self.removed.clear()
        self.removed_where.clear()

    def change(self) -> MemberChange | None:
        if not (self.replaced or self.added or self.removed or self.removed_where):
            return None
        return MemberChange(
            self.replaced, tuple(self.added), tuple(self.removed), tuple(self.removed_where)
        )


def split(operations: Sequence[Operation]) -> GroupChange:
    """
    The operations on members as one change, and all others.

    Raises:
        InvalidPath, InvalidFilter: a path is malformed, names no attribute, or cannot be folded.
        InvalidValue: a member is no id.
        Mutability: the `value` of a member would change (RFC 7643 §8.7.1: immutable).
    """
    fold = _Fold()
    others = [rest for operation in operations if (rest := _folded(fold, operation)) is not None]
    return GroupChange(fold.change(), tuple(others))


def _folded(fold: _Fold, operation: Operation) -> Operation | None:
    """What is left of the operation when its members are in the fold."""
    if operation.path is None:
        return _folded_object(fold, operation)
    if match := _ONE_MEMBER.fullmatch(operation.path):
        _fold_selected(fold, operation, (match[1],))
        return None
    path = paths.parse(GROUP, operation.path)
    if path.attribute is not GROUP.attributes["members"]:
        return operation
    if path.sub is not None:
        _refuse_new_value(path)
    elif path.filter is None:
        _fold_whole(fold, operation)
    elif (ids := _ids(path.filter)) is not None:
        _fold_selected(fold, operation, ids)
    else:
        _fold_where(fold, operation, path.filter)
    return None


def _folded_object(fold: _Fold, operation: Operation) -> Operation | None:
    attributes: Mapping[str, Any] = operation.value
    rest = {key: value for key, value in attributes.items() if not is_members(key)}
    for key, raw in attributes.items():
        # A client that renames a group may write `"members": null` for "not said"; to take
        # everyone's access away for that would be the worse reading.
        if raw is not None and is_members(key):
            _fold_whole(fold, replace(operation, value=raw))
    return replace(operation, value=rest) if rest else None


def _fold_whole(fold: _Fold, operation: Operation) -> None:
    ids = member_ids(operation.value)
    if operation.op == "add":
        fold.add(ids)
    elif operation.op == "replace":
        fold.replace(ids)
    elif operation.value is None:
        # RFC 7644 §3.5.2.2; Keycloak's client writes the null out.
        fold.replace(())
    else:
        # Entra, JumpCloud, authentik: not RFC, and only the named ones may go.
        fold.remove(ids)


def _fold_selected(fold: _Fold, operation: Operation, ids: Sequence[str]) -> None:
    if operation.op == "remove":
        fold.remove(ids)
        return
    if isinstance(operation.value, dict) and not names_a_member(operation.value):
        return  # a label: those are ours to tell
    if operation.op == "replace":
        fold.remove(ids)
    fold.add(member_ids(operation.value))


def _fold_where(fold: _Fold, operation: Operation, predicate: Predicate) -> None:
    if operation.op != "remove":
        raise InvalidPath("members: only remove may select them by more than their value")
    fold.remove_where(predicate)


def _refuse_new_value(path: Path) -> None:
    """Labels of a member are ours to tell, so a change of one is none; its id is another matter."""
    if path.sub is GROUP.attributes["members"].sub_attributes["value"]:
        raise Mutability("members.value is immutable: remove the member and add another")


def _ids(predicate: Predicate) -> tuple[str, ...] | None:
    """The ids that `value eq "a" or value eq "b"` names; None for any other predicate."""
    parts = predicate.parts if isinstance(predicate, AnyOf) else (predicate,)
    ids: list[str] = []
    for part in parts:
        match part:
            case Comparison(target, "eq", str(value)) if target.path == ("value",):
                ids.append(value)
            case _:
                return None
    return tuple(ids)
