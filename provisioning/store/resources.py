"""What both kinds of directory resource have in common when they are read."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Literal, NamedTuple, cast

import orjson
from sqlalchemy import ColumnElement, Connection, Table, func, literal_column, select

from provisioning import ids
from provisioning.context import Context
from provisioning.filters import Predicate
from provisioning.store import filters
from provisioning.store.notes import tenant
from provisioning.store.rows import Row
from provisioning.store.sql import Statement, by_id, by_name, spelled, unseen
from provisioning.store.types import rfc3339_of

References = tuple[tuple[str, ...], ...]


class Resource(NamedTuple):
    """
    A stored User or Group. `text` is its document; the times are RFC 3339, as they are told;
    `references` are (id, display) of each group that a User is in, or (id,) of each member of a
    Group, sorted; empty when they were not asked for.

    A tuple, since a page makes 200 of them, and a frozen dataclass takes four times as long.
    """

    id: str
    text: str
    version: int
    created_at: str
    updated_at: str
    references: References

    @property
    def tag(self) -> str:
        """The version as clients see it."""
        return f"{self.version}{self.tag_of_groups}"

    @property
    def tag_of_groups(self) -> str:
        """
        What a User's groups add to its tag: they change without the User, and are part of what is
        answered. Nothing where there are none.
        """
        if not self.references or self.id.startswith(ids.DIRECTORY_GROUP):
            return ""
        return f"-{zlib.crc32(orjson.dumps(self.references)):08x}"


Names = Callable[[Connection, Context, Sequence[str]], Mapping[str, str]]
"""The displayName of each of these groups that lives, by its id."""


@dataclass(frozen=True, slots=True)
class Joined:
    """
    SQL of what is joined to a resource. `of_one` is JSON text of what `Resource.references` holds.
    `on_page` is only ids with commas between: a page's people are in the same few groups, whose
    `names` are then read once for the page, at a third of what a join for each person takes.
    `is_long`: a single resource may have a hundred thousand of them.
    """

    of_one: str
    on_page: str
    names: Names | None = None
    is_long: bool = False


Start = int | str
"""Of a page: how many are in front of it, or the id behind which it begins."""


class Reader:
    """
    How one kind of resource is read: live ones of one directory. `keys` are the columns that hold
    at most one live resource for a value.

    Pages come in the order in which resources were created: ids sort by time, so a client that
    pages while others create sees nothing twice. A page is cut out before it is joined, and behind
    those whom it skips, of whom only the index is read.
    """

    def __init__(
        self,
        kind: Literal["user", "group"],
        table: Table,
        joined: Joined,
        keys: Sequence[str],
    ) -> None:
        self._kind = kind
        self._table = table
        self._joined = joined
        live = f"""
            FROM {table.name} WHERE organization_id = :organization_id
                AND directory_id = :directory_id AND deleted_at IS NULL
        """
        self._count = Statement(f"SELECT count(*) {live}")
        self._each: dict[tuple[str, bool], Statement] = {}
        for with_references in (False, True):
            of_one = joined.of_one if with_references else "NULL"
            for key in keys:
                sought = by_id(live) if key == "id" else by_name(live)
                # One by one, so that the plan is kept: for a list PostgreSQL plans anew each time.
                self._each[key, with_references] = Statement(
                    f"""
                    SELECT {_COLUMNS}, {of_one}, wanted.one
                    FROM jsonb_array_elements_text(CAST(:values AS jsonb)) AS wanted(one)
                    CROSS JOIN LATERAL (
                        SELECT {", ".join(_KEPT)} {sought} AND {key} = wanted.one LIMIT 1
                    ) AS {table.name}
                    """,
                    sqlite=f"SELECT {_COLUMNS}, {of_one}, {key} {live} AND {key} = ANY(:values)",
                )

        # The tenant as a range of rows: only one index begins with those columns, and so serves.
        # By their values another would do for a directory that is new to the statistics, or nearly
        # at its end: one of the directory in some other order, or one of everybody's ids.
        mine = f"{unseen('organization_id')}, {unseen('directory_id')}"
        listed = f"""
            FROM {table.name} WHERE deleted_at IS NULL
                AND (organization_id, directory_id) <= ({mine})
                AND (organization_id, directory_id, id)
        """

        @lru_cache(_PAGE_SIZES)
        def page(with_references: bool, limit: int, by_place: bool) -> Statement:  # noqa: FBT001
            # In the text, since PostgreSQL takes a limit that it does not know for a tenth of the
            # table, and plans again each time.
            on_page = joined.on_page if with_references else "NULL"
            start = f"> ({mine}, {unseen('start')})"
            if by_place:
                start = f"""
                    >= ({mine}, (
                        SELECT id {listed} > ({mine}, '')
                        {_ORDER} LIMIT 1 OFFSET {unseen("start", "integer")}
                    ))
                """
            return Statement(
                f"""
                SELECT {_COLUMNS}, {on_page} FROM (
                    SELECT {", ".join(_KEPT)} {listed} {start} {_ORDER} LIMIT {limit:d}
                ) AS {table.name}
                ORDER BY id
                """,
                sqlite=f"""
                SELECT {_COLUMNS}, {on_page} FROM (
                    SELECT {", ".join(_KEPT)} {live} {"" if by_place else "AND id > :start"}
                    ORDER BY id LIMIT {limit:d} {"OFFSET :start" if by_place else ""}
                ) AS {table.name}
                ORDER BY id
                """,
            )

        self._page = page

    def get_each(
        self,
        connection: Connection,
        context: Context,
        values: Sequence[str],
        *,
        column: str = "id",
        with_references: bool = True,
    ) -> dict[str, Resource]:
        """The live resources that have one of `values` in this key, by that value."""
        bound = {**tenant(context), "values": orjson.dumps(values).decode()}
        rows = self._each[column, with_references].run(connection, bound)
        return {row[6]: _referring(row) for row in rows}

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
        found = self.get_each(
            connection, context, [value], column=column, with_references=with_references
        )
        return found.get(value)

    def page(
        self,
        connection: Connection,
        context: Context,
        predicate: Predicate | None,
        *,
        start: Start,
        limit: int,
        with_references: bool,
    ) -> tuple[list[Resource], bool]:
        """
        At most `limit` (1 or more) of those that match `predicate` (None: all), and whether more
        follow: one more is read to know that, by itself where it would bring many references.
        Where all match, the statement is prepared.
        """
        at_once = not (with_references and self._joined.is_long)
        wanted = limit + at_once
        if predicate is None:
            behind = start or ""
            bound = {**tenant(context), "start": behind}
            statement = self._page(with_references, wanted, isinstance(behind, int))
            rows = statement.run(connection, bound).all()
        else:
            listed = (
                select(*(self._table.c[name] for name in _KEPT))
                .where(*self._conditions(connection, context, predicate))
                .order_by(self._table.c.id)
                .limit(wanted)
            )
            if isinstance(start, str):
                listed = listed.where(self._table.c.id > start)
            else:
                listed = listed.offset(start)
            cut = listed.subquery(self._table.name)
            on_page = self._joined.on_page if with_references else "NULL"
            columns: ColumnElement[Any] = literal_column(
                spelled(f"{_COLUMNS}, {on_page}", connection.dialect.name)
            )
            rows = [*connection.execute(select(columns).select_from(cut).order_by(cut.c.id))]
        goes_on = len(rows) > limit
        if not at_once and len(rows) == limit:
            more, _ = self.page(
                connection, context, predicate, start=rows[-1][0], limit=1, with_references=False
            )
            goes_on = bool(more)
        return self._named(connection, context, rows[:limit]), goes_on

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
        self, connection: Connection, context: Context, rows: Sequence[Row]
    ) -> list[Resource]:
        """Those who refer to the same ones share one value."""
        distinct = {text: sorted(text.split(",")) for text in {row[5] for row in rows} if text}
        ids = sorted({one for referred in distinct.values() for one in referred})
        told: dict[str, tuple[str, ...]] = {one: (one,) for one in ids}
        if self._joined.names is not None and ids:
            names = self._joined.names(connection, context, ids)
            told = {one: (one, name) for one, name in names.items()}
        named = {
            text: tuple(told[one] for one in referred if one in told)
            for text, referred in distinct.items()
        }
        return [_made((*row[:5], named.get(row[5], ()))) for row in rows]


_PAGE_SIZES = 64
"""Clients ask for few: each is a statement that stays prepared."""
_ORDER = "ORDER BY organization_id, directory_id, id"
_KEPT = ("id", "document", "version", "created_at", "updated_at", "directory_id")
_COLUMNS = f"id, document, version, {rfc3339_of('created_at')}, {rfc3339_of('updated_at')}"


_made = cast(Callable[[tuple[Any, ...]], Resource], partial(tuple.__new__, Resource))
"""Of its fields; calling the class takes three times as long."""


def _referring(row: Row) -> Resource:
    return _made((*row[:5], references(row[5])))


def references(text: str | None) -> References:
    """Of what `Joined.of_one` tells."""
    return tuple(map(tuple, sorted(orjson.loads(text)))) if text else ()
