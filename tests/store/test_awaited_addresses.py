"""Whoever waits for an address is found by it, however many others of other tenants wait."""

import pytest
from sqlalchemy import Engine, select, text, update

from provisioning import clock
from provisioning.ids import UserId
from provisioning.store import awaited_addresses, note_tables, people_tables
from provisioning.store.engine import transaction
from tests.query_plans import Executed, analyzed, executed, handled, nodes
from tests.tenant import Tenant, found

OTHERS = 900


@pytest.fixture
def crowded(own: Engine) -> Tenant:
    """Of two who share an address the second waits for it; hundreds elsewhere wait for others."""
    borealis = found(own, "Borealis")
    borealis.create_all(f"{number}@borealis.test" for number in range(OTHERS))
    borealis.drain()
    with own.begin() as connection:
        users = people_tables.users.c
        waiting = {"email_key": None, "awaited_email_key": users.email_key}
        connection.execute(update(people_tables.users).values(waiting))
    acme = found(own)
    acme.create("ada", emails=[{"value": "INFO@acme.test"}])
    acme.create("bob", emails=[{"value": "info@ACME.test"}])
    acme.drain()
    if own.dialect.name == "postgresql":
        with own.begin() as connection:
            connection.execute(text("ANALYZE"))
    return acme


def holder(tenant: Tenant) -> UserId:
    with tenant.engine.connect() as connection:
        holding = people_tables.users.c.email_key == "info@acme.test"
        return UserId(connection.scalars(select(people_tables.users.c.id).where(holding)).one())


def executed_by_waking(tenant: Tenant) -> Executed:
    """The statement that looks for those who wait."""
    released = {holder(tenant): "info@acme.test"}

    def wake() -> None:
        with transaction(tenant.engine) as connection:
            awaited_addresses.wake(connection, released, (), clock.now())

    (one,) = (
        each for each in executed(tenant.engine, wake) if "awaited_email_key" in each.statement
    )
    return one


def test_waking_leaves_a_note_for_who_waits_for_the_address_alone(crowded: Tenant) -> None:
    released = {holder(crowded): "info@acme.test"}

    with transaction(crowded.engine) as connection:
        woken = awaited_addresses.wake(connection, released, (), clock.now())

    assert woken == {crowded.organization_id}
    assert len(crowded.rows(note_tables.notes)) == 1


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_postgresql_reads_no_account_that_waits_for_another_address(crowded: Tenant) -> None:
    waking = executed_by_waking(crowded)

    with crowded.engine.connect() as connection:
        plan = analyzed(connection, waking)

    read = [handled(node) for node in nodes(plan) if node.get("Relation Name") == "users"]
    assert len(read) == 2
    assert sum(read) == 1


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_sqlite_reads_accounts_by_the_indexes_of_who_waits(crowded: Tenant) -> None:
    waking = executed_by_waking(crowded)

    with crowded.engine.connect() as connection:
        explain = f"EXPLAIN QUERY PLAN {waking.statement}"
        steps = connection.exec_driver_sql(explain, waking.parameters).all()

    of_users = [step.detail for step in steps if step.detail.split()[1] == "u"]
    assert [detail.split(" (")[0] for detail in of_users] == [
        "SEARCH u USING INDEX ix_users_awaited_email_key",
        "SCAN u USING INDEX ix_users_unfolded_email",
    ]


def test_who_was_written_by_a_former_release_is_found_too(crowded: Tenant) -> None:
    """While it is being replaced it writes accounts, and does not fold what they wait for."""
    with crowded.engine.begin() as connection:
        waiting = people_tables.users.c.awaited_email_key == "info@acme.test"
        done = connection.execute(
            update(people_tables.users).where(waiting).values(awaited_email_key=None)
        )
    assert done.rowcount == 1

    released = {holder(crowded): "info@acme.test"}
    with transaction(crowded.engine) as connection:
        assert awaited_addresses.wake(connection, released, (), clock.now())
