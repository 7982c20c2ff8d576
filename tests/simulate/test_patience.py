"""How long a client waits: Okta's rules."""

import pytest

from service.simulate.patience import Patience


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 3), (2, 6), (3, 12), (9, 300)])
def test_the_wait_the_server_asked_for_doubles_up_to_a_bound(attempt: int, seconds: int) -> None:
    assert Patience().wait_seconds("3", attempt) == seconds


@pytest.mark.parametrize("header", ["Sat, 21 Nov 2026 10:00:00 GMT", "1.5", "-1", "soon", ""])
def test_a_retry_after_that_is_no_integer_means_five_minutes(header: str) -> None:
    assert Patience().wait_seconds(header, 1) == 300


def test_without_a_retry_after_the_first_wait_is_a_second() -> None:
    assert Patience().wait_seconds(None, 1) == 1


def test_no_wait_at_all_is_a_wish_that_is_granted() -> None:
    assert Patience().wait_seconds("0", 5) == 0
