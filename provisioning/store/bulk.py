"""
Many rows in one statement: they travel as one JSON parameter, and the database unfolds them.

A thousand rows are one round trip and one execution on both engines, and the text of the statement
does not depend on how many there are, so it stays prepared.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection

from provisioning.clock import rfc3339
from provisioning.store.rows import Rows
from provisioning.store.sql import Statement, executing


def unfolding(text: str, columns: Mapping[str, str]) -> Statement:
    """
    `text` reads from `{rows}`, a table `r` with `columns` (name to PostgreSQL type), for example
    `INSERT INTO users (id, email) SELECT id, email FROM {rows} WHERE TRUE`. What it unfolds is the
    parameter `rows`, as `folded` makes it.
    """
    typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    extracted = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in columns)
    return Statement(
        text.format(rows=f"jsonb_to_recordset(CAST(:rows AS jsonb)) AS r({typed})"),
        sqlite=text.format(rows=f"(SELECT {extracted} FROM json_each(:rows)) AS r"),
    )


def folded(rows: Sequence[Mapping[str, Any]]) -> str:
    """As one parameter; what is JSON already comes as `orjson.Fragment`."""
    return orjson.dumps(rows, default=encode, option=orjson.OPT_PASSTHROUGH_DATETIME).decode()


class BulkStatement:
    """An `unfolding` statement that is given rows."""

    __slots__ = ("_statement",)

    def __init__(self, text: str, columns: Mapping[str, str]) -> None:
        self._statement = unfolding(text, columns)

    def run(
        self,
        connection: Connection,
        rows: Sequence[Mapping[str, Any]],
        parameters: Mapping[str, Any] | None = None,
    ) -> Rows:
        """Nothing is sent when there are no rows."""
        if not rows:
            return Rows([], 0)
        return self._statement.run(connection, {**(parameters or {}), "rows": folded(rows)})


def insertion(
    table: str,
    columns: Mapping[str, str],
    conflict: str = "",
    *,
    shared: Mapping[str, str] | None = None,
) -> BulkStatement:
    """
    Inserts every column of every row; `conflict` is an ON CONFLICT clause. `shared`: further
    columns that are the same in all rows, each with its parameter (`{"created_at": ":now"}`).
    """
    every = {**{name: name for name in columns}, **(shared or {})}
    names, values = ", ".join(every), ", ".join(every.values())
    text = f"INSERT INTO {table} ({names}) SELECT {values} FROM {{rows}} WHERE TRUE {conflict}"
    return BulkStatement(text, columns)


class Copied:
    """
    Rows that are inserted as they are, by PostgreSQL's COPY: it takes a fifth of the time in which
    it unfolds JSON that is full of JSON. Not within `engine.meanwhile`, and not for a row or two.
    """

    __slots__ = ("_text", "_types")

    def __init__(self, table: str, columns: Mapping[str, str]) -> None:
        self._text = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT binary)"
        self._types = list(columns.values())

    def run(self, connection: Connection, rows: Iterable[Sequence[Any]]) -> None:
        """Each row's values in the order of the columns."""
        with executing(connection, self._text) as cursor:
            driver: Any = cursor
            with driver.copy(self._text) as copy:
                copy.set_types(self._types)
                for row in rows:
                    copy.write_row(row)


def encode(value: object) -> str:
    """What JSON has no form for: times, as text that sorts like them."""
    if isinstance(value, datetime):
        return rfc3339(value)
    raise TypeError(type(value).__name__)
