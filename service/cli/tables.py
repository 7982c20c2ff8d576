"""What people read in a terminal. Whatever they may copy, an id above all, is broken nowhere."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_LINES = 4
"""Of a cell whose text is wrapped at its spaces, about: in a narrower column it cannot be read."""


def print_rows(console: Console, rows: Sequence[Mapping[str, str]], title: str = "") -> None:
    """As a table, if the terminal is wide enough for one; else each row by itself."""
    rows = [_visible(row) for row in rows]
    widths = _widths(rows, console.width)
    if widths is None:
        _print_one_by_one(console, rows, title)
        return
    table = Table(title=title or None, title_justify="left")
    for name, width in widths.items():
        table.add_column(name, width=width)
    for row in rows:
        cells = (_lines(cell, widths[name]) for name, cell in row.items())
        table.add_row(*(Text("\n".join(lines)) for lines in cells))
    console.print(table)


def print_pairs(console: Console, pairs: Mapping[str, str]) -> None:
    """A line for each; what is longer than the terminal is wide is the terminal's to wrap."""
    indent = max(map(cell_len, pairs)) + 2
    for name, content in _visible(pairs).items():
        text = f"\n{' ' * indent}".join(_lines(content, console.width - indent))
        shown = Text.assemble((name, "bold"), " " * (indent - cell_len(name)), text)
        console.print(shown, soft_wrap=True)


def _print_one_by_one(console: Console, rows: Sequence[Mapping[str, str]], title: str) -> None:
    if title:
        console.print(title, style="italic")
    for row in rows:
        console.print()
        print_pairs(console, row)


def _widths(rows: Sequence[Mapping[str, str]], room: int) -> dict[str, int] | None:
    """Of the columns; None: they do not all fit beside each other."""
    columns = {name: [name, *(row[name] for row in rows)] for name in rows[0]}
    wanted = {name: _longest(cells, str.splitlines) for name, cells in columns.items()}
    widths = {
        name: max(_longest(cells, str.split), wanted[name] // _LINES)
        for name, cells in columns.items()
    }
    borders = 3 * len(columns) + 1
    spare = room - borders - sum(widths.values())
    if spare < 0:
        return None
    lacking = sorted(columns, key=lambda name: wanted[name] - widths[name])
    for done, name in enumerate(lacking):
        more = min(wanted[name] - widths[name], spare // (len(columns) - done))
        widths[name] += more
        spare -= more
    return widths


def _visible(cells: Mapping[str, str]) -> dict[str, str]:
    """What a tenant has named may hold orders to the terminal."""
    return {name: _CONTROL.sub("�", cell) for name, cell in cells.items()}


def _lines(content: str, width: int) -> list[str]:
    """Wrapped at spaces only; rich counts characters there, and cuts what has wide ones."""
    lines: list[str] = []
    for part in content.splitlines():
        line = ""
        for word in part.split():
            longer = f"{line} {word}" if line else word
            if line and cell_len(longer) > width:
                lines.append(line)
                longer = word
            line = longer
        lines.append(line)
    return lines


def _longest(cells: Iterable[str], split: Callable[[str], list[str]]) -> int:
    return max((cell_len(part) for cell in cells for part in split(cell)), default=0)
