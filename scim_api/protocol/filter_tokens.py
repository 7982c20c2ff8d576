"""
The text of a filter as the tokens of scim2-filter-parser's grammar.

Its own lexer (0.7.0) loses the type of a literal, knows no escape, no negative or decimal number
and no name that begins with `true`, `false` or `null`; so the tokens are cut here. A token's kind
follows from what stands before it: only after an operator can there be a value, only after an
attribute an operator. That is also what lets a value come without quotes.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from sly.lex import Token

from provisioning.filters import COMPARISONS, Value
from provisioning.quoting import quoted
from scim_api.protocol.errors import InvalidFilter

MAX_LENGTH = 8 * 1024
"""Characters. The longest filter a client is known to send has under 200."""
MAX_DEPTH = 20
"""Brackets within brackets. SQLite refuses SQL that has more than a hundred things begun."""
MAX_TESTS = 200
"""Comparisons and `pr` in one filter."""

_PIECE = re.compile(r"""[ \t\r\n]*(?:\Z|([()\[\]])|([^\s()\[\]"]+))""")
_OPERAND = re.compile(r"""[ \t\r\n]*("([^"\\]*(?:\\.[^"\\]*)*)"|[^\s()\[\]"]+)""", re.DOTALL)
_ATTRIBUTE = re.compile(
    # RFC 7644 §3.4.2.2: attrPath = [URI ":"] ATTRNAME *1subAttr; `$` for `$ref` (RFC 7643 §2.4).
    r"(?:(?P<urn>[A-Za-z][^\s:]*(?::[^\s:]+)+):)?"
    r"(?P<name>[A-Za-z$][\w$-]*)(?:\.(?P<sub>[A-Za-z$][\w$-]*))?",
    re.ASCII,
)
_SUB_ATTRIBUTE = re.compile(r"\.(?P<sub>[A-Za-z$][\w$-]*)", re.ASCII)
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?P<fraction>(?:\.\d+)?(?:[eE][+-]?\d+)?)", re.ASCII)
_BRACKETS = {"(": "LPAREN", ")": "RPAREN", "[": "LBRACKET", "]": "RBRACKET"}
_PAIRS = {")": "(", "]": "["}
_ATTRIBUTES = frozenset({"ATTRNAME", "SUBATTR"})
_COMPARED = frozenset(operator.upper() for operator in COMPARISONS)
_LOGICAL = {"and": "AND", "or": "OR", "not": "NOT"}
# Others have strings in these: RFC 7644 §3.4.2.2 only in "…". Read as part of a bare word they
# would find nobody, and the client would create who is there.
_WRONG_QUOTES = ("'", "`", "\u2018", "\u201c", "\u201e", "\u00ab")
_INT64 = 2**63


class AttributePath(NamedTuple):
    """An attribute as the client names it, in the client's case."""

    urn: str | None
    name: str
    sub: str | None

    def __str__(self) -> str:
        urn = "" if self.urn is None else f"{self.urn}:"
        return f"{urn}{self.name}" if self.sub is None else f"{urn}{self.name}.{self.sub}"


def cut(text: str) -> Iterator[Any]:
    """Raises InvalidFilter for what is no token, naming the place, and beyond the limits."""
    if len(text) > MAX_LENGTH:
        raise InvalidFilter(f"the filter has more than {MAX_LENGTH} characters")
    _refuse_unstorable(text)
    opened: list[str] = []
    tests = position = 0
    before = ""
    while True:
        value: Any
        if before in _COMPARED:
            kind, value, start, position = _operand(text, position)
        else:
            piece = _PIECE.match(text, position)
            if piece is None:
                raise InvalidFilter(f"unexpected {shown(text, position)}")
            position = piece.end()
            bracket, word = piece.groups()
            value = bracket or word
            if value is None:
                break
            start = position - len(value)
            if bracket:
                kind = _nest(opened, value, shown(text, start))
            elif before in _ATTRIBUTES:
                kind = _operator(value)
                tests += 1
                if tests > MAX_TESTS:
                    raise InvalidFilter(f"the filter compares more than {MAX_TESTS} times")
            else:
                kind, value = _name(value, text, start)
        before = kind
        yield _token(kind, value, start)
    if opened:
        raise InvalidFilter(f"the filter ends before its {opened[-1]!r} is closed")


def texts(text: str) -> Iterator[str]:
    """The values of a filter that are text, as the client wrote them. Raises as `cut` does."""
    for token in cut(text):
        if token.type == "COMP_VALUE" and isinstance(token.value, str):
            yield token.value


def shown(text: str, position: int) -> str:
    """A place in the filter, for the person who must find it."""
    return f"{quoted(text[position:])} (character {position + 1})"


def _refuse_unstorable(value: str) -> None:
    """Neither a NUL nor half a surrogate pair can be sent to a database."""
    if "\0" in value or not (value.isascii() or _encodable(value)):
        raise InvalidFilter("the filter holds a NUL or a lone surrogate")


def _encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _token(kind: str, value: object, start: int) -> Any:
    token = Token()
    token.type, token.value, token.index = kind, value, start
    return token


def _nest(opened: list[str], bracket: str, place: str) -> str:
    if bracket not in _PAIRS:
        opened.append(bracket)
        if len(opened) > MAX_DEPTH:
            raise InvalidFilter(f"the filter nests deeper than {MAX_DEPTH} brackets")
    elif not opened or opened.pop() != _PAIRS[bracket]:
        raise InvalidFilter(f"nothing was opened for {place}")
    return _BRACKETS[bracket]


def _operator(word: str) -> str:
    # RFC 7644 §3.4.2.2: 400 invalidFilter, 'The operator 'regex' is not supported.'
    operator = word.lower()
    if operator != "pr" and operator not in COMPARISONS:
        raise InvalidFilter(f"The operator {quoted(word)} is not supported.")
    return operator.upper()


def _name(word: str, text: str, start: int) -> tuple[str, Any]:
    logical = _LOGICAL.get(word.lower())
    if logical is not None:
        return logical, word
    found = _ATTRIBUTE.fullmatch(word)
    if found is not None:
        return "ATTRNAME", AttributePath(*found.groups())
    # Entra: emails[type eq "work"].value eq "x"
    found = _SUB_ATTRIBUTE.fullmatch(word)
    if found is not None:
        return "SUBATTR", found[1]
    raise InvalidFilter(f"no attribute is named {shown(text, start)}")


def _operand(text: str, position: int) -> tuple[str, Value | None, int, int]:
    found = _OPERAND.match(text, position)
    if found is None:
        raise InvalidFilter(f"a value is missing at {shown(text, position)}")
    start = found.start(1)
    written, value = found.groups()
    if value is None:
        value = _bare(written, shown(text, start))
    elif "\\" in value:
        value = _unescape(written, shown(text, start))
    return "COMP_VALUE", value, start, found.end()


def _unescape(written: str, place: str) -> str:
    try:
        value = str(json.loads(written, strict=False))
    except ValueError:
        raise InvalidFilter(f"not a JSON string: {place}") from None
    _refuse_unstorable(value)
    return value


def _bare(word: str, place: str) -> Value | None:
    """
    A value without quotes. A number or a literal of JSON is one; Entra writes `True` for true.

    Everything else is taken as the string that was meant: authentik sends `userName eq ak1`,
    Entra's documentation shows `externalId eq jyoung`.
    """
    if word.startswith(_WRONG_QUOTES):
        raise InvalidFilter(f'put text in double quotes, "…", at {place}')
    if word == "null":
        return None
    lowered = word.lower()
    if lowered in {"true", "false"}:
        return lowered == "true"
    if lowered in _LOGICAL:
        raise InvalidFilter(f"a value is missing at {place}")
    number = _NUMBER.fullmatch(word)
    if number is None or abs(float(word)) >= _INT64:
        return word
    return float(word) if number["fraction"] else int(word)
