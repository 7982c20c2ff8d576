"""
Requests of one directory that came at once: each is read and answered by itself, and what they
write is one statement and one commit. Most of what a write costs is paid once for all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import Connection

from provisioning.context import Context
from provisioning.store.engine import outcomes, statement
from scim_api.messages import Request, Response

MAX_BYTES = 16 * 1024
"""Of a body that is written with others."""

Read = TypeVar("Read")
Written = TypeVar("Written")
Answer = Response | Exception
"""An answer, or the refusal that is told in its place."""


@dataclass(frozen=True, slots=True)
class Shared:
    """
    Answers requests of one directory, in their order. Nobody is answered before all are: a body
    that `may_take_long` goes alone.
    """

    answer: Callable[[Sequence[Request]], Sequence[Answer]]
    may_take_long: Callable[[bytes], bool] = field(default=lambda body: len(body) > MAX_BYTES)


def each(
    requests: Sequence[Request],
    read: Callable[[Request], Read],
    answer: Callable[[Sequence[tuple[Request, Read]]], Sequence[Answer]],
) -> list[Answer]:
    """`answer` gets those that `read` does not refuse, each with what was read."""
    first = outcomes(read, requests)
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
    `write` tells of each what it wrote, or why not; its context is the latest request's. `answer`
    may read on the connection, but refuse nothing: its change may be committed.
    """
    if not wanted:
        return []
    (latest, _) = wanted[-1]
    with statement(latest.engine) as connection:
        written = write(connection, latest.context, [one for _, one in wanted])
        changed = [
            (request, one, done)
            for (request, one), done in zip(wanted, written, strict=True)
            if not isinstance(done, Exception)
        ]
        answers = iter(outcomes(lambda change: answer(connection, *change), changed))
        return [done if isinstance(done, Exception) else next(answers) for done in written]
