"""What both kinds of directory resource have in common when they are read."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson
from sqlalchemy import ColumnElement, Connection, Row, Table, func, literal_column, select

from provisioning import ids
from provisioning.context import Context
from provisioning.filters import Predicate
from provisioning.store import filters
from provisioning.store.notes import tenant
from provisioning.store.sql import Statement, spelled
from provisioning.store.types import moment


@dataclass(frozen=True, slots=True)
class Resource:
    """
    A stored User or Group. `text` is its document; `references` are [id, display] of each group
    that a User is in, or [id] of each member of a Group; empty when they were not asked for.
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


@dataclass(frozen=True, slots=True)
class Page:
    """`resources` from the offset on, of `total` that match."""

    resources: list[Resource]
    total: int


def read(row: Row[*tuple[Any, ...]]) -> Resource:
    """A row of (id, document, version, created_at, updated_at, references as JSON text)."""
    return Resource(
        id=row[0],
        text=row[1],
        version=row[2],
        created_at=moment(row[3]),
        updated_at=moment(row[4]),
        references=orjson.loads(row[5]) if row[5] else [],
    )


class Reader:
    """
    How one kind of resource is read: live ones of one directory. `references` is the SQL of what is
    joined to each; `keys` are the columns that hold at most one live resource for a value.

    Pages come in the order in which resources were created: ids sort by time, so a client that
    pages while others create sees nothing twice. A page is cut out before it is joined: PostgreSQL
    would join whom OFFSET skips, too.
    """

    def __init__(
        self, kind: Literal["user", "group"], table: Table, references: str, keys: Sequence[str]
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
        self._all: dict[bool, Statement] = {}
        for with_references in (False, True):
            joined = references if with_references else "NULL"
            columns = f"id, document, version, created_at, updated_at, {joined}"
            for key in keys:
                self._one[key, with_references] = Statement(
                    f"SELECT {columns} {live} AND {key} = :value"
                )
            self._all[with_references] = Statement(
                f"""
                SELECT {columns}, (SELECT count(*) {live}) FROM (
                    SELECT id, directory_id, document, version, created_at, updated_at
                    {live} ORDER BY id LIMIT :limit OFFSET :offset
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
        return None if row is None else read(row)

    def page(
        self,
        connection: Connection,
        context: Context,
        predicate: Predicate | None,
        *,
        offset: int,
        limit: int,
        with_references: bool,
    ) -> Page:
        """Those that match `predicate`; None: all, by a statement that is prepared."""
        if predicate is not None:
            dialect = connection.dialect.name
            condition = filters.where(predicate, self._kind, context.directory_id, dialect)
            references = self._references if with_references else "NULL"
            return _matching(connection, context, self._table, condition, references, offset, limit)
        here = tenant(context)
        bound = {**here, "limit": limit, "offset": offset}
        rows = self._all[with_references].run(connection, bound).all()
        if rows:
            return Page([read(row) for row in rows], rows[0][6])
        return Page([], self._count.run(connection, here).scalar_one())


def _matching(
    connection: Connection,
    context: Context,
    table: Table,
    condition: ColumnElement[bool],
    references: str,
    offset: int,
    limit: int,
) -> Page:
    conditions = [
        table.c.organization_id == context.organization_id,
        table.c.directory_id == context.directory_id,
        table.c.deleted_at.is_(None),
        condition,
    ]
    total = select(func.count()).select_from(table).where(*conditions).scalar_subquery()
    kept = ("id", "directory_id", "document", "version", "created_at", "updated_at")
    cut = (
        select(*(table.c[name] for name in kept))
        .where(*conditions)
        .order_by(table.c.id)
        .offset(offset)
        .limit(limit)
        .subquery(table.name)
    )
    joined: ColumnElement[Any] = literal_column(spelled(references, connection.dialect.name))
    rows = connection.execute(
        select(
            cut.c.id,
            cut.c.document,
            cut.c.version,
            cut.c.created_at,
            cut.c.updated_at,
            joined,
            total,
        ).order_by(cut.c.id)
    ).all()
    if rows:
        return Page([read(row) for row in rows], rows[0][6])
    return Page([], connection.scalar(select(total)) or 0)
