"""Moments in query strings: every real one is read, and nothing else."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_api.moments import MomentText, in_utc

PATTERN = re.compile(str(get_args(MomentText)[1].pattern))
MOMENTS = st.datetimes(
    datetime(1000, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    datetime(2999, 12, 31),  # noqa: DTZ001
    timezones=st.integers(-14, 14).map(lambda hours: timezone(timedelta(hours=hours))),
)


@given(MOMENTS)
def test_every_moment_is_read_as_it_is(moment: datetime) -> None:
    text = moment.isoformat()

    assert PATTERN.fullmatch(text)
    assert in_utc(text) == moment


@given(st.from_regex(PATTERN, fullmatch=True))
def test_whatever_matches_is_a_moment(text: str) -> None:
    assert in_utc(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "0.5",
        "1700000000",
        "2026-11-22",
        "2026-11-22T03:00:00",
        "2026-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22 03:00:00Z",
    ],
)
def test_nothing_else_is_one(text: str) -> None:
    assert PATTERN.fullmatch(text) is None
