"""The state of the database's schema, and how to bring it to the present."""

import warnings
from functools import cache
from pathlib import Path

import structlog
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Index, text
from sqlalchemy.exc import DBAPIError, SAWarning
from sqlalchemy.schema import SchemaItem

from provisioning.errors import Unusable
from provisioning.store import event_tables, people_tables
from provisioning.store.engine import reading, transaction
from provisioning.store.failures import reason
from provisioning.store.tables import metadata

_MIGRATIONS = Path(__file__).parent.parent / "migrations"
_DIGITS = 4
_OF_EXPRESSIONS = event_tables.OF_EXPRESSIONS | people_tables.OF_EXPRESSIONS
_LOCK = 0x70726F76  # "prov": two migrators started together take turns
LOCK_TIMEOUT_SECONDS = 10

log = structlog.get_logger(__name__)


def upgrade(engine: Engine) -> None:
    """Applies what is missing, all in one transaction; harmless when nothing is."""
    with transaction(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            # A migration that waits for a lock makes every writer behind it wait, too.
            connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_SECONDS}s'"))
        command.upgrade(_config(connection), "head")


def require(engine: Engine, *, migrate: bool) -> None:
    """
    Returns when the database has this release's schema, which `migrate` may give it, or a later
    one.

    Raises:
        Unusable: it has not; or it is another program's, or no database at all.
        Unavailable: it does not answer.
    """
    try:
        if is_migrated(engine):
            return
        if migrate:
            upgrade(engine)
            return
    except DBAPIError as error:
        raise Unusable(reason(error)) from error
    raise Unusable("the database is empty or of another release; run `provisioning migrate` first")


def is_migrated(engine: Engine) -> bool:
    """
    Whether the newest migration of this release has been applied. So it has where a later release
    has already added its own: while that one is being rolled out, this one works on (ADR-0019).
    """
    head = ScriptDirectory(str(_MIGRATIONS)).get_current_head()
    with reading(engine) as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    if present is not None and _number(present) > _number(head):
        _tell_of_later(present)
        return True
    return present == head


def _number(revision: str | None) -> int:
    """Ours are numbered without gaps; another program's are not ours to work with."""
    numbered = revision is not None and len(revision) == _DIGITS and revision.isdecimal()
    return int(revision or "") if numbered else 0


@cache
def _tell_of_later(revision: str) -> None:
    """Once per process: readiness is asked for every few seconds."""
    log.warning("the database has been migrated by a later release", revision=revision)


def differences(connection: Connection) -> list[object]:
    """What a migrated database lacks against the pages of tables; empty when they agree."""

    def belongs_here(item: SchemaItem, *_: object) -> bool:
        # On SQLite the pages have no GIN index: `ddl_if` says so, and Alembic does not ask it.
        if not isinstance(item, Index):
            return True
        is_gin = bool(item.dialect_options["postgresql"]["using"])
        is_elsewhere = is_gin and connection.dialect.name != "postgresql"
        return not is_elsewhere and item.name not in _OF_EXPRESSIONS

    context = MigrationContext.configure(connection, opts={"include_object": belongs_here})
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Skipped unsupported reflection", SAWarning)
        found = list(compare_metadata(context, metadata))
    return [*found, *_missing_expressions(connection)]


_INDEX_NAMES = {
    "postgresql": "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index'",
}


def _missing_expressions(connection: Connection) -> frozenset[str]:
    names = connection.execute(text(_INDEX_NAMES[connection.dialect.name])).scalars()
    return _OF_EXPRESSIONS.difference(names)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config
