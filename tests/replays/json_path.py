"""The part of JSONPath that replays use: `$.a["b c"][0][*][?d.e=="x"]`."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

_Step = Callable[[Any], Iterator[Any]]

_STEP = re.compile(
    r"""
      \.(?P<name>[A-Za-z_$][\w$-]*)
    | \[(?P<key>"(?:[^"\\]|\\.)*")\]
    | \[(?P<index>-?\d+)\]
    | \[(?P<all>\*)\]
    | \[\?\s*(?P<inner>[\w$.-]+)\s*==\s*(?P<wanted>"(?:[^"\\]|\\.)*"|true|false|null|-?\d+)\s*\]
    """,
    re.VERBOSE,
)


def find(document: Any, path: str) -> list[Any]:
    """
    Every node that `path` matches, none when it matches nothing.

    Raises:
        ValueError: `path` is outside the subset.

    """
    nodes = [document]
    for step in _parse(path):
        nodes = [found for node in nodes for found in step(node)]
    return nodes


def _parse(path: str) -> list[_Step]:
    if not path.startswith("$"):
        raise ValueError(f"a JSON path begins with $: {path}")
    steps: list[_Step] = []
    position = 1
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None:
            raise ValueError(f"no JSON path from here on: {path[position:]} (in {path})")
        steps.append(_step(match))
        position = match.end()
    return steps


def _step(match: re.Match[str]) -> _Step:
    if match["name"] is not None:
        return _member(match["name"])
    if match["key"] is not None:
        return _member(json.loads(match["key"]))
    if match["index"] is not None:
        return _element(int(match["index"]))
    if match["all"] is not None:
        return _every
    return _those_where(match["inner"].split("."), json.loads(match["wanted"]))


def _member(name: str) -> _Step:
    def step(node: Any) -> Iterator[Any]:
        if isinstance(node, dict) and name in node:
            yield node[name]

    return step


def _element(index: int) -> _Step:
    def step(node: Any) -> Iterator[Any]:
        if isinstance(node, list) and -len(node) <= index < len(node):
            yield node[index]

    return step


def _every(node: Any) -> Iterator[Any]:
    if isinstance(node, list):
        yield from node
    elif isinstance(node, dict):
        yield from node.values()


def _those_where(names: list[str], wanted: Any) -> _Step:
    def step(node: Any) -> Iterator[Any]:
        for item in node if isinstance(node, list) else ():
            inner = [item]
            for name in names:
                inner = [found for value in inner for found in _member(name)(value)]
            if any(_alike(value, wanted) for value in inner):
                yield item

    return step


def _alike(value: Any, wanted: Any) -> bool:
    """Text compares without case, as most SCIM attributes do; `true` is not 1."""
    if isinstance(value, str) and isinstance(wanted, str):
        return value.casefold() == wanted.casefold()
    return type(value) is type(wanted) and bool(value == wanted)
