"""Work for a thread that came while other work was done, handed over together: one hop for all."""

import asyncio
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Answered = TypeVar("Answered")

_HANDS = 3
"""Of a kind; one that waits for the database need not stop the others, and many would wait for the
interpreter."""
_TAKEN = 32
"""The first of a hand waits for the last."""
PATIENCE_SECONDS = 0.01
"""A few times what a hand takes that waits for nobody."""


@dataclass(slots=True)
class _Line(Generic[Asked, Answered]):
    """Of one kind: who waits, and how many hands are under way with how many of them."""

    kind: Hashable
    waiting: deque[tuple[Asked, "asyncio.Future[Answered]"]] = field(default_factory=deque)
    hands: int = 0
    carried: int = 0
    is_called: bool = False
    is_watched: bool = False

    @property
    def is_worth_a_hand(self) -> bool:
        """What it costs, it costs once, and who is answered soon asks again."""
        return len(self.waiting) >= max(self.carried, 1)


class Together(Generic[Asked, Answered]):
    """
    `answer` is called in one of the threads (None: the loop's own) with what was asked meanwhile,
    and gives for each an answer or its refusal, in order. Whoever is in the same turn of the loop
    comes along.

    Nobody waits for company while no hand is under way. A further one goes when it carries as many
    as those do: else one would carry most of those who ask again and again, and the others hardly
    anybody, for the same price. After `patience` seconds it goes in any case, for those who are
    under way may be held up.
    """

    def __init__(
        self,
        answer: Callable[[Sequence[Asked]], Sequence[Answered | Exception]],
        threads: Executor | None = None,
        *,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._answer = answer
        self._patience = patience
        self._executor = threads
        self._lines: dict[Hashable, _Line[Asked, Answered]] = {}

    async def ask(self, asked: Asked, kind: Hashable = None) -> Answered:
        """
        Together with what is of the same `kind`. Raises what `answer` gives for it, or raises for
        all.
        """
        future: asyncio.Future[Answered] = asyncio.get_running_loop().create_future()
        line = self._lines.get(kind)
        if line is None:
            line = self._lines[kind] = _Line(kind)
        line.waiting.append((asked, future))
        self._call(line)
        return await future

    def _call(self, line: _Line[Asked, Answered]) -> None:
        """A hand, when whoever is in this turn of the loop has asked, too."""
        if line.is_called or line.hands == _HANDS:
            return
        if line.is_worth_a_hand:
            line.is_called = True
            asyncio.get_running_loop().call_soon(self._come, line)
        else:
            self._watch(line)

    def _come(self, line: _Line[Asked, Answered]) -> None:
        line.is_called = False
        self._take(line)

    def _watch(self, line: _Line[Asked, Answered]) -> None:
        if not line.is_watched:
            line.is_watched = True
            asyncio.get_running_loop().call_later(self._patience, self._look_after, line)

    def _look_after(self, line: _Line[Asked, Answered]) -> None:
        line.is_watched = False
        self._take(line)

    def _take(self, line: _Line[Asked, Answered]) -> None:
        if not line.waiting or line.hands == _HANDS:
            return
        taken = [line.waiting.popleft() for _ in range(min(_TAKEN, len(line.waiting)))]
        asked, futures = zip(*taken, strict=True)
        try:
            work = asyncio.get_running_loop().run_in_executor(self._executor, self._answers, asked)
        except RuntimeError as error:  # no thread can be started
            if not line.hands:  # so nobody takes the others either
                futures += tuple(future for _, future in line.waiting)
                line.waiting.clear()
            _end(futures, [error] * len(futures))
            self._forget(line)
            return
        line.hands += 1
        line.carried += len(futures)
        work.add_done_callback(partial(self._tell, line, futures))
        if line.waiting:
            self._call(line)

    def _answers(self, asked: Sequence[Asked]) -> Sequence[Answered | Exception]:
        """One for each, whatever happens: who is told nothing waits forever."""
        try:
            answers = self._answer(asked)
        except Exception as error:  # noqa: BLE001 - told to each of them
            return [error] * len(asked)
        if len(answers) != len(asked):
            return [AssertionError(f"{len(answers)} answers to {len(asked)}")] * len(asked)
        return answers

    def _tell(
        self,
        line: _Line[Asked, Answered],
        futures: Sequence["asyncio.Future[Answered]"],
        done: "asyncio.Future[Sequence[Answered | Exception]]",
    ) -> None:
        line.hands -= 1
        line.carried -= len(futures)
        failure = asyncio.CancelledError() if done.cancelled() else done.exception()
        _end(futures, done.result() if failure is None else [failure] * len(futures))
        if line.is_worth_a_hand:
            self._take(line)
        elif line.waiting:
            self._watch(line)
        self._forget(line)

    def _forget(self, line: _Line[Asked, Answered]) -> None:
        """Of what is asked never again nothing stays."""
        if not line.hands and not line.waiting:
            self._lines.pop(line.kind, None)


def _end(
    futures: Sequence["asyncio.Future[Answered]"],
    answers: Sequence[Answered | BaseException],
) -> None:
    for future, answer in zip(futures, answers, strict=True):
        if future.done():  # whoever asked is gone
            continue
        if isinstance(answer, StopIteration):  # no future takes one
            future.set_exception(RuntimeError("StopIteration"))
        elif isinstance(answer, BaseException):
            future.set_exception(answer)
        else:
            future.set_result(answer)
