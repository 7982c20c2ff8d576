"""Work for a thread that came while other work was done, handed over together: one hop for all."""

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Answered = TypeVar("Answered")

_HANDS = 2
"""Of a kind; one that waits for the database need not stop the others, and many would wait for the
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
        *,
        hands: int = _HANDS,
    ) -> None:
        self._answer = answer
        self._executor = threads
        self._hands = hands
        self._waiting: defaultdict[Hashable, deque[tuple[Asked, asyncio.Future[Answered]]]] = (
            defaultdict(deque)
        )
        self._threads: Counter[Hashable] = Counter()

    async def ask(self, asked: Asked, kind: Hashable = None) -> Answered:
        """
        Together with what is of the same `kind`. Raises what `answer` gives for it, or raises for
        all.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answered] = loop.create_future()
        self._waiting[kind].append((asked, future))
        if self._threads[kind] < self._hands:
            self._threads[kind] += 1
            loop.call_soon(self._take, kind)
        return await future

    def _take(self, kind: Hashable) -> None:
        waiting = self._waiting[kind]
        taken = [waiting.popleft() for _ in range(min(_TAKEN, len(waiting)))]
        if not taken:
            self._release(kind)
            return
        asked, futures = zip(*taken, strict=True)
        try:
            work = asyncio.get_running_loop().run_in_executor(self._executor, self._answer, asked)
        except RuntimeError as error:  # no thread can be started, so nobody takes the others either
            if self._threads[kind] == 1:
                futures += tuple(future for _, future in waiting)
                waiting.clear()
            self._release(kind)
            _end(futures, [error] * len(futures))
            return
        work.add_done_callback(partial(self._tell, kind, futures))

    def _release(self, kind: Hashable) -> None:
        self._threads[kind] -= 1
        if not self._threads[kind]:  # of what is asked never again nothing stays
            del self._threads[kind], self._waiting[kind]

    def _tell(
        self,
        kind: Hashable,
        futures: Sequence["asyncio.Future[Answered]"],
        done: "asyncio.Future[Sequence[Answered | Exception]]",
    ) -> None:
        failure = asyncio.CancelledError() if done.cancelled() else done.exception()
        _end(futures, done.result() if failure is None else [failure] * len(futures))
        self._take(kind)


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
