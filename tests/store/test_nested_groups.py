"""Going down groups inside groups takes as many rows as there are, also with no statistics."""

import pytest
from sqlalchemy import Engine, insert, text

from provisioning.clock import now
from provisioning.ids import DirectoryGroupId
from provisioning.store import syncs
from provisioning.store.directory_tables import directory_group_members
from provisioning.store.engine import transaction
from tests.query_plans import analyzed, executed, handled, nodes
from tests.tenant import Tenant, found
from tests.tenant_in_bulk import fill

PEOPLE = 2_000


@pytest.fixture
def unanalyzed(own: Engine) -> Engine:
    """As a database is just after a directory's first import."""
    with own.begin() as connection:
        off = "ALTER TABLE directory_group_members SET (autovacuum_enabled = off)"
        connection.execute(text(off))
    return own


def gather(tenant: Tenant, group_id: str) -> None:
    """Everybody in the group, as so many requests leave them."""
    row = {
        "group_id": group_id,
        "organization_id": tenant.organization_id,
        "directory_id": tenant.directory.id,
        "told": True,
    }
    people = fill(tenant, PEOPLE)
    with transaction(tenant.engine) as connection:
        connection.execute(
            insert(directory_group_members), [{**row, "member_id": key} for key in people]
        )


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_a_mapping_of_a_large_group_reads_each_member_a_few_times(unanalyzed: Engine) -> None:
    acme = found(unanalyzed)
    group_id = acme.push("Everybody")
    gather(acme, group_id)

    declaring = executed(unanalyzed, lambda: acme.map("Everybody", "admin"))

    (counting,) = (one for one in declaring if "mapping_growths" in one.statement)
    with transaction(unanalyzed) as connection:
        connection.execute(text("DELETE FROM mapping_growths"))
        plan = analyzed(connection, counting)
    assert max(handled(node) for node in nodes(plan)) <= 2 * PEOPLE


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_a_note_of_a_large_group_reads_each_member_a_few_times(unanalyzed: Engine) -> None:
    acme = found(unanalyzed)
    group_id = acme.push("Everybody")
    gather(acme, group_id)

    def expand() -> None:
        with transaction(unanalyzed) as connection:
            ids = [DirectoryGroupId(group_id)]
            syncs.expand_groups(connection, acme.organization_id, ids, now())

    (expanding,) = executed(unanalyzed, expand)
    with transaction(unanalyzed) as connection:
        plan = analyzed(connection, expanding)
    assert max(handled(node) for node in nodes(plan)) <= 2 * PEOPLE
