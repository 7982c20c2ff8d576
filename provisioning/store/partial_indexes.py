"""Indexes of some of the rows, the same on both engines: `Index(…, **where("sent_at IS NULL"))`."""

from typing import Any

from sqlalchemy import text


def where(condition: str) -> dict[str, Any]:
    """What `Index` takes for it; a constant of ours, as SQL."""
    return {"postgresql_where": text(condition), "sqlite_where": text(condition)}


LIVING = where("deleted_at IS NULL")
