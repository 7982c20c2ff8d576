"""What happened during one simulation, written down as it happens."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from time import perf_counter
from typing import Literal

Noun = Literal["user", "group"]

_ADDRESS = re.compile(r"[^\s\"'<>]+@[^\s\"'<>]+")

NO_ANSWER = 0
"""Stands for a status where the connection broke before one arrived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A request the server refused for good."""

    kind: str
    status: int
    """`NO_ANSWER` when there was none."""
    detail: str
    """The server's own `detail` (RFC 7644 §3.12), e-mail addresses blotted out."""


@dataclass(slots=True)
class Ledger:
    """One per run; everything in it is only ever added to."""

    started: float = field(default_factory=perf_counter)
    samples: dict[str, list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))
    """Request kind -> (status, seconds) of every attempt, retried ones included."""
    failures: list[Failure] = field(default_factory=list)
    retries: int = 0
    created: dict[Noun, list[str]] = field(default_factory=lambda: {"user": [], "group": []})
    """SCIM ids the server gave."""

    def answered(self, kind: str, status: int, seconds: float) -> None:
        """One attempt, whatever came of it."""
        self.samples[kind].append((status, seconds))

    def failed(self, kind: str, status: int, detail: str) -> Failure:
        """Addresses in `detail` are other people's: a report may end up in a ticket."""
        failure = Failure(kind=kind, status=status, detail=_ADDRESS.sub("<address>", detail))
        self.failures.append(failure)
        return failure
