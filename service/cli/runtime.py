"""What every command needs: the settings, a database that is there, and errors in one sentence."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from sqlalchemy import Connection, Engine

from provisioning.errors import ProvisioningError
from provisioning.store import engine as engines
from provisioning.store import schema
from service import logs, settings
from service.settings import Settings


def configured(**overrides: str) -> Settings:
    """The settings, with logging set up. Exits with a sentence when one is wrong."""
    with refusals():
        found = settings.read(None, **overrides)
    logs.configure(found.log_format)
    return found


@contextmanager
def database(*, migrate: bool = False) -> Iterator[Engine]:
    """
    An engine for the length of a command. On SQLite the schema is brought up to date, since there
    is no deployment to do it; on PostgreSQL that is `provisioning migrate`.
    """
    with refusals():
        found = configured()
        engine = open_database(found, migrate=migrate)
        try:
            yield engine
        finally:
            engine.dispose()


def open_database(found: Settings, *, migrate: bool = False) -> Engine:
    """The engine that the settings name."""
    try:
        if found.database_url.startswith("sqlite"):
            found.data_dir.mkdir(parents=True, exist_ok=True)
        engine = engines.create(found.database_url, pool_size=found.threads)
    except (ValueError, OSError) as error:
        raise typer.BadParameter(str(error)) from error
    if migrate or engine.dialect.name == "sqlite":
        schema.upgrade(engine)
    return engine


@contextmanager
def changing() -> Iterator[Connection]:
    """A transaction on the configured database."""
    with database() as engine, engines.transaction(engine) as connection:
        yield connection


@contextmanager
def looking() -> Iterator[Connection]:
    """For reading the configured database."""
    with database() as engine, engines.reading(engine) as connection:
        yield connection


@contextmanager
def refusals() -> Iterator[None]:
    """A refusal of the domain is one sentence on stderr, and exit status 1."""
    try:
        yield
    except ProvisioningError as error:
        typer.echo(f"provisioning: {error}", err=True)
        raise typer.Exit(1) from error


def actor() -> str:
    """Who gives the command, for the events."""
    return f"cli:{getpass.getuser()}"
