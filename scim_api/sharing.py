"""
Requests of one directory that came at once: each is read and answered by itself, and what they
write is one statement and one commit. Most of what a write costs is paid once for all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection

from provisioning.context import Context
from provisioning.store.engine import outcome, statement
from scim_api.messages import Request, Response

Read = TypeVar("Read")
Written = TypeVar("Written")
Answer = Response | Exception
"""An answer, or the refusal that is told in its place."""


@dataclass(frozen=True, slots=True)
class Shared:
    """Answers requests of one directory, in their order."""

    answer: Callable[[Sequence[Request]], Sequence[Answer]]


def each(
    requests: Sequence[Request],
    read: Callable[[Request], Read],
    answer: Callable[[Sequence[tuple[Request, Read]]], Sequence[Answer]],
) -> list[Answer]:
    """`answer` gets those that `read` does not refuse, each with what was read."""
    first = [outcome(partial(read, request)) for request in requests]
    wanted = [
        (request, one)
        for request, one in zip(requests, first, strict=True)
        if not isinstance(one, Exception)
    ]
    answers = iter(answer(wanted))
    return [one if isinstance(one, Exception) else next(answers) for one in first]


def at_once(
    write: Callable[[Connection, Context, Sequence[Read]], Sequence[Written | Exception]],
    answer: Callable[[Connection, Request, Read, Written], Response],
    wanted: Sequence[tuple[Request, Read]],
) -> list[Answer]:
    """
    `write` tells of each what it wrote, or why not. `answer` may read on the connection, but refuse
    nothing: its change may be committed.
    """
    if not wanted:
        return []
    (latest, _) = wanted[-1]
    with statement(latest.engine) as connection:
        written = write(connection, latest.context, [one for _, one in wanted])
        return [
            done
            if isinstance(done, Exception)
            else outcome(partial(answer, connection, request, one, done))
            for (request, one), done in zip(wanted, written, strict=True)
        ]
