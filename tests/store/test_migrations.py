"""What a migration makes of the rows that are there."""

from collections.abc import Iterator

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Engine, select, text

from provisioning.migrations.versions import (
    m0004_told_profiles,
    m0006_awaited_addresses,
    m0014_runs_again,
)
from provisioning.reconcile.facts import Profile
from provisioning.store import engine as engines
from provisioning.store import people_tables, profiles, run_tables
from tests.tenant import found


@pytest.fixture
def own(database_url: str) -> Iterator[Engine]:
    """A migrated database that the test may change the schema of."""
    made = engines.create(database_url)
    yield made
    made.dispose()


def test_members_of_before_were_told_as_they_are_shown(own: Engine) -> None:
    acme = found(own)
    acme.create("É@acme.test", displayName='"Ada"', name={"givenName": "Ada"})
    acme.drain()
    with engines.transaction(own) as connection:
        connection.execute(text("DROP INDEX ix_users_awaiting_address"))
        connection.execute(text("ALTER TABLE memberships DROP COLUMN told_profile"))
        with Operations.context(MigrationContext.configure(connection)):
            m0004_told_profiles.upgrade()
        (told,) = connection.scalars(select(people_tables.memberships.c.told_profile))

    assert profiles.decoded(told) == Profile("É@acme.test", '"Ada"', "Ada", None)


def test_whoever_waited_for_an_address_before_is_found_by_it(own: Engine) -> None:
    """What the database does not fold as we do is left for us to fold."""
    acme = found(own)
    for name in ("Ada", "bob"):
        for number in (1, 2):
            acme.create(f"{name} {number}", emails=[{"value": f"{name}-INFO@acme.test"}])
    acme.create("élodie 1", emails=[{"value": "É@acme.test"}])
    acme.create("élodie 2", emails=[{"value": "é@acme.test"}])
    acme.drain()
    with engines.transaction(own) as connection:
        for index in ("users_awaited_email_key", "users_unfolded_email", "conflicts_user_id"):
            connection.execute(text(f"DROP INDEX ix_{index}"))
        for column in ("users DROP COLUMN awaited_email_key", "conflicts DROP COLUMN decided_by"):
            connection.execute(text(f"ALTER TABLE {column}"))
        with Operations.context(MigrationContext.configure(connection)):
            m0006_awaited_addresses.upgrade()
        users = people_tables.users.c
        waiting = select(users.awaited_email_key).where(users.email_key.is_(None))
        folded = set(connection.scalars(waiting))
        holding = select(users.awaited_email_key).where(users.email_key.is_not(None))
        others = set(connection.scalars(holding))

    assert folded == {"ada-info@acme.test", "bob-info@acme.test", None}
    assert others == {None}


def test_what_failed_to_reach_everybody_before_begins_again(own: Engine) -> None:
    acme = found(own)
    runs = [
        ("run_1", "policy", "failed"),
        ("run_2", "schedule", "completed"),
        ("run_3", "policy", "failed"),
        ("run_4", "disconnect", "failed"),
        ("run_5", "admin", "failed"),
    ]
    with engines.transaction(own) as connection:
        connection.execute(text("DROP INDEX ix_sync_runs_retry_at"))
        for name in ("attempts", "retry_at"):
            connection.execute(text(f"ALTER TABLE sync_runs DROP COLUMN {name}"))
        for key, trigger, status in runs:
            connection.execute(
                text(
                    "INSERT INTO sync_runs (id, organization_id, directory_id, trigger, status,"
                    " actor, created_at, stirred_at, finished_at) VALUES (:id, :organization_id,"
                    " :directory_id, :trigger, :status, 'test', :now, :now, :now)"
                ),
                {
                    "id": key,
                    "organization_id": acme.organization_id,
                    "directory_id": acme.directory.id,
                    "trigger": trigger,
                    "status": status,
                    "now": "2026-01-01T00:00:00.000000Z",
                },
            )
        with Operations.context(MigrationContext.configure(connection)):
            m0014_runs_again.upgrade()
        table = run_tables.sync_runs.c
        waiting = connection.execute(
            select(table.id, table.attempts).where(table.retry_at.is_not(None))
        )
        assert waiting.all() == [("run_4", 0)]
