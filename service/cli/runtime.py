"""What every command needs: the settings, a database that is there, and errors in one sentence."""

import getpass
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import typer
from sqlalchemy import Connection, Engine

from provisioning import organizations
from provisioning.errors import Invalid, ProvisioningError, Unavailable, Unusable
from provisioning.ids import OrganizationId
from provisioning.store import engine as engines
from provisioning.store import schema
from service import logs, settings
from service.settings import Settings

_BROKERS = frozenset({"redis", "rediss", "redis+socket", "sentinel"})


def configured(level: int = logging.INFO, /, **overrides: str) -> Settings:
    """The settings, with logging set up. Exits with a sentence when one is wrong."""
    with refusals():
        found = settings.read(None, **overrides)
        _check_broker(found)
    logs.configure(found.log_format, level=level)
    return found


@contextmanager
def database(*, migrate: bool = False) -> Iterator[Engine]:
    """
    An engine for the length of a command. On SQLite the schema is brought up to date, since there
    is no deployment to do it; on PostgreSQL that is `provisioning migrate`.
    """
    with refusals():
        found = configured(logging.WARNING)  # a command says by itself what it has done
        engine = open_database(found, migrate=migrate)
        try:
            yield engine
        finally:
            engine.dispose()


def open_database(found: Settings, *, migrate: bool = False) -> Engine:
    """
    The engine that the settings name, on this release's schema.

    Raises:
        Invalid: a setting is wrong, or the database has another schema and may not be migrated.
        Unavailable: the database does not answer.
    """
    is_sqlite = found.database_url.startswith("sqlite")
    if is_sqlite:
        try:
            found.data_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Invalid("PROVISIONING_DATA_DIR", str(error)) from error
    engine = create_engine(found)
    try:
        schema.require(engine, migrate=migrate or is_sqlite)
    except Unusable as error:
        raise Invalid("PROVISIONING_DATABASE_URL", error.reason) from error
    return engine


def create_engine(found: Settings) -> Engine:
    """Nobody connects yet. Raises `Invalid` for a URL that no engine can be made of."""
    try:
        return engines.create(found.database_url, pool_size=found.threads)
    except ValueError as error:
        # Without the URL: there may be a password in it.
        raise Invalid(
            "PROVISIONING_DATABASE_URL",
            "must be postgresql://user@host:port/name or sqlite:///path",
        ) from error


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
def looking_into(organization: str) -> Iterator[tuple[Connection, OrganizationId]]:
    """For reading what one organization has. Refuses one that is not there."""
    key = OrganizationId(organization)
    with looking() as connection:
        organizations.get(connection, key)
        yield connection, key


@contextmanager
def refusals() -> Iterator[None]:
    """A refusal of the domain is one sentence on stderr, and exit status 1."""
    try:
        yield
    except ProvisioningError as error:
        why = f" ({error.reason})" if isinstance(error, Unavailable) and error.reason else ""
        typer.echo(f"provisioning: {error}{why}", err=True)
        raise typer.Exit(1) from error
    except UnicodeEncodeError as error:  # bytes of the command line that are no UTF-8
        typer.echo("provisioning: an argument is not valid UTF-8", err=True)
        raise typer.Exit(1) from error


def actor() -> str:
    """Who gives the command, for the events."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a container's user need not have a name
        return "cli"


def _check_broker(found: Settings) -> None:
    if found.broker_url is None:
        return
    try:
        parts = urlsplit(found.broker_url)
        known = parts.scheme in _BROKERS and (parts.port is None or parts.port > 0)
    except ValueError:
        known = False
    if not known:
        raise Invalid("PROVISIONING_BROKER_URL", "must be redis://host:port/number, or left out")
