"""Grants of before the migration learn which group gave them."""

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import text

from provisioning.migrations.versions import m0003_grant_groups
from provisioning.store import engine as engines
from provisioning.store import role_tables
from tests.tenant import found


def test_a_mapped_grant_of_before_names_the_group_of_its_mapping(database_url: str) -> None:
    own = engines.create(database_url)
    acme = found(own)
    group = acme.push("Engineering", acme.create("ada@acme.test"))
    acme.map("Engineering", "admin")
    acme.drain()
    with engines.transaction(own) as connection:
        connection.execute(text("ALTER TABLE grants DROP COLUMN group_id"))
        with Operations.context(MigrationContext.configure(connection)):
            m0003_grant_groups.upgrade()

    groups = {row["source_type"]: row["group_id"] for row in acme.rows(role_tables.grants)}
    own.dispose()

    assert groups == {"mapping": group, "default": None}
