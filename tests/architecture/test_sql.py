"""SQL stays in the store: everyone else may only hand a connection through (ADR-0003)."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
DRIVERS = {"alembic", "psycopg", "sqlite3"}
OPENS = {"engine.begin", "engine.connect"}
HANDED_THROUGH = {"sqlalchemy.Connection", "sqlalchemy.Engine"}


def imported(source: str) -> Iterator[str]:
    """Dotted names: of `from a import b` it is `a.b`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def of_the_database(source: str) -> set[str]:
    """What of it only the store may import."""
    known = DRIVERS | {"sqlalchemy"}
    return {name for name in imported(source) if name.split(".")[0] in known} - HANDED_THROUGH


def test_only_the_store_and_the_migrations_speak_sql() -> None:
    speaking = {
        path.relative_to(ROOT): names
        for package in ("provisioning", "admin_api", "console", "scim_api", "workers", "service")
        for path in (ROOT / package).rglob("*.py")
        if not path.is_relative_to(ROOT / "provisioning" / "store")
        and not path.is_relative_to(ROOT / "provisioning" / "migrations")
        and (names := of_the_database(path.read_text()))
    }

    assert speaking == {}


def test_the_types_that_are_handed_through_are_no_sql() -> None:
    assert of_the_database("from sqlalchemy import Connection, Engine") == set()


def test_whatever_makes_a_statement_is_seen() -> None:
    source = "import sqlite3\nfrom sqlalchemy import text\nfrom sqlalchemy.engine import make_url"

    assert of_the_database(source) == {"sqlite3", "sqlalchemy.text", "sqlalchemy.engine.make_url"}


def test_only_the_store_opens_connections() -> None:
    """On PostgreSQL an engine's own `begin` would commit each statement (`store.engine`)."""
    opening = {
        path.relative_to(ROOT)
        for package in ("provisioning", "admin_api", "console", "scim_api", "workers", "service")
        for path in (ROOT / package).rglob("*.py")
        if path != ROOT / "provisioning" / "store" / "engine.py"
        and OPENS.intersection(called(path.read_text()))
    }

    assert opening == set()


def test_a_call_that_opens_a_connection_is_seen() -> None:
    source = "with engine.begin() as one, self._engine.connect() as other:\n    pass"

    assert OPENS.issubset(called(source))


def called(source: str) -> Iterator[str]:
    """`engine.begin` for `self._engine.begin()`: the name before the dot without underscores."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            yield f"{name.lstrip('_')}.{node.func.attr}"
