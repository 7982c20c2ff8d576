"""A hundred thousand claims that are not due yet are no load for whoever looks for the due ones."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, bindparam, text

from provisioning import clock
from provisioning.store import domains
from provisioning.store.engine import transaction, undone
from provisioning.store.types import Moment
from tests.query_plans import Executed, analyzed, executed, handled, nodes
from tests.tenant import found

PENDING = 100_000
DUE = 40
_CLAIMS = text(
    """
    WITH RECURSIVE counted (number) AS (
        SELECT 1 UNION ALL SELECT number + 1 FROM counted WHERE number < :count
    )
    INSERT INTO domains (id, organization_id, name, state, token, expires_at, next_at, created_at,
        updated_at)
    SELECT 'dom_' || :kind || number, :organization_id, :kind || number || '.test', 'pending', 't',
        :at, :at, :at, :at
    FROM counted
    """
).bindparams(bindparam("at", type_=Moment()))


def claim(engine: Engine, kind: str, count: int, hours: int) -> None:
    """So many of an organization, which are due in so many hours."""
    bound = {
        "count": count,
        "kind": kind,
        "organization_id": found(engine).organization_id,
        "at": clock.now() + timedelta(hours=hours),
    }
    with engine.begin() as connection:
        connection.execute(_CLAIMS, bound)
        if connection.dialect.name == "postgresql":
            connection.execute(text("ANALYZE domains"))


def take(connection: Connection) -> int:
    now = clock.now()
    return len(domains.take_due(connection, now, now + timedelta(minutes=3), 500, 50))


def taking(engine: Engine) -> Executed:
    """The one statement by which those due are taken."""

    def taken() -> None:
        with transaction(engine) as connection, undone(connection):
            assert take(connection) == DUE

    (one,) = [one for one in executed(engine, taken) if "next_at" in one.statement]
    return one


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_postgresql_reads_those_that_are_due(own: Engine) -> None:
    claim(own, "due", DUE, hours=-1)
    claim(own, "later", PENDING, hours=1)

    one = taking(own)
    with own.begin() as connection:
        plan = analyzed(connection, one)

    read = [
        (node["Node Type"], handled(node))
        for node in nodes(plan)
        if node.get("Relation Name") == "domains" and node["Node Type"] != "ModifyTable"
    ]
    assert "Seq Scan" not in {kind for kind, _ in read}
    assert DUE <= sum(rows for _, rows in read) <= 4 * DUE


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_sqlite_takes_as_many_steps_as_if_there_were_no_others(own: Engine) -> None:
    def steps() -> int:
        """Instructions of its virtual machine, in hundreds."""
        counted: list[None] = []
        with transaction(own) as connection, undone(connection):
            driver: Any = connection.connection.driver_connection
            driver.set_progress_handler(lambda: counted.append(None), 100)
            assert take(connection) == DUE
            driver.set_progress_handler(None, 0)
        return len(counted)

    claim(own, "due", DUE, hours=-1)
    alone = steps()
    claim(own, "later", PENDING, hours=1)

    assert steps() <= alone + 5
    one = taking(own)
    with own.connect() as connection:
        explain = f"EXPLAIN QUERY PLAN {one.statement}"
        plan = connection.exec_driver_sql(explain, one.parameters).all()
    assert "SEARCH domains USING INDEX ix_domains_next_at (next_at<?)" in [
        step.detail.replace("COVERING ", "") for step in plan
    ]


def test_nobody_is_due_among_many_who_are_not(own: Engine) -> None:
    claim(own, "later", PENDING, hours=1)

    with transaction(own) as connection:
        assert take(connection) == 0
