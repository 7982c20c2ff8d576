"""Requests of a key are counted in a sliding minute; when another is allowed is told truly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_api.rates import Rates

START = 1_800_000_000


def test_a_limit_is_reached_and_what_was_refused_does_not_count() -> None:
    rates = Rates()

    counted = [rates.hit("key", 3, START + second) for second in range(5)]

    assert [one.is_allowed for one in counted] == [True, True, True, False, False]
    assert [one.remaining for one in counted] == [2, 1, 0, 0, 0]
    assert {one.reset_at for one in counted} == {START + 60}


def test_what_was_asked_a_minute_ago_counts_no_more() -> None:
    rates = Rates()
    for second in (0, 0.5, 20):
        rates.hit("key", 3, START + second)

    assert not rates.hit("key", 3, START + 59.9).is_allowed
    later = [rates.hit("key", 3, START + 60) for _ in range(3)]
    assert [one.is_allowed for one in later] == [True, True, False]
    assert later[-1].reset_at == START + 80


def test_each_key_is_counted_by_itself() -> None:
    rates = Rates()

    assert rates.hit("one", 1, START).is_allowed
    assert rates.hit("other", 1, START).is_allowed


def test_a_clock_that_is_set_back_lets_nobody_ask_more() -> None:
    rates = Rates()
    rates.hit("key", 2, START + 5)
    rates.hit("key", 2, START + 1)

    assert not rates.hit("key", 2, START + 1).is_allowed
    assert not rates.hit("key", 2, START + 64).is_allowed
    assert rates.hit("key", 2, START + 65).is_allowed


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 60, 6000])
@given(steps=st.lists(st.floats(min_value=0, max_value=45), min_size=1, max_size=40))
def test_who_waits_as_told_is_let_in_and_nobody_asks_more(limit: int, steps: list[float]) -> None:
    rates = Rates()
    moment = float(START)
    allowed: list[float] = []
    for step in steps:
        moment += step
        asked = [rates.hit("key", limit, moment) for _ in range(min(limit, 200))]
        allowed += [moment for one in asked if one.is_allowed]
        assert len([one for one in allowed if one > moment - 59]) <= limit
        if not asked[-1].remaining:
            assert asked[-1].reset_at - moment <= 60
            moment = max(moment, asked[-1].reset_at)
            assert rates.hit("key", limit, moment).is_allowed
            allowed.append(moment)
