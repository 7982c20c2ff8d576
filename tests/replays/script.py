"""A replay file, read: what is sent in which order, and what is expected of the answers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DESCRIPTION = ("idp", "title", "notes", "sources")
NO_BODY = object()


@dataclass(frozen=True, slots=True)
class Request:
    """One request before its variables are filled in."""

    method: str
    path: str
    headers: Mapping[str, str | None]
    """Over those of the file; None takes a header away altogether."""
    body: Any = NO_BODY
    raw: bool = False
    """`body` is text that is sent as it is."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is looked at in an answer; empty means that anything goes."""

    status: tuple[int, ...] = ()
    headers: Mapping[str, Any] = field(default_factory=dict)
    json: Mapping[str, Any] = field(default_factory=dict)
    require_body: bool = False
    """Also a 204, which may be silent otherwise, must bring the JSON."""


@dataclass(frozen=True, slots=True)
class Burst:
    """The step's request `count` times, `concurrency` at once."""

    count: int
    concurrency: int
    min_rps: float
    save_all: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Call:
    """A request and what is expected of its answer."""

    request: Request
    expectation: Expectation


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the report."""

    name: str
    level: str
    calls: tuple[Call, ...]
    """More than one: sent at the same time."""
    save: Mapping[str, str]
    skip_unless: tuple[str, ...]
    critical: bool
    fallback: Request | None
    burst: Burst | None
    for_each: str | None


@dataclass(frozen=True, slots=True)
class Script:
    """A whole file."""

    headers: Mapping[str, str | None]
    variables: Mapping[str, Any]
    steps: tuple[Step, ...]


def read(path: Path) -> Script:
    """Raises ValueError for a key that would otherwise be ignored, and with it an expectation."""
    return parse(json.loads(path.read_text("utf-8")))


def parse(document: Any) -> Script:
    """`document` is the list of steps, or an object around it. Raises ValueError as `read` does."""
    rest = dict(document) if isinstance(document, dict) else {"steps": document}
    for key in DESCRIPTION:
        rest.pop(key, None)
    script = Script(
        headers=rest.pop("headers", {}),
        variables=rest.pop("vars", {}),
        steps=tuple(_step(step) for step in rest.pop("steps")),
    )
    _refuse(rest, "the file")
    return script


def _step(document: Mapping[str, Any]) -> Step:
    rest = dict(document)
    name = rest.pop("name")
    rest.pop("source", None)
    concurrent = rest.pop("concurrent", None)
    expectation = _expectation(rest.pop("expect", {}), name)
    fallback = rest.pop("fallback", None)
    burst = rest.pop("burst", None)
    skip_unless = rest.pop("skip_unless", ())
    if fallback is not None:
        fallback = {"method": rest["method"], "path": rest["path"], **fallback}
    step = Step(
        name=name,
        level=rest.pop("level", "must"),
        save=rest.pop("save", {}),
        skip_unless=(skip_unless,) if isinstance(skip_unless, str) else tuple(skip_unless),
        critical=rest.pop("critical", False),
        fallback=_request(fallback, name) if fallback is not None else None,
        burst=_burst(burst, name) if burst is not None else None,
        for_each=rest.pop("for_each", None),
        calls=(
            (Call(_request(rest, name), expectation),)
            if concurrent is None
            else tuple(_concurrent(call, expectation, name) for call in concurrent)
        ),
    )
    if concurrent is not None:
        _refuse(rest, name)
    return step


def _concurrent(document: Mapping[str, Any], common: Expectation, name: str) -> Call:
    rest = dict(document)
    own = rest.pop("expect", None)
    return Call(_request(rest, name), common if own is None else _expectation(own, name))


def _request(document: Mapping[str, Any], name: str) -> Request:
    rest = dict(document)
    request = Request(
        method=rest.pop("method"),
        path=rest.pop("path"),
        headers=rest.pop("headers", {}),
        body=rest.pop("body", NO_BODY),
        raw=rest.pop("raw", False),
    )
    _refuse(rest, name)
    return request


def _expectation(document: Mapping[str, Any], name: str) -> Expectation:
    rest = dict(document)
    expectation = Expectation(
        status=tuple(rest.pop("status", ())),
        headers=rest.pop("headers", {}),
        json=rest.pop("json", {}),
        require_body=rest.pop("require_body", False),
    )
    _refuse(rest, f"expect of {name}")
    return expectation


def _burst(document: Mapping[str, Any], name: str) -> Burst:
    rest = dict(document)
    burst = Burst(
        count=rest.pop("count"),
        concurrency=rest.pop("concurrency"),
        min_rps=rest.pop("min_rps", 0),
        save_all=rest.pop("save_all", {}),
    )
    _refuse(rest, f"burst of {name}")
    return burst


def _refuse(rest: Mapping[str, Any], where: str) -> None:
    if rest:
        raise ValueError(f"unknown in {where}: {', '.join(rest)}")
