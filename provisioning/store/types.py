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


def rfc3339_of(column: str) -> str:
    """
    SQL for the RFC 3339 text of a time, with six digits; in SQLite it stands so. A tenth of what a
    driver takes for a time and we for its text, and a page of 100 has 200 of them.
    """
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
