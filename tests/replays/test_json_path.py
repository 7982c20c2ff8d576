"""The JSON paths of replays find what they say, and nothing else."""

from typing import Any

import pytest

from tests.replays.json_path import find

DOCUMENT = {
    "id": "u1",
    "urn:x:2.0:User": {"manager": {"value": "m1"}},
    "emails": [
        {"type": "work", "primary": True, "value": "w@x"},
        {"type": "Home", "primary": False, "value": "h@x", "meta": {"n": 1}},
    ],
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", [DOCUMENT]),
        ("$.id", ["u1"]),
        ('$["urn:x:2.0:User"].manager.value', ["m1"]),
        ("$.emails[0].value", ["w@x"]),
        ("$.emails[-1].value", ["h@x"]),
        ("$.emails[*].value", ["w@x", "h@x"]),
        ('$.emails[?type=="HOME"].value', ["h@x"]),
        ("$.emails[?primary==true].value", ["w@x"]),
        ("$.emails[?meta.n==1].value", ["h@x"]),
        ("$.absent", []),
        ("$.ID", []),
        ("$.id.deeper", []),
        ("$.emails[2]", []),
        ("$.id[0]", []),
        ('$.id[?type=="x"]', []),
        ("$.emails[?primary==1]", []),
        ("$.emails[?meta.n==true]", []),
    ],
)
def test_a_path_finds_its_nodes(path: str, found: list[Any]) -> None:
    assert find(DOCUMENT, path) == found


@pytest.mark.parametrize("path", ["id", "$..id", "$.emails[", '$.emails[?type!="x"]', "$ .id"])
def test_a_path_outside_the_subset_is_an_error(path: str) -> None:
    with pytest.raises(ValueError, match="JSON path"):
        find(DOCUMENT, path)
