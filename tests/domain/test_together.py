"""What is asked at once goes to a thread together, and each gets its own answer or refusal."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from provisioning.together import PATIENCE_SECONDS, Together

A_LONG_TIME = 3600.0


class Halves:
    """Odd numbers are refused; it remembers who came together."""

    def __init__(self) -> None:
        self.came: list[list[int]] = []
        self.calls = threading.Semaphore(0)
        self.open = threading.Event()
        self.open.set()

    def __call__(self, asked: Sequence[int]) -> list[int | Exception]:
        self.came.append(list(asked))
        self.calls.release()
        self.open.wait()
        if 13 in asked:
            raise LookupError("13")
        return [ValueError(one) if one % 2 else one // 2 for one in asked]


def test_each_gets_its_own_answer() -> None:
    halves = Halves()

    async def ask() -> list[int | BaseException]:
        together = Together(halves)
        return await asyncio.gather(*map(together.ask, range(4)), return_exceptions=True)

    zero, one, two, three = asyncio.run(ask())

    assert (zero, two) == (0, 1)
    assert isinstance(one, ValueError)
    assert one.args == (1,)
    assert isinstance(three, ValueError)
    assert halves.came == [[0, 1, 2, 3]]


def test_one_that_is_alone_does_not_wait_for_company() -> None:
    halves = Halves()

    async def ask() -> list[int]:
        together = Together(halves)
        return [await together.ask(one) for one in (2, 4)]

    assert asyncio.run(ask()) == [1, 2]
    assert halves.came == [[2], [4]]


def test_who_comes_while_hands_are_under_way_goes_with_the_next() -> None:
    halves = Halves()
    halves.open.clear()

    async def ask() -> list[int]:
        together = Together(halves)
        asked = []
        for hand in ((0,), (2,), (4, 6), (8, 10, 12)):
            asked += [asyncio.create_task(together.ask(one)) for one in hand]
            if len(asked) <= 4:
                await asyncio.to_thread(halves.calls.acquire)
        await asyncio.sleep(0)  # all have asked
        halves.open.set()
        return await asyncio.gather(*asked)

    assert asyncio.run(ask()) == list(range(7))
    assert halves.came == [[0], [2], [4, 6], [8, 10, 12]]


def test_a_further_hand_carries_as_many_as_are_under_way() -> None:
    halves = Halves()
    halves.open.clear()

    async def ask() -> list[int]:
        together = Together(halves, patience=A_LONG_TIME)
        asked = [asyncio.create_task(together.ask(one)) for one in (0, 2, 4)]
        await asyncio.to_thread(halves.calls.acquire)
        asked += [asyncio.create_task(together.ask(one)) for one in (6, 8)]
        await asyncio.sleep(0)
        asked.append(asyncio.create_task(together.ask(10)))
        await asyncio.to_thread(halves.calls.acquire)
        halves.open.set()
        return await asyncio.gather(*asked)

    assert asyncio.run(ask()) == list(range(6))
    assert halves.came == [[0, 2, 4], [6, 8, 10]]


@pytest.mark.parametrize("held_up", [False, True])
def test_fewer_go_when_those_who_are_under_way_are_back_or_held_up(held_up: bool) -> None:  # noqa: FBT001 - pytest gives it by name
    halves = Halves()
    halves.open.clear()

    async def ask() -> list[int]:
        together = Together(halves, patience=PATIENCE_SECONDS if held_up else A_LONG_TIME)
        asked = [asyncio.create_task(together.ask(one)) for one in (0, 2, 4)]
        await asyncio.to_thread(halves.calls.acquire)
        asked.append(asyncio.create_task(together.ask(6)))
        if held_up:
            await asyncio.to_thread(halves.calls.acquire)
        await asyncio.sleep(0)
        halves.open.set()
        return await asyncio.gather(*asked)

    assert asyncio.run(ask()) == list(range(4))
    assert halves.came == [[0, 2, 4], [6]]


def test_where_all_hands_are_held_up_who_waits_goes_with_the_first_that_is_back() -> None:
    first, others = Halves(), Halves()
    for halves in (first, others):
        halves.open.clear()

    def answer(asked: Sequence[int]) -> list[int | Exception]:
        return first(asked) if asked[0] == 0 else others(asked)

    async def ask() -> int:
        together = Together(answer)
        ahead = []
        for hand in ((0,), (2, 4, 6), (8, 10, 12, 14)):
            ahead += [asyncio.create_task(together.ask(one)) for one in hand]
            await asyncio.to_thread((first if hand == (0,) else others).calls.acquire)
        await asyncio.sleep(2 * PATIENCE_SECONDS)  # nobody looks after them any more
        waits = asyncio.create_task(together.ask(16))
        await asyncio.sleep(0)
        first.open.set()
        await asyncio.to_thread(others.calls.acquire)
        others.open.set()
        await asyncio.gather(*ahead)
        return await waits

    assert asyncio.run(ask()) == 8
    assert others.came == [[2, 4, 6], [8, 10, 12, 14], [16]]


def test_only_what_is_of_one_kind_comes_together() -> None:
    halves = Halves()

    async def ask() -> list[int]:
        together = Together(halves)
        return await asyncio.gather(*(together.ask(one, one % 4) for one in range(0, 12, 2)))

    assert asyncio.run(ask()) == list(range(6))
    assert sorted(halves.came) == [[0, 4, 8], [2, 6, 10]]


def test_one_kind_that_is_held_up_holds_up_no_other() -> None:
    halves = Halves()
    halves.open.clear()

    async def ask() -> list[int]:
        together = Together(halves, ThreadPoolExecutor(4))
        held = [asyncio.create_task(together.ask(one, "held")) for one in (0, 2)]
        await asyncio.to_thread(halves.calls.acquire)
        other = asyncio.create_task(together.ask(4, "other"))
        await asyncio.to_thread(halves.calls.acquire)
        halves.open.set()
        return await asyncio.gather(*held, other)

    assert asyncio.run(ask()) == [0, 1, 2]
    assert halves.came == [[0, 2], [4]]


def test_no_hand_is_endless() -> None:
    halves = Halves()

    async def ask() -> list[int]:
        together = Together(halves)
        return await asyncio.gather(*map(together.ask, range(0, 200, 2)))

    assert asyncio.run(ask()) == list(range(100))
    assert max(map(len, halves.came)) == 32


def test_a_failure_is_told_to_all_it_meets_and_to_nobody_after() -> None:
    halves = Halves()

    async def ask() -> tuple[list[int | BaseException], int]:
        together = Together(halves)
        met = await asyncio.gather(*map(together.ask, (2, 13)), return_exceptions=True)
        with pytest.raises(ValueError, match="5"):
            await together.ask(5)
        return met, await together.ask(4)

    met, later = asyncio.run(ask())

    assert [type(one) for one in met] == [LookupError, LookupError]
    assert later == 2


def test_nobody_is_answered_for_who_is_gone() -> None:
    halves = Halves()
    halves.open.clear()

    async def ask() -> int:
        together = Together(halves)
        gone = asyncio.create_task(together.ask(2))
        stays = asyncio.create_task(together.ask(4))
        await asyncio.to_thread(halves.calls.acquire)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        halves.open.set()
        return await stays

    assert asyncio.run(ask()) == 2


def test_where_no_thread_can_be_had_now_there_may_be_one_later() -> None:
    ended = ThreadPoolExecutor()
    ended.shutdown()

    async def ask() -> int:
        together, loop = Together(Halves()), asyncio.get_running_loop()
        loop.set_default_executor(ended)
        for _ in range(3):
            with pytest.raises(RuntimeError):
                await together.ask(2)
        loop.set_default_executor(ThreadPoolExecutor())
        return await together.ask(4)

    assert asyncio.run(ask()) == 2


def raised(_: Sequence[int]) -> list[int | Exception]:
    raise StopIteration


MISSHAPEN = {
    "too few": lambda asked: asked[1:],
    "too many": lambda asked: [*asked, 0],
    "stopped": raised,
    "one stopped": lambda asked: [StopIteration(), *asked[1:]],
}


@pytest.mark.parametrize("answer", MISSHAPEN.values(), ids=MISSHAPEN)
def test_nobody_waits_forever_for_an_answer_that_does_not_fit(
    answer: Callable[[Sequence[int]], Sequence[int | Exception]],
) -> None:
    async def ask() -> list[int | BaseException]:
        together = Together(answer)
        asked = [asyncio.create_task(together.ask(one)) for one in (1, 2)]
        done, waiting = await asyncio.wait(asked, timeout=A_LONG_TIME)
        assert not waiting
        return [one.exception() or one.result() for one in asked if one in done]

    first, second = asyncio.run(ask())

    assert isinstance(first, (AssertionError, RuntimeError))
    assert second == 2 or type(second) is type(first)
