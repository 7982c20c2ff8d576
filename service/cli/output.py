"""What a command answers: one JSON value on stdout with `--json`, a table for people without."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from provisioning.clock import rfc3339

AsJson = Annotated[bool, typer.Option("--json", help="One JSON value on stdout, nothing else.")]


def emit(value: Any, *, as_json: bool, title: str = "") -> None:
    """A mapping is shown as names and values, a sequence of mappings as rows."""
    if as_json:
        json.dump(value, sys.stdout, default=_encode, ensure_ascii=False)
        sys.stdout.write("\n")
        return
    console = Console()
    if isinstance(value, Mapping):
        console.print(_pairs(value, title))
    elif value:
        console.print(_rows(value, title))
    else:
        console.print(f"{title}: none" if title else "none")


def _pairs(value: Mapping[str, Any], title: str) -> Table:
    table = Table(title=title or None, show_header=False, title_justify="left")
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, content in value.items():
        table.add_row(name, Text(_text(content)))
    return table


def _rows(values: Sequence[Mapping[str, Any]], title: str) -> Table:
    table = Table(title=title or None, title_justify="left")
    for name in values[0]:
        table.add_column(name, overflow="fold")
    for value in values:
        table.add_row(*(Text(_text(content)) for content in value.values()))
    return table


def _text(content: Any) -> str:
    if content is None:
        return "–"
    if isinstance(content, datetime):
        return rfc3339(content)
    if isinstance(content, list | tuple):
        return "\n".join(_text(each) for each in content)
    if isinstance(content, Mapping):
        return ", ".join(f"{name}: {_text(each)}" for name, each in content.items())
    return str(content)


def _encode(content: object) -> str:
    if isinstance(content, datetime):
        return rfc3339(content)
    raise TypeError(type(content).__name__)
