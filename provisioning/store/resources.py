"""What both kinds of directory resource have in common when they are read."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Connection, Row, Table, func, literal_column, select

from provisioning import ids
from provisioning.context import Context
from provisioning.filters import Predicate
from provisioning.store import filters
from provisioning.store.notes import tenant
from provisioning.store.sql import Statement, spelled
from provisioning.store.types import moment


class Resource(NamedTuple):
    """
    A stored User or Group. `text` is its document; `references` are [id, display] of each group
    that a User is in, or [id] of each member of a Group; empty when they were not asked for.

    A tuple, since a page makes 200 of them, and a frozen dataclass takes four times as long.
    """

    id: str
    text: str
    version: int
    created_at: datetime
    updated_at: datetime
    references: list[list[str]]

    @property
    def tag(self) -> str:
        """
        The version as clients see it. A User's groups change without the User, and are part of what
        is answered, so they are part of it.
        """
        if not self.references or self.id.startswith(ids.DIRECTORY_GROUP):
            return str(self.version)
        return f"{self.version}-{zlib.crc32(orjson.dumps(self.references)):08x}"


Names = Callable[[Connection, Context, Sequence[str]], Mapping[str, str]]
"""The displayName of each of these groups that lives, by its id."""


@dataclass(frozen=True, slots=True)
class References:
    """
    SQL of what is joined to a resource. `of_one` is JSON text of what `Resource.references` holds.
    `on_page` is only ids with commas between: a page's people are in the same few groups, whose
    `names` are then read once for the page, at a third of what a join for each person takes.
    """

    of_one: str
    on_page: str
    names: Names | None = None


class Reader:
    """
    How one kind of resource is read: live ones of one directory. `keys` are the columns that hold
    at most one live resource for a value.

    Pages come in the order in which resources were created: ids sort by time, so a client that
    pages while others create sees nothing twice. A page is cut out before it is joined: PostgreSQL
    would join whom OFFSET skips, too.
    """

    def __init__(
        self,
        kind: Literal["user", "group"],
        table: Table,
        references: References,
        keys: Sequence[str],
    ) -> None:
        self._kind = kind
        self._table = table
        self._references = references
        live = f"""
            FROM {table.name} WHERE organization_id = :organization_id
                AND directory_id = :directory_id AND deleted_at IS NULL
        """
        self._count = Statement(f"SELECT count(*) {live}")
        self._one: dict[tuple[str, bool], Statement] = {}
        self._page: dict[bool, Statement] = {}
        for with_references in (False, True):
            of_one = references.of_one if with_references else "NULL"
            for key in keys:
                self._one[key, with_references] = Statement(
                    f"SELECT {_COLUMNS}, {of_one} {live} AND {key} = :value"
                )
            on_page = references.on_page if with_references else "NULL"
            self._page[with_references] = Statement(
                f"""
                SELECT {_COLUMNS}, {on_page} FROM (
                    SELECT {_COLUMNS}, directory_id {live} ORDER BY id LIMIT :limit OFFSET :offset
                ) AS {table.name}
                ORDER BY id
                """
            )

    def get(
        self,
        connection: Connection,
        context: Context,
        value: str,
        *,
        column: str = "id",
        with_references: bool = True,
    ) -> Resource | None:
        """The one live resource that has `value` in this key."""
        bound = {**tenant(context), "value": value}
        row = self._one[column, with_references].run(connection, bound).one_or_none()
        if row is None:
            return None
        return _resource(row, sorted(orjson.loads(row[5])) if row[5] else [])

    def page(
        self,
        connection: Connection,
        context: Context,
        predicate: Predicate | None,
        *,
        offset: int,
        limit: int,
        with_references: bool,
    ) -> list[Resource]:
        """Those that match `predicate`; None: all, by a statement that is prepared."""
        if predicate is None:
            bound = {**tenant(context), "limit": limit, "offset": offset}
            rows = self._page[with_references].run(connection, bound).all()
        else:
            conditions = self._conditions(connection, context, predicate)
            cut = (
                select(*(self._table.c[name] for name in (*_NAMES, "directory_id")))
                .where(*conditions)
                .order_by(self._table.c.id)
                .offset(offset)
                .limit(limit)
                .subquery(self._table.name)
            )
            on_page = self._references.on_page if with_references else "NULL"
            joined: ColumnElement[Any] = literal_column(spelled(on_page, connection.dialect.name))
            rows = connection.execute(
                select(*(cut.c[name] for name in _NAMES), joined).order_by(cut.c.id)
            ).all()
        return self._named(connection, context, rows)

    def count(self, connection: Connection, context: Context, predicate: Predicate | None) -> int:
        """How many match `predicate`; None: all."""
        if predicate is None:
            return int(self._count.run(connection, tenant(context)).scalar_one())
        conditions = self._conditions(connection, context, predicate)
        counted = select(func.count()).select_from(self._table).where(*conditions)
        return connection.execute(counted).scalar_one()

    def _conditions(
        self, connection: Connection, context: Context, predicate: Predicate
    ) -> Sequence[ColumnElement[bool]]:
        columns = self._table.c
        return (
            columns.organization_id == context.organization_id,
            columns.directory_id == context.directory_id,
            columns.deleted_at.is_(None),
            filters.where(predicate, self._kind, context.directory_id, connection.dialect.name),
        )

    def _named(
        self, connection: Connection, context: Context, rows: Sequence[Row[*tuple[Any, ...]]]
    ) -> list[Resource]:
        referred = [sorted(row[5].split(",")) if row[5] else [] for row in rows]
        distinct = sorted({one for ids_of_one in referred for one in ids_of_one})
        if self._references.names is None or not distinct:
            return [
                _resource(row, [[one] for one in ids_of_one])
                for row, ids_of_one in zip(rows, referred, strict=True)
            ]
        names = self._references.names(connection, context, distinct)
        pairs = {one: [one, names[one]] for one in distinct if one in names}
        return [
            _resource(row, [pairs[one] for one in ids_of_one if one in pairs])
            for row, ids_of_one in zip(rows, referred, strict=True)
        ]


_NAMES = ("id", "document", "version", "created_at", "updated_at")
_COLUMNS = ", ".join(_NAMES)


def _resource(row: Row[*tuple[Any, ...]], references: list[list[str]]) -> Resource:
    return Resource(row[0], row[1], row[2], moment(row[3]), moment(row[4]), references)
