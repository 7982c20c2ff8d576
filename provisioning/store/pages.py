"""
Pages of a list, cut at an id and never by counting rows: the thousandth page costs what the first
does. Ids sort by time, so a list goes from old to new, or from new to old.
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
    newest_first: bool = False


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
    backwards = cut.before is not None
    falling = backwards != cut.newest_first
    edge = cut.before if backwards else cut.after
    if edge is not None:
        statement = statement.where(id_column < edge if falling else id_column > edge)
    ordered = statement.order_by(id_column.desc() if falling else id_column)
    rows = connection.execute(ordered.limit(cut.limit + 1)).all()
    goes_on = len(rows) > cut.limit
    shown = rows[: cut.limit][:: -1 if backwards else 1]
    has_before = goes_on if backwards else edge is not None
    has_after = backwards or goes_on
    return Page(
        items=[read(row) for row in shown],
        before=shown[0][0] if shown and has_before else None,
        after=shown[-1][0] if shown and has_after else None,
    )
