"""A run survives whoever goes on with it."""

from sqlalchemy import select

from provisioning import sync_runs
from provisioning.clock import now
from provisioning.run_steps import BATCH
from provisioning.store.engine import reading, transaction
from provisioning.store.event_tables import events
from provisioning.store.sync_runs import SyncRun
from tests.processes.customers import Customer
from tests.processes.installation import Installation
from tests.tenant import Tenant
from tests.tenant_in_bulk import fill

PEOPLE = 3 * BATCH + 100
RUN_SECONDS = 120


def test_a_run_whose_workers_are_killed_in_mid_batch_goes_on_where_it_was(
    installation: Installation, customer: Customer
) -> None:
    engine, scim = installation.engine, customer.scim
    fill(Tenant(engine, scim.organization_id, scim.directory), PEOPLE)
    here = (scim.organization_id, scim.directory_id)
    with transaction(engine) as connection:
        begun = sync_runs.begin(connection, *here, "admin", actor="test", now=now())

    def present() -> SyncRun:
        with reading(engine) as connection:
            return sync_runs.get(connection, *here, begun.id)

    installation.wait_until(lambda: present().done >= BATCH, RUN_SECONDS)
    with customer.drain_held():  # a batch is written, and not committed
        for worker in installation.workers:
            worker.kill()
    halfway = present()
    installation.restart_workers(2)
    installation.wait_until(lambda: not present().is_active, RUN_SECONDS)

    done = present()
    assert BATCH <= halfway.done < PEOPLE
    assert (done.status, done.done, done.total) == ("completed", PEOPLE, PEOPLE)
    assert (done.counts["created"], done.counts["unchanged"]) == (PEOPLE, 0)
    told = select(events.c.type).where(events.c.organization_id == scim.organization_id)
    with reading(engine) as connection:
        types = [row.type for row in connection.execute(told)]
    assert types.count("organization_membership.created") == PEOPLE
    assert types.count("sync_run.started") == types.count("sync_run.completed") == 1
    customer.assert_settled(PEOPLE)
