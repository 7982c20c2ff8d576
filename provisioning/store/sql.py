"""
Statements as text, handed to the driver's own cursor: SQLAlchemy gives the connection, keeps the
transaction and judges errors, and neither compiles nor wraps what comes back.

Its `exec_driver_sql` takes 50 microseconds more for a row of one column and 90 for one of six,
since it describes each column anew; the round trip itself takes 40. One text serves both engines:
parameters are written `:name`, lists `= ANY(:name)`, and what SQLite spells differently is
translated here, once, when the module is imported.

PostgreSQL counts what is in a list and plans again at each execution, as long as that is less than
the ten that it expects when it plans for any list: to add one member that took longer than adding
them. Where a statement says `= ANY_OF(:name)`, a shorter list is filled up with its first element,
and the plan is kept.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Connection, Text, any_, cast, func, literal, select
from sqlalchemy.engine.interfaces import DBAPICursor

from provisioning.clock import rfc3339
from provisioning.store.rows import Row, Rows, namer

_PARAMETER = re.compile(r"(?<!:):([a-z_]+)")
_ANY = re.compile(r"= (?:ANY|ANY_OF)\(:([a-z_]+)\)")
_ANY_OF = re.compile(r"= ANY_OF\(:([a-z_]+)\)")
_PLANNED_FOR = 10
"""Elements of a list that PostgreSQL does not know."""
_SQLITE = (
    (_ANY, r"IN (SELECT value FROM json_each(:\1))"),
    # BEGIN IMMEDIATE has locked it all.
    (re.compile(r" FOR (NO KEY |KEY )?(UPDATE|SHARE)( OF [mu])?( SKIP LOCKED)?"), ""),
    (re.compile(r"CAST\((:[a-z_]+) AS jsonb\)"), r"\1"),
    (re.compile(r" IS DISTINCT FROM "), " IS NOT "),
    (re.compile(r" IS NOT DISTINCT FROM "), " IS "),
    (re.compile(r"jsonb_agg\(jsonb_build_array\("), "json_group_array(json_array("),
    (re.compile(r"string_agg\("), "group_concat("),
    (re.compile(r"to_char\((\w+) AT TIME ZONE 'UTC', '[^']+'\)"), r"\1"),  # types.rfc3339_of
)


class Statement:
    """One statement for both engines; `sqlite` where translating would hide a real difference."""

    __slots__ = ("_lists", "_named", "_postgresql", "_sqlite")

    def __init__(self, text: str, *, sqlite: str | None = None) -> None:
        self._postgresql = _PARAMETER.sub(r"%(\1)s", _ANY_OF.sub(r"= ANY(:\1)", text))
        self._lists = frozenset(_ANY_OF.findall(text))
        self._sqlite = spelled(text if sqlite is None else sqlite, "sqlite")
        # Not known before the first execution; then always the same.
        self._named: Callable[[Sequence[Any]], Row] | None = None

    def run(self, connection: Connection, parameters: Mapping[str, Any]) -> Rows:
        """Executes it; rows come as the driver gives them, so times need `types.moment`."""
        if connection.dialect.name == "sqlite":
            text = self._sqlite
            bound = {name: _adapt(value) for name, value in parameters.items()}
        else:
            text = self._postgresql
            bound = {
                name: _array(value) if isinstance(value, (list, tuple)) else value
                for name, value in parameters.items()
            }
            for name in self._lists:
                bound[name] = _array(_filled(parameters[name]))
        with executing(connection, text, bound) as cursor:
            cursor.execute(text, bound)
            return self._rows(cursor)

    def _rows(self, cursor: DBAPICursor) -> Rows:
        if self._named is None:
            # Dear, so asked once; a statement without columns brings no rows.
            if not cursor.description:
                return Rows([], cursor.rowcount)
            self._named = namer(column[0] for column in cursor.description)
        return Rows(list(map(self._named, cursor.fetchall())), cursor.rowcount)


@contextmanager
def executing(
    connection: Connection, text: str, bound: Mapping[str, Any] | None = None
) -> Iterator[DBAPICursor]:
    """A cursor of the driver's, for one statement; its errors are raised as SQLAlchemy's."""
    cursor = connection.connection.cursor()
    for listen in connection.engine.dispatch.before_cursor_execute:
        listen(connection, cursor, text, bound, None, False)  # noqa: FBT003 - its signature
    try:
        yield cursor
    except connection.dialect.loaded_dbapi.Error as error:
        # Of a connection that is lost, the whole pool hears.
        connection._handle_dbapi_exception(error, text, bound, cursor, None)  # noqa: SLF001


def by_id(text: str) -> str:
    """
    A condition with the tenant's columns where no index serves them. Of a directory that is new to
    the statistics the planner believes that it is empty: asked for ids, it would read all of it.
    """
    return _unindexed("organization_id|directory_id", text)


def by_name(text: str) -> str:
    """
    As `by_id`, where the index of names begins with the directory: of one that it took for empty
    the planner would read everybody by another index, once for each name.
    """
    hidden = _unindexed("organization_id", text)
    return hidden.replace(
        "directory_id = :directory_id", f"directory_id = {unseen('directory_id')}"
    )


def _unindexed(columns: str, text: str) -> str:
    return re.sub(rf"\b({columns}) = :\1", r"\1 || '' = :\1", text)


def unseen(name: str, type_: str = "text") -> str:
    """
    A parameter at which PostgreSQL does not look when it plans: the plan is the same for all, and
    so it is kept.
    """
    return f"(SELECT CAST(:{name} AS {type_}))"


def spelled(text: str, dialect: str) -> str:
    """A piece of SQL written for PostgreSQL, as `dialect` spells it."""
    if dialect == "sqlite":
        for pattern, replacement in _SQLITE:
            text = pattern.sub(replacement, text)
    return text


def among(
    connection: Connection, column: ColumnElement[str], values: Collection[str]
) -> ColumnElement[bool]:
    """
    `column = ANY(values)` in a query of SQLAlchemy's: one parameter. Its `in_` binds each of two
    thousand by itself, and the database parses as many.
    """
    if connection.dialect.name == "sqlite":
        listed = func.json_each(json.dumps(sorted(values))).table_valued("value")
        return column.in_(select(listed.c.value))
    return column == any_(cast(literal(_array(sorted(values)), Text), ARRAY(Text)))


def _array(values: Sequence[str | int]) -> str:
    """An array as PostgreSQL writes it: a hundred ids in a fiftieth of the driver's time."""
    quoted = (str(one).replace("\\", "\\\\").replace('"', '\\"') for one in values)
    return '{"' + '","'.join(quoted) + '"}' if values else "{}"


def _filled(values: Sequence[str]) -> list[str]:
    """Up to as many as it is planned for."""
    return [*values, *[values[0]] * (_PLANNED_FOR - len(values))] if values else []


def _adapt(value: Any) -> Any:
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return json.dumps(value)
    return value
