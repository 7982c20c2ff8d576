"""What both kinds of directory resource have in common when they are read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Row, Table, func, literal_column, select

from provisioning.context import Context
from provisioning.store.sql import spelled
from provisioning.store.types import moment


@dataclass(frozen=True, slots=True)
class Resource:
    """
    A stored User or Group. `text` is its document; `references` are the (id, display) pairs of
    the groups a User is in, or of a Group's members; empty when they were not asked for.
    """

    id: str
    text: str
    version: int
    created_at: datetime
    updated_at: datetime
    references: list[list[str]]


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


def page(
    connection: Connection,
    context: Context,
    table: Table,
    predicate: ColumnElement[bool] | None,
    references: str,
    *,
    offset: int,
    limit: int,
) -> Page:
    """
    Live resources of one directory in the order in which they were created: ids sort by time, so
    a client that pages while others create sees nothing twice. `references` is the SQL of the
    last column.
    """
    conditions = [
        table.c.organization_id == context.organization_id,
        table.c.directory_id == context.directory_id,
        table.c.deleted_at.is_(None),
    ]
    if predicate is not None:
        conditions.append(predicate)
    total = select(func.count()).select_from(table).where(*conditions).scalar_subquery()
    rows = connection.execute(
        select(
            table.c.id,
            table.c.document,
            table.c.version,
            table.c.created_at,
            table.c.updated_at,
            literal_column(spelled(references, connection.dialect.name)),
            total,
        )
        .where(*conditions)
        .order_by(table.c.id)
        .offset(offset)
        .limit(limit)
    ).all()
    if rows:
        return Page([read(row) for row in rows], rows[0][6])
    return Page([], connection.scalar(select(total)) or 0)
