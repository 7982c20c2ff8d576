"""Places in a replay are filled, keep their type, and are never left empty."""

from typing import Any

import pytest

from tests.replays.variables import UnsetVariableError, fill

KNOWN = {"name": "Ann O'Neil", "number": 7, "mixed": "aB", "nothing": None}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{{number}}", 7),
        ("n={{number}}", "n=7"),
        ("{{ number | str }}", "7"),
        ("{{name|q}}", "Ann%20O%27Neil"),
        ("{{name|q+}}", "Ann+O%27Neil"),
        ("{{mixed|upper}}{{mixed|lower}}", "ABab"),
        ("no place {here}", "no place {here}"),
        (["{{number}}", True, None], [7, True, None]),
        ({"{{mixed}}": {"a": "{{number}}"}}, {"aB": {"a": 7}}),
    ],
)
def test_a_place_becomes_the_value_of_its_variable(text: Any, filled: Any) -> None:
    assert fill(text, KNOWN) == filled


@pytest.mark.parametrize("text", ["{{absent}}", "a {{nothing}} b", {"deep": ["{{absent}}"]}])
def test_a_variable_that_is_not_set_is_an_error(text: Any) -> None:
    with pytest.raises(UnsetVariableError, match="is not set"):
        fill(text, KNOWN)


@pytest.mark.parametrize("text", ["{{name|shout}}", "{{$moon}}"])
def test_an_unknown_filter_or_built_in_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="there is no"):
        fill(text, KNOWN)


@pytest.mark.parametrize(
    ("built_in", "length"), [("$uuid", 36), ("$hex", 32), ("$rand", 8), ("$int", 6)]
)
def test_a_built_in_is_new_each_time(built_in: str, length: int) -> None:
    one, other = (fill(f"x{{{{{built_in}}}}}", {}) for _ in range(2))

    assert len(one) == length + 1
    assert one != other


def test_a_number_stays_a_number() -> None:
    assert isinstance(fill("{{$int}}", {}), int)
