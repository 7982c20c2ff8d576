"""Databases on a PostgreSQL: made from a template, dropped even while somebody is connected."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import NullPool, create_engine, make_url, text


class DatabaseServer(Protocol):
    """A PostgreSQL in which the tests may create databases, ours or somebody else's."""

    @property
    def maintenance_database(self) -> str:
        """Exists already, and is only connected to for CREATE and DROP DATABASE."""

    def url(self, database: str) -> str:
        """For SQLAlchemy, with psycopg 3."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The server that TEST_DATABASE_URL names; we neither start nor stop it."""

    address: str

    @property
    def maintenance_database(self) -> str:
        return make_url(self.address).database or "postgres"

    def url(self, database: str) -> str:
        url = make_url(self.address).set(drivername="postgresql+psycopg", database=database)
        return url.render_as_string(hide_password=False)


@contextmanager
def temporary(server: DatabaseServer, template: str = "template1") -> Iterator[str]:
    """The name of a new copy of `template`, to which nobody may be connected. Dropped after."""
    name = f"provisioning_test_{secrets.token_hex(6)}"
    _run(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield name
    finally:
        _run(server, f"DROP DATABASE {name} WITH (FORCE)")


def _run(server: DatabaseServer, statement: str) -> None:
    url = server.url(server.maintenance_database)
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(statement))
