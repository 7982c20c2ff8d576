"""What a command answers: one JSON value on stdout with `--json`, a table for people without."""

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console

from provisioning.clock import rfc3339
from service.cli.tables import print_pairs, print_rows

AsJson = Annotated[bool, typer.Option("--json", help="One JSON value on stdout, nothing else.")]


def emit(value: Any, *, as_json: bool, title: str = "") -> None:
    """A mapping is shown as names and values, a sequence of mappings as rows."""
    if as_json:
        json.dump(value, sys.stdout, default=_encode, ensure_ascii=False)
        sys.stdout.write("\n")
        return
    console = Console(highlight=False)
    if isinstance(value, Mapping):
        print_pairs(console, _texts(value))
    elif value:
        print_rows(console, [_texts(each) for each in value], title)
    else:
        console.print(f"{title}: none" if title else "none")


def _texts(value: Mapping[str, Any]) -> dict[str, str]:
    return {name: _text(content) for name, content in value.items()}


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
