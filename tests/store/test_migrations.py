"""What a migration makes of the rows that are there."""

from collections.abc import Iterator

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Engine, select, text

from provisioning.migrations.versions import m0004_told_profiles
from provisioning.reconcile.facts import Profile
from provisioning.store import engine as engines
from provisioning.store import people_tables, profiles
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
