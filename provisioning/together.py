"""Work for a thread that came while other work was done, handed over together: one hop for all."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Answered = TypeVar("Answered")

_AT_ONCE = 2
"""Threads; one that waits for the database need not stop the others, and many would wait for the
interpreter."""
_TAKEN = 32
"""The first of a hand waits for the last."""


class Together(Generic[Asked, Answered]):
    """
    `answer` is called in one of the threads (None: the loop's own) with what was asked meanwhile,
    and gives for each an answer or its refusal, in order. Whoever is in the same turn of the loop
    comes along; nobody waits for company.
    """

    def __init__(
        self,
        answer: Callable[[Sequence[Asked]], Sequence[Answered | Exception]],
        threads: Executor | None = None,
    ) -> None:
        self._answer = answer
        self._executor = threads
        self._waiting: deque[tuple[Asked, asyncio.Future[Answered]]] = deque()
        self._threads = 0

    async def ask(self, asked: Asked) -> Answered:
        """Raises what `answer` gives for it, or raises for all."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answered] = loop.create_future()
        self._waiting.append((asked, future))
        if self._threads < _AT_ONCE:
            self._threads += 1
            loop.call_soon(self._take)
        return await future

    def _take(self) -> None:
        taken = [self._waiting.popleft() for _ in range(min(_TAKEN, len(self._waiting)))]
        if not taken:
            self._threads -= 1
            return
        asked, futures = zip(*taken, strict=True)
        try:
            work = asyncio.get_running_loop().run_in_executor(self._executor, self._answer, asked)
        except RuntimeError as error:  # no thread can be started, so nobody takes the others either
            self._threads -= 1
            if not self._threads:
                futures += tuple(future for _, future in self._waiting)
                self._waiting.clear()
            _end(futures, [error] * len(futures))
            return
        work.add_done_callback(partial(self._tell, futures))

    def _tell(
        self,
        futures: Sequence["asyncio.Future[Answered]"],
        done: "asyncio.Future[Sequence[Answered | Exception]]",
    ) -> None:
        failure = asyncio.CancelledError() if done.cancelled() else done.exception()
        _end(futures, done.result() if failure is None else [failure] * len(futures))
        self._take()


def _end(
    futures: Sequence["asyncio.Future[Answered]"],
    answers: Sequence[Answered | BaseException],
) -> None:
    for future, answer in zip(futures, answers, strict=True):
        if future.done():  # whoever asked is gone
            continue
        if isinstance(answer, BaseException):
            future.set_exception(answer)
        else:
            future.set_result(answer)
