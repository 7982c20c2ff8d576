"""The migrations end where the pages of tables are, and can be applied as often as one likes."""

import secrets
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text
from structlog.testing import capture_logs

from provisioning.errors import Unusable
from provisioning.store import engine as engines
from provisioning.store import schema, tables
from service import health
from tests.tenant import found, settled


def test_every_page_of_tables_is_read() -> None:
    pages = {path.stem for path in Path(tables.__file__).parent.glob("*_tables.py")}

    assert {page.__name__.rpartition(".")[2] for page in tables.PAGES} == pages


def test_a_migrated_database_is_what_the_tables_page_says(engine: Engine) -> None:
    with engine.connect() as connection:
        assert schema.differences(connection) == []


@pytest.mark.parametrize(
    "change",
    [
        "DROP INDEX ix_notes_organization_id_id",
        "DROP INDEX ix_events_subject",
        "DROP INDEX ix_users_email_domain",
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


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_a_file_whose_constraints_were_taken_out_of_its_text_is_sound(engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA integrity_check")).all() == [("ok",)]
        keys = {
            table: [key[2] for key in connection.execute(text(f"PRAGMA foreign_key_list({table})"))]
            for table in ("memberships", "identities", "grants")
        }
    assert keys == {"memberships": [], "identities": [], "grants": []}


def test_a_library_that_lets_nobody_write_the_text_keeps_the_constraints(tmp_path: Path) -> None:
    """The one of macOS is defensive: there the pragma does nothing."""

    def defend(connection: sqlite3.Connection, _record: object) -> None:
        def judge(action: int, name: str | None, value: str | None, *_where: object) -> int:
            ignored = action == sqlite3.SQLITE_PRAGMA and name == "writable_schema" and value
            return sqlite3.SQLITE_IGNORE if ignored else sqlite3.SQLITE_OK

        connection.set_authorizer(judge)

    made = engines.create(f"sqlite:///{tmp_path / 'defended.sqlite3'}")
    event.listen(made, "connect", defend)
    schema.upgrade(made)

    with made.connect() as connection:
        for table, parents in (
            ("memberships", {"organizations", "users"}),
            ("grants", {"organizations", "memberships", "roles"}),
        ):
            keys = connection.execute(text(f"PRAGMA foreign_key_list({table})")).all()
            assert {key[2] for key in keys} == parents
    tenant = found(made)
    tenant.create("ada@acme.test")
    settled(tenant)
    made.dispose()


def test_applying_the_migrations_again_is_harmless(own: Engine) -> None:
    schema.upgrade(own)
    schema.upgrade(own)

    assert schema.is_migrated(own)
    with own.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM roles")) == 4


def test_a_database_without_migrations_is_not_current(own: Engine) -> None:
    with own.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))

    assert not schema.is_migrated(own)


def become(engine: Engine, revision: str) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision}
        )


def test_a_database_of_a_later_release_will_do_and_is_told_of_once(own: Engine) -> None:
    revision = str(9000 + secrets.randbelow(1000))  # one that this process has not told of
    become(own, revision)

    with capture_logs() as logs:
        assert schema.is_migrated(own)
        schema.require(own, migrate=False)
        schema.require(own, migrate=True)

    assert [line["revision"] for line in logs] == [revision]
    assert health.check(own).ready


@pytest.mark.parametrize("revision", ["0001", "ae1027a6acf5", "1975ea83b712", ""])
def test_one_of_an_earlier_release_or_of_another_program_will_not(
    own: Engine, revision: str
) -> None:
    become(own, revision)

    assert not schema.is_migrated(own)
    assert not health.check(own).ready
    with pytest.raises(Unusable):
        schema.require(own, migrate=False)
