"""The text of a filter: how it binds, what a value may look like, and what is too much."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scim2_models import EnterpriseUser, ScimFilter, User

from provisioning.filters import All, AnyOf, Comparison, Not, Predicate, Present, Target
from provisioning.matching import matches
from scim_api.protocol.errors import InvalidFilter
from scim_api.protocol.filter_grammar import parse
from scim_api.protocol.filter_tokens import MAX_DEPTH, MAX_LENGTH, MAX_TESTS
from scim_api.protocol.filters import parse_filter
from scim_api.protocol.schema import USER, ResourceType, Schema
from tests import filter_formulas as random_filters
from tests.filter_spelling import spelled

WIDGET = ResourceType(
    "Widget",
    "/Widgets",
    "Names and types that Users lack",
    Schema(
        {
            "id": "urn:example:Widget",
            "attributes": [
                {"name": name, "type": kind, "multiValued": False}
                for name, kind in {
                    "a": "string",
                    "b": "string",
                    "c": "string",
                    "nullable": "string",
                    "trueName": "string",
                    "falsehood": "string",
                    "order-by_2": "string",
                    "eq": "string",
                    "size": "integer",
                    "weight": "decimal",
                }.items()
            ],
        }
    ),
)


def of(name: str, kind: Any = "string") -> Target:
    return Target((name,), kind, case_exact=False, multi_valued=False)


A, B, C = (Comparison(of(name), "eq", "1") for name in "abc")


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ('a eq "1" or b eq "1" and c eq "1"', AnyOf((A, All((B, C))))),
        ('a eq "1" and b eq "1" or c eq "1"', AnyOf((All((A, B)), C))),
        ('(a eq "1" or b eq "1") and c eq "1"', All((AnyOf((A, B)), C))),
        ('a eq "1" and (b eq "1" and c eq "1")', All((A, All((B, C))))),
        ('not (a eq "1") and b eq "1"', All((Not(A), B))),
        ('not(a eq "1" or b eq "1")', Not(AnyOf((A, B)))),
        ('not (not (a eq "1"))', Not(Not(A))),
        ('((((a eq "1"))))', A),
        ('a eq "1" or b eq "1" or c eq "1"', AnyOf((A, B, C))),
        ("a pr and b pr", All((Present(of("a")), Present(of("b"))))),
    ],
)
def test_not_binds_tighter_than_and_and_and_than_or(sent: str, meant: Predicate) -> None:
    assert parse(sent, WIDGET) == meant


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (r'"a\"b"', 'a"b'),
        (r'"a\\"', "a\\"),
        (r'"\u00e9\/\n"', "é/\n"),
        (r'"\ud83d\ude00"', "😀"),
        ('"a tab\there"', "a tab\there"),
        ('"true"', "true"),
        ('"null"', "null"),
        ('"12"', "12"),
        ('"a) or (b"', "a) or (b"),
        ('""', ""),
        ("ak1", "ak1"),
        ("ak2.x@y.test", "ak2.x@y.test"),
        ("007", "007"),
        ("-", "-"),
        ("nullable", "nullable"),
        ("trueish", "trueish"),
        ("urn:x:y", "urn:x:y"),
        ("o'brien", "o'brien"),
    ],
)
def test_text_is_json_or_a_bare_word(written: str, value: str) -> None:
    assert parse(f"a eq {written}", WIDGET) == Comparison(of("a"), "eq", value)


@pytest.mark.parametrize(
    ("written", "value"),
    [("0", 0), ("-5", -5), ("1.5", 1.5), ("-0.25", -0.25), ("1e3", 1000.0), ("2E-2", 0.02)],
)
def test_a_number_is_json_s(written: str, value: float) -> None:
    predicate = parse(f"weight ge {written}", WIDGET)
    assert predicate == Comparison(of("weight", "decimal"), "ge", value)
    assert isinstance(predicate, Comparison)
    assert type(predicate.value) is type(value)


@pytest.mark.parametrize(
    "sent", ["size eq true", 'size eq "5"', "size co 5", "a gt 5", "size eq 1e999", "size eq 1e19"]
)
def test_a_number_and_text_are_never_compared(sent: str) -> None:
    with pytest.raises(InvalidFilter):
        parse(sent, WIDGET)


@pytest.mark.parametrize("name", ["nullable", "trueName", "falsehood", "order-by_2", "eq"])
def test_a_name_may_look_like_a_word_of_the_grammar(name: str) -> None:
    assert parse(f'{name} eq "x"', WIDGET) == Comparison(of(name), "eq", "x")


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ("", "empty"),
        (" \t", "empty"),
        ("a", "incomplete"),
        ("a eq", "a value is missing"),
        ('a eq "1" and', "incomplete"),
        ('a eq "1', '"1'),
        ("(a pr", "'('"),
        ("a pr)", "nothing was opened for ')'"),
        ("(a pr]", "nothing was opened for ']'"),
        ('a eq "1" b', "'b' (character 10)"),
        ('a eq "1" "2"', '"2"'),
        ('a eq Field Ops and b eq "1"', "'Ops and b"),
        ('a regex "x"', "The operator 'regex' is not supported."),
        ('a and "x"', "The operator 'and' is not supported."),
        ('a eq and b eq "1"', "a value is missing"),
        ("a eq (b)", "a value is missing"),
        ('and a eq "1"', "'and"),
        ("not a pr", "'a pr'"),
        ("not", "incomplete"),
        ("a pr pr", "'pr'"),
        ('"a" eq "1"', '"a"'),
        ('1a eq "1"', "'1a"),
        ('a.b.c eq "1"', "'a.b.c"),
        ('.a eq "1"', "'.a"),
        ('é eq "1"', "'é"),
        ("a eq 'x'", 'double quotes, "…", at "\'x\''),
        ("emails[type eq 'work']", "double quotes"),
        ("a eq “x”", "double quotes"),
        (r'a eq "\x"', "JSON"),
        (r'a eq "\u12"', "JSON"),
        ('emails[type eq "x"]', "emails"),
        ('a eq "\0"', "NUL"),
        (r'a eq "\u0000"', "NUL"),
        ('a eq "\ud800"', "surrogate"),
        (r'a eq "\udc00"', "surrogate"),
        ('\ud800 eq "x"', "surrogate"),
    ],
)
def test_what_is_no_filter_is_refused_with_its_place(sent: str, told: str) -> None:
    with pytest.raises(InvalidFilter) as refused:
        parse(sent, WIDGET)
    assert told in refused.value.detail


@pytest.mark.parametrize(
    "sent",
    [
        'emails[type eq "work"][type eq "work"]',
        'emails[type eq "work"] eq "x"',
        "emails[type eq work] pr",
        'emails[emails[type eq "work"]]',
        'emails[type eq "work"].value',
        'emails[].value eq "x"',
        "emails[]",
        'emails.value[type eq "x"]',
        'emails[type eq "work"].value.x eq "y"',
    ],
)
def test_a_value_path_stands_alone_or_before_one_sub_attribute(sent: str) -> None:
    with pytest.raises(InvalidFilter):
        parse(sent, USER)


@pytest.mark.parametrize(
    ("most", "beyond"),
    [
        (f'a eq "{"x" * (MAX_LENGTH - 7)}"', f'a eq "{"x" * (MAX_LENGTH - 6)}"'),
        (
            "(" * MAX_DEPTH + "a pr" + ")" * MAX_DEPTH,
            "(" * (MAX_DEPTH + 1) + "a pr" + ")" * (MAX_DEPTH + 1),
        ),
        (" or ".join(["a pr"] * MAX_TESTS), " or ".join(["a pr"] * (MAX_TESTS + 1))),
    ],
    ids=["length", "depth", "tests"],
)
def test_more_than_anyone_needs_is_refused(most: str, beyond: str) -> None:
    parse(most, WIDGET)
    with pytest.raises(InvalidFilter, match=r"more than|deeper"):
        parse(beyond, WIDGET)


@pytest.mark.parametrize(
    "sent",
    [
        "(" * 100_000,
        "a eq 1 or " * 10_000,
        "[" * 8000,
        "a:" * 4000,
        "a." * 4000,
        '"\\' * 4000,
        "9" * 8000,
        f"a eq {'9' * 8000}",
        f"a eq {'-' * 8000}",
        "not (" * 1600,
        "\ud800" * 8000,
    ],
)
def test_hostile_text_is_refused(sent: str) -> None:
    with pytest.raises(InvalidFilter):
        parse(sent, USER)


@settings(max_examples=200, deadline=None)
@given(st.data(), st.lists(random_filters.conformant_users(), min_size=1, max_size=3))
def test_scim2_models_reads_the_same(data: st.DataObject, documents: list[dict[str, Any]]) -> None:
    formula = data.draw(random_filters.CONFORMANT_FORMULAS)
    sent = data.draw(spelled(formula))
    predicate, theirs = parse_filter(USER, sent), ScimFilter[User[EnterpriseUser]](sent)
    for document in documents:
        resource = User[EnterpriseUser].model_validate(document)
        assert matches(predicate, document) == theirs.match(resource), sent
