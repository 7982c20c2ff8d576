"""Databases to measure in: made for it, migrated, and gone at the end, also after Ctrl-C."""

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from provisioning.store import engine as engines
from provisioning.store import schema
from provisioning.store.sql import Statement


@contextmanager
def database(url: str) -> Iterator[str]:
    """
    The URL of a new, migrated database: on the server of a PostgreSQL `url`, otherwise an SQLite
    file of its own. The database that `url` names is only connected to.
    """
    if url.startswith("sqlite"):
        with tempfile.TemporaryDirectory(prefix="provisioning-bench-") as directory:
            yield _migrated(f"sqlite:///{Path(directory) / 'bench.db'}")
        return
    name = f"provisioning_bench_{secrets.token_hex(6)}"
    server = engines.create(url, pool_size=1)
    try:
        _run(server, f"CREATE DATABASE {name}")
        try:
            scratch = server.url.set(database=name).render_as_string(hide_password=False)
            yield _migrated(scratch)
        finally:
            # Whoever is still connected was ours.
            _run(server, f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        server.dispose()


def _migrated(url: str) -> str:
    engine = engines.create(url, pool_size=1)
    try:
        schema.upgrade(engine)
    finally:
        engine.dispose()
    return url


def _run(engine: Engine, text: str) -> None:
    with engines.statement(engine) as connection:
        Statement(text).run(connection, {})
