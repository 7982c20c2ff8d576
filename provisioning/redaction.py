"""What is left of an event when those it tells of are purged: the ids, and what happened."""

from collections.abc import Mapping
from typing import Any

Tree = dict[str, Any]
_IDS = frozenset({"id"})
NOUNS = frozenset(
    {"organization_membership", "change", "directory_user", "invitation", "join_request"}
)
"""Of events in which there is something personal."""


def redacted(event_type: str, data: Tree, previous: Tree | None) -> tuple[Tree, Tree | None]:
    """
    `data` and `previous_attributes` of an event of one of `NOUNS` without anything personal.
    Names of attributes stay, their values become null, so that what was changed once can still be
    counted, and each event still has its shape.
    """
    noun = event_type.partition(".")[0]
    if noun == "directory_user":
        return {**data, "resource": {}}, None if previous is None else _resource(previous)
    if noun == "invitation":
        return _without(data, "email"), None if previous is None else _without(previous, "email")
    return _member(data), None if previous is None else _member(previous)


def _resource(previous: Tree) -> Tree:
    if previous.keys() == {"resource"}:  # of a deletion: all of it
        return {"resource": {}}
    return dict.fromkeys(previous)


def _member(tree: Tree) -> Tree:
    user = tree.get("user")
    if not isinstance(user, Mapping):
        return tree
    kept = {name: value if name in _IDS else None for name, value in user.items()}
    return {**tree, "user": kept}


def _without(tree: Tree, name: str) -> Tree:
    return {**tree, name: None} if name in tree else tree
