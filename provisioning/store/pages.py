"""
Pages of a list, cut at an id and never by counting rows: the thousandth page costs what the first
does. Ids sort by time, so a list goes from old to new.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Select

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """At most `limit` behind the id `after`, or the last ones in front of the id `before`."""

    limit: int
    after: str | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """`before` and `after` are where the neighboring pages are cut; None: there is none."""

    items: Sequence[Item]
    before: str | None
    after: str | None


def page(
    connection: Connection,
    statement: Select[*tuple[Any, ...]],
    id_column: ColumnElement[str],
    cut: Cut,
    read: Callable[[Row[*tuple[Any, ...]]], Item],
) -> Page[Item]:
    """
    The rows of `statement`, which says nothing of order or limit; `id_column` is its first column.
    One row more than asked for is read, to know whether the list goes on.
    """
    if cut.before is not None:
        backwards = statement.where(id_column < cut.before).order_by(id_column.desc())
        rows = connection.execute(backwards.limit(cut.limit + 1)).all()
        goes_on = len(rows) > cut.limit
        shown = rows[: cut.limit][::-1]
        return Page(
            items=[read(row) for row in shown],
            before=shown[0][0] if goes_on else None,
            after=shown[-1][0] if shown else None,
        )
    if cut.after is not None:
        statement = statement.where(id_column > cut.after)
    rows = connection.execute(statement.order_by(id_column).limit(cut.limit + 1)).all()
    shown = rows[: cut.limit]
    return Page(
        items=[read(row) for row in shown],
        before=shown[0][0] if shown and cut.after is not None else None,
        after=shown[-1][0] if len(rows) > cut.limit else None,
    )
