"""Column types that mean the same on PostgreSQL and on SQLite."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine

from provisioning.clock import rfc3339


class Moment(TypeDecorator[datetime]):
    """An aware UTC time: `timestamptz` on PostgreSQL, RFC 3339 text on SQLite; both sort alike."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(Text())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is not None and dialect.name == "sqlite":
            return rfc3339(value)
        return value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else moment(value)


SEARCH_DOCUMENT = Text().with_variant(JSONB(), "postgresql")
"""Written as JSON text; only filters read it, and they read it as JSON."""


def moment(value: datetime | str) -> datetime:
    """The time in a row that no column type has read: psycopg gives a datetime, SQLite text."""
    if isinstance(value, str):
        return datetime.fromisoformat(value)
    return value.astimezone(UTC)


def rfc3339_of(text: str) -> str:
    """RFC 3339 of a time that the engine was asked for as text; in SQLite it stands so."""
    if len(text) == len("2026-11-21 09:30:00.123456+00"):
        return f"{text[:10]}T{text[11:26]}Z"
    # PostgreSQL leaves out zeros at the end of a fraction.
    return rfc3339(datetime.fromisoformat(text))
