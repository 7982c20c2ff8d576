"""Bytes become JSON, or a refusal that an administrator can read."""

import pytest

from scim_api.protocol.errors import InvalidSyntax, InvalidValue
from scim_api.protocol.syntax import MAX_DEPTH, parse_json, parse_object


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"a": NaN}',
        b'{"a": "\xff"}',
        b'{"a": "\\ud800"}',
        b'{"a": "\x00"}',
        b"{'a': 1}",
    ],
    ids=["nothing", "half", "NaN", "no UTF-8", "lone surrogate", "raw NUL", "single quotes"],
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidSyntax) as refusal:
        parse_json(body)
    assert "line" not in refusal.value.detail


def test_a_byte_order_mark_is_passed_over_once() -> None:
    mark = b"\xef\xbb\xbf"

    assert parse_json(mark + b'{"a": 1}') == {"a": 1}
    with pytest.raises(InvalidSyntax):
        parse_json(mark + mark + b"{}")


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"1", b"null"])
def test_an_object_is_asked_for(body: bytes) -> None:
    with pytest.raises(InvalidSyntax):
        parse_object(body)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_nesting_ends_somewhere(opening: str, closing: str) -> None:
    def nested(depth: int) -> bytes:
        return (opening * depth + "1" + closing * depth).encode()

    assert parse_json(nested(MAX_DEPTH))
    with pytest.raises(InvalidSyntax):
        parse_json(nested(MAX_DEPTH + 1))


def test_many_values_side_by_side_are_not_deep() -> None:
    assert len(parse_json(b"[" + b"{}," * 5000 + b"{}]")) == 5001


@pytest.mark.parametrize(
    ("body", "attribute"),
    [
        (rb'{"userName": "a\u0000b"}', "userName"),
        (rb'{"name": {"givenName": "\u0000"}}', "name.givenName"),
        (rb'{"emails": [{"value": "\u0000"}]}', "emails.value"),
        (rb'{"name": {"x\u0000": 1}}', "name"),
        (b'{"%s": "\\u0000"}' % (b"x" * 1000), "x" * 99 + "…"),
    ],
)
def test_a_nul_is_refused_where_it_stands(body: bytes, attribute: str) -> None:
    with pytest.raises(InvalidValue, match="U\\+0000") as refusal:
        parse_json(body)
    assert refusal.value.attribute == attribute


def test_an_escaped_backslash_makes_no_nul() -> None:
    assert parse_json(rb'{"title": "\\u0000"}') == {"title": r"\u0000"}


def test_of_duplicate_keys_the_last_counts() -> None:
    assert parse_object(b'{"title": "a", "title": "b"}') == {"title": "b"}
