"""Every matcher holds where it should, and fails where it should: a judge that can say no."""

from typing import Any

import pytest

from tests.replays.matchers import mismatch

HOLDS: list[tuple[Any, list[Any]]] = [
    ("a", ["a"]),
    (1, [1]),
    (None, [None]),
    ({"a": [1, True]}, [{"a": [1, True]}]),
    ({"$exists": True}, [False]),
    ({"$exists": False}, []),
    ({"$exists": False}, [None]),
    ({"$absent": True}, []),
    ({"$absent": True}, [None, "", [], {}]),
    ({"$absent": False}, ["x"]),
    ({"$nonempty": True}, [0]),
    ({"$nonempty": False}, [""]),
    ({"$type": "int"}, [0]),
    ({"$type": "bool"}, [False]),
    ({"$type": "str"}, [""]),
    ({"$type": "list"}, [[]]),
    ({"$type": "object"}, [{}]),
    ({"$contains": "b"}, [["a", "b"]]),
    ({"$contains": "b"}, ["abc"]),
    ({"$contains": {"a": 1}}, [[{"a": 1}]]),
    ({"$icontains": "B"}, [["a", "b"]]),
    ({"$len": 2}, ["ab"]),
    ({"$len": 0}, []),
    ({"$len": 0}, [None]),
    ({"$minlen": 1}, [["a", "b"]]),
    ({"$count": 2}, ["a", "b"]),
    ({"$gte": 3}, [3]),
    ({"$re": "^a.c$"}, ["abc"]),
    ({"$ieq": "ABC"}, ["abc"]),
    ({"$ne": "a"}, ["b"]),
    ({"$ne": 1}, [True]),
    ({"$any": ["a", "b"]}, ["b"]),
    ({"$str": "404"}, [404]),
    ({"$str": "404"}, ["404"]),
    ({"$set": ["a", "b"]}, ["b", "a"]),
    ({"$set": []}, []),
    ({"$ref": "/Users/1", "value": "1"}, [{"$ref": "/Users/1", "value": "1"}]),
]

FAILS: list[tuple[Any, list[Any]]] = [
    ("a", ["b"]),
    ("a", []),
    ("a", ["b", "a"]),
    (True, ["true"]),
    (True, [1]),
    (1, [True]),
    (0, [False]),
    ({"a": [1]}, [{"a": [True]}]),
    ({"a": 1}, [{"a": 1, "b": 2}]),
    ([1], [[1, 2]]),
    ({"$exists": True}, []),
    ({"$exists": True}, [None]),
    ({"$exists": False}, [0]),
    ({"$absent": True}, [0]),
    ({"$absent": True}, ["", False]),
    ({"$absent": False}, []),
    ({"$nonempty": True}, []),
    ({"$nonempty": True}, [""]),
    ({"$nonempty": False}, ["x"]),
    ({"$type": "int"}, [True]),
    ({"$type": "int"}, ["1"]),
    ({"$type": "bool"}, [0]),
    ({"$type": "str"}, []),
    ({"$type": "str"}, [1]),
    ({"$type": "list"}, [{}]),
    ({"$type": "object"}, [[]]),
    ({"$contains": "b"}, [["ab"]]),
    ({"$contains": 1}, [[True]]),
    ({"$contains": "b"}, [None]),
    ({"$icontains": "B"}, [["ab"]]),
    ({"$len": 2}, ["abc"]),
    ({"$len": 2}, [2]),
    ({"$minlen": 3}, [["a", "b"]]),
    ({"$minlen": 0}, []),
    ({"$count": 2}, ["a"]),
    ({"$gte": 3}, [2]),
    ({"$gte": 3}, ["4"]),
    ({"$re": "^b"}, ["abc"]),
    ({"$re": "1"}, [1]),
    ({"$ieq": "ABC"}, ["abd"]),
    ({"$ne": "a"}, ["a"]),
    ({"$ne": "a"}, []),
    ({"$any": ["a", 1]}, [True]),
    ({"$str": "404"}, [400]),
    ({"$str": "True"}, [True]),
    ({"$set": ["a"]}, ["a", "b"]),
    ({"$set": ["a", "b"]}, ["a"]),
    ({"$set": ["a", "a"]}, ["a", "b"]),
]


@pytest.mark.parametrize(("wanted", "found"), HOLDS)
def test_an_expectation_holds(wanted: Any, found: list[Any]) -> None:
    assert mismatch(found, wanted) is None


@pytest.mark.parametrize(("wanted", "found"), FAILS)
def test_an_expectation_fails_and_says_what_was_found(wanted: Any, found: list[Any]) -> None:
    problem = mismatch(found, wanted)

    assert problem is not None
    assert problem.startswith("wanted ")
    assert ("found nothing" in problem) == (not found)


def test_an_unknown_matcher_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"\$resembles"):
        mismatch(["a"], {"$resembles": "a"})
