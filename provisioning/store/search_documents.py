"""
What the two engines call the same things in a search document: the resource as JSON, names
lower-cased, text folded, absent things absent.

Paths are lower-cased names, `("name", "familyname")`; they come from schemas, never from a client.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import ColumnElement, FromClause, Text, cast, collate, func, literal, type_coerce
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, JSONPATH

from provisioning.filters import Value

Path = Sequence[str]


class Documents(Protocol):
    """One engine's JSON functions."""

    def read(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """The column as JSON."""

    def holds(
        self, document: ColumnElement[Any], tree: Mapping[str, Any]
    ) -> ColumnElement[bool] | None:
        """Whether `tree` is part of `document`; None where no index would make use of it."""

    def elements(
        self, document: ColumnElement[Any], path: Path
    ) -> tuple[FromClause, ColumnElement[Any]]:
        """The rows to select from, one for each element of the list at `path`, and the element."""

    def text(self, document: ColumnElement[Any], path: Path) -> ColumnElement[Any]:
        """What is at `path`, as text; NULL where nothing is."""

    def scalar(self, document: ColumnElement[Any], path: Path) -> ColumnElement[Any]:
        """The boolean or number at `path`, comparable with `operand`; NULL where nothing is."""

    def operand(self, value: Value) -> ColumnElement[Any]:
        """A boolean or number to compare a `scalar` with."""

    def position(self, text: ColumnElement[Any], part: str) -> ColumnElement[int]:
        """Where `part` begins, 1 at the start; 0: nowhere."""

    def by_code_point(self, text: ColumnElement[Any]) -> ColumnElement[Any]:
        """In the order that both engines agree on."""


class _Postgresql:
    def read(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        return type_coerce(column, JSONB)

    def holds(
        self, document: ColumnElement[Any], tree: Mapping[str, Any]
    ) -> ColumnElement[bool] | None:
        return document.op("@>", is_comparison=True)(literal(tree, JSONB))

    def elements(
        self, document: ColumnElement[Any], path: Path
    ) -> tuple[FromClause, ColumnElement[Any]]:
        json_path = cast(f"{_json_path(path)}[*]", JSONPATH)
        each = func.jsonb_path_query(document, json_path, type_=JSONB).alias()
        return each, each.column

    def text(self, document: ColumnElement[Any], path: Path) -> ColumnElement[Any]:
        return document.op("#>>", return_type=Text())(literal(list(path), ARRAY(Text)))

    def scalar(self, document: ColumnElement[Any], path: Path) -> ColumnElement[Any]:
        return document.op("#>", return_type=JSONB())(literal(list(path), ARRAY(Text)))

    def operand(self, value: Value) -> ColumnElement[Any]:
        return literal(value, JSONB)

    def position(self, text: ColumnElement[Any], part: str) -> ColumnElement[int]:
        return func.strpos(text, part)

    def by_code_point(self, text: ColumnElement[Any]) -> ColumnElement[Any]:
        return collate(text, "C")


class _Sqlite:
    def read(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        return column

    def holds(
        self,
        document: ColumnElement[Any],
        tree: Mapping[str, Any],
    ) -> ColumnElement[bool] | None:
        return None

    def elements(
        self, document: ColumnElement[Any], path: Path
    ) -> tuple[FromClause, ColumnElement[Any]]:
        each = func.json_each(document, _json_path(path)).table_valued("value")
        return each, each.c.value

    def text(self, document: ColumnElement[Any], path: Path) -> ColumnElement[Any]:
        # An element that is itself text is no JSON, so there is nothing to extract from it.
        return func.json_extract(document, _json_path(path)) if path else document

    def scalar(self, document: ColumnElement[Any], path: Path) -> ColumnElement[Any]:
        return self.text(document, path)

    def operand(self, value: Value) -> ColumnElement[Any]:
        return literal(value)

    def position(self, text: ColumnElement[Any], part: str) -> ColumnElement[int]:
        return func.instr(text, part)

    def by_code_point(self, text: ColumnElement[Any]) -> ColumnElement[Any]:
        return text


DOCUMENTS: Mapping[str, Documents] = {"postgresql": _Postgresql(), "sqlite": _Sqlite()}
"""By the name of the dialect."""


def _json_path(path: Path) -> str:
    return "$" + "".join(f'."{name}"' for name in path)
