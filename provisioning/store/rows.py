"""What a statement brought back, read to its end, so that no cursor stays behind."""

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from sqlalchemy.exc import MultipleResultsFound, NoResultFound

Row = Any
"""A named tuple of the driver's values: `row[0]`, `row.id`, `Thing(*row)`."""


def namer(columns: Iterable[str]) -> Callable[[Sequence[Any]], Row]:
    """Makes rows of the driver's tuples; a column that has no name is read by its place."""
    shape = namedtuple("Row", columns, rename=True)  # type: ignore[misc] # noqa: PYI024 - names are the statement's
    return partial(tuple.__new__, shape)


class Rows:
    """Asked as SQLAlchemy's results are. `rowcount` is how many the statement found or changed."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: list[Row], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    def all(self) -> list[Row]:
        """In the order of the statement."""
        return self._rows

    def one_or_none(self) -> Row | None:
        """Raises `MultipleResultsFound`."""
        if len(self._rows) > 1:
            raise MultipleResultsFound
        return self._rows[0] if self._rows else None

    def one(self) -> Row:
        """Raises `NoResultFound`, `MultipleResultsFound`."""
        row = self.one_or_none()
        if row is None:
            raise NoResultFound
        return row

    def scalar_one_or_none(self) -> Any:
        """The first column of the one row, if there is one."""
        row = self.one_or_none()
        return None if row is None else row[0]

    def scalar_one(self) -> Any:
        """The first column of the one row."""
        return self.one()[0]
