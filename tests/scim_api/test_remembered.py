"""What a web process keeps in memory for a moment has its limits."""

import pytest

from provisioning.store.resources import Resource
from scim_api.remembered import Remembered, Seen, Totals

MOMENT = "2026-11-23T08:00:00.000000Z"


def test_of_many_the_oldest_are_forgotten() -> None:
    remembered: Remembered[str, int] = Remembered(2)
    for number, key in enumerate("abac"):
        remembered.put(key, number)

    assert [remembered.get(key) for key in "abc"] == [2, None, 3]


def test_what_is_a_moment_old_is_not_known_and_not_kept() -> None:
    remembered: Remembered[str, int] = Remembered(10, seconds=-1)
    for key in "abc":
        remembered.put(key, 1)

    assert remembered.get("c") is None
    assert len(remembered) == 1


@pytest.mark.parametrize(("text", "known"), [(None, True), ("x" * 256, True), ("x" * 257, False)])
def test_nobody_fills_memory_with_filters(text: str | None, known: bool) -> None:  # noqa: FBT001 - pytest gives it by name
    counted = Totals().of("dir_1")
    listing = ("User", text)

    counted.put(listing, 7)

    assert counted.get(listing) == (7 if known else None)


def test_nobody_fills_memory_with_many_filters() -> None:
    counted = Totals().of("dir_1")
    for number in range(101):
        counted.put(("User", f"title eq {number}"), 7)

    assert [counted.get(("User", f"title eq {number}")) for number in (99, 100)] == [7, None]


def test_what_was_counted_while_something_changed_is_forgotten_with_it() -> None:
    totals = Totals()
    counted, elsewhere = totals.of("dir_1"), totals.of("dir_2")
    totals.forget("dir_1")
    for one in (counted, elsewhere):
        one.put(("User", None), 7)

    assert totals.of("dir_1").get(("User", None)) is None
    assert totals.of("dir_2").get(("User", None)) == 7


@pytest.mark.parametrize(
    ("text", "known"), [("x" * 4000, True), ("x" * 4096, False), ("x" * 1100 + "😀", False)]
)
def test_a_user_is_known_in_one_directory_and_without_groups(text: str, known: bool) -> None:  # noqa: FBT001 - pytest gives it by name
    """Of a text with one wide character each takes four bytes."""
    seen = Seen()
    user = Resource("diruser_1", text, 1, MOMENT, MOMENT, (("dirgrp_1", "Admins"),))

    seen.put("dir_1", user)

    assert seen.get("dir_1", user.id) == (user._replace(references=()) if known else None)
    assert seen.get("dir_2", user.id) is None


def test_of_groups_nothing_is_kept() -> None:
    seen = Seen()

    seen.put("dir_1", Resource("dirgrp_1", "{}", 1, MOMENT, MOMENT, ()))

    assert seen.get("dir_1", "dirgrp_1") is None
