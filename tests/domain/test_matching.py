"""A predicate is decided over plain JSON as RFC 7644 §3.4.2.2 says."""

from typing import Any

import pytest

from provisioning.matching import matches
from scim_api.protocol.filters import parse_filter, parse_value_filter
from scim_api.protocol.schema import USER

EMAIL = {"value": "Mona@X.test", "type": "Work", "primary": True}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('type eq "work"', True),
        ('type eq "home"', False),
        ('type ne "home"', True),
        ('display ne "x"', False),
        ('value co "@x."', True),
        ('value sw "mona"', True),
        ('value ew ".TEST"', True),
        ('value gt "a"', True),
        ('value ge "mona@x.test"', True),
        ('value lt "a"', False),
        ('value le "mona@x.test"', True),
        ("primary eq true", True),
        ('primary eq "False"', False),
        ("value pr", True),
        ("display pr", False),
        ('not (display eq "x")', True),
        ('type eq "work" and primary eq false', False),
        ('type eq "home" or primary eq true', True),
    ],
)
def test_an_element_matches(text: str, *, expected: bool) -> None:
    predicate = parse_value_filter(USER, USER.attributes["emails"], text)

    assert matches(predicate, EMAIL) is expected


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"emails": [EMAIL]}, True),
        ({"emails": [{"value": "a", "type": "work"}, {"value": "mona@x.test"}]}, False),
        ({}, False),
    ],
)
def test_one_element_satisfies_all_of_a_value_path(
    document: dict[str, Any], *, expected: bool
) -> None:
    predicate = parse_filter(USER, 'emails[type eq "work" and value sw "mona"]')

    assert matches(predicate, document) is expected


def test_case_counts_where_the_schema_says_so() -> None:
    certificates = USER.attributes["x509certificates"]

    assert matches(parse_value_filter(USER, certificates, 'value eq "aB"'), {"value": "aB"})
    assert not matches(parse_value_filter(USER, certificates, 'value eq "aB"'), {"value": "AB"})
