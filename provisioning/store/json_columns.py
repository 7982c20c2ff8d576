"""Columns that keep JSON as text, on both engines: values on this side, text in the row."""

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import Row


def encoded(values: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """What a row is written with, those columns as text; None stays NULL."""
    given = {name: values[name] for name in names}
    texts = {name: None if one is None else json_text(one) for name, one in given.items()}
    return {**values, **texts}


def decoded(row: Row[*tuple[Any, ...]], *names: str) -> dict[str, Any]:
    """The values of a row, those columns read: a list comes as a tuple."""
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's API
    return {**values, **{name: _value(values[name]) for name in names}}


def json_text(value: Any) -> str:
    """Of one column; any mapping is an object."""
    return orjson.dumps(value, default=dict).decode()


def _value(text: str | None) -> Any:
    value = None if text is None else orjson.loads(text)
    return tuple(value) if isinstance(value, list) else value
