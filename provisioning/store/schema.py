"""The state of the database's schema, and how to bring it to the present."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Index, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import SchemaItem

from provisioning.errors import Unusable
from provisioning.store.engine import reading, transaction
from provisioning.store.failures import reason
from provisioning.store.tables import metadata

_MIGRATIONS = Path(__file__).parent.parent / "migrations"
_LOCK = 0x70726F76  # "prov": two migrators started together take turns
LOCK_TIMEOUT_SECONDS = 10


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
    Returns when the database has this release's schema, which `migrate` may give it.

    Raises:
        Unusable: it has not; or it is another program's, or no database at all.
        Unavailable: it does not answer.
    """
    try:
        if is_current(engine):
            return
        if migrate:
            upgrade(engine)
            return
    except DBAPIError as error:
        raise Unusable(reason(error)) from error
    raise Unusable("the database is empty or of another release; run `provisioning migrate` first")


def is_current(engine: Engine) -> bool:
    """Whether the newest migration of this release has been applied."""
    head = ScriptDirectory(str(_MIGRATIONS)).get_current_head()
    with reading(engine) as connection:
        return MigrationContext.configure(connection).get_current_revision() == head


def differences(connection: Connection) -> list[object]:
    """What a migrated database lacks against the tables page; empty when they agree."""

    def belongs_here(item: SchemaItem, *_: object) -> bool:
        # On SQLite the tables page has no GIN index: `ddl_if` says so, and Alembic does not ask it.
        return not (
            isinstance(item, Index)
            and connection.dialect.name != "postgresql"
            and item.dialect_options["postgresql"]["using"]
        )

    context = MigrationContext.configure(connection, opts={"include_object": belongs_here})
    return list(compare_metadata(context, metadata))


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config
