"""The migrations end where the tables page is, and can be applied as often as one likes."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from provisioning.store import engine as engines
from provisioning.store import schema


@pytest.fixture
def own(database_url: str) -> Iterator[Engine]:
    """A migrated database that the test may change the schema of."""
    made = engines.create(database_url)
    yield made
    made.dispose()


def test_a_migrated_database_is_what_the_tables_page_says(engine: Engine) -> None:
    with engine.connect() as connection:
        assert schema.differences(connection) == []


@pytest.mark.parametrize(
    "change",
    [
        "DROP INDEX ix_notes_organization_id_id",
        "CREATE INDEX ix_notes_key ON notes (key)",
        "ALTER TABLE notes ADD COLUMN surplus TEXT",
        "ALTER TABLE periodic_jobs DROP COLUMN last_at",
        "CREATE TABLE surplus (id TEXT)",
    ],
)
def test_a_database_that_has_moved_away_is_noticed(own: Engine, change: str) -> None:
    with own.begin() as connection:
        connection.execute(text(change))
    with own.connect() as connection:
        assert len(schema.differences(connection)) == 1


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_a_missing_filter_index_is_noticed(own: Engine) -> None:
    with own.begin() as connection:
        connection.execute(text("DROP INDEX ix_directory_users_search"))
    with own.connect() as connection:
        assert len(schema.differences(connection)) == 1


def test_applying_the_migrations_again_is_harmless(own: Engine) -> None:
    schema.upgrade(own)
    schema.upgrade(own)

    assert schema.is_current(own)
    with own.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM roles")) == 4


def test_a_database_without_migrations_is_not_current(own: Engine) -> None:
    with own.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))

    assert not schema.is_current(own)
