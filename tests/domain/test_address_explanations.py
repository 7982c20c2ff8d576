"""Why an account only shows its address, and why somebody was kept out at a time."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import Engine

from provisioning import explain, past_explanations
from provisioning.clock import now
from provisioning.store import engine as engines
from provisioning.store.engine import reading, transaction
from tests.query_plans import Executed, analyzed, executed, handled, nodes
from tests.tenant import Tenant, found

EVE = "eve@contractor.test"


@pytest.fixture
def acme(engine: Engine) -> Tenant:
    return found(engine)


def why(tenant: Tenant, email: str, moment: datetime | None = None) -> list[str]:
    with reading(tenant.engine) as connection:
        here = (connection, tenant.organization_id, email)
        found_ = (
            explain.explain(*here) if moment is None else past_explanations.explain(*here, moment)
        )
    return ["; ".join(one.reasons) for one in found_]


def test_the_domain_is_another_organizations(acme: Tenant, engine: Engine) -> None:
    found(engine, "Victim").own("victim.test")
    acme.create("ceo@victim.test")
    acme.drain()

    (reason,) = why(acme, "CEO@victim.test")
    assert "only shown with ceo@victim.test" in reason
    assert "its domain is another organization's, which has verified it" in reason


def test_another_account_has_the_address(acme: Tenant) -> None:
    for name in ("ada", "bob"):
        acme.create(name, emails=[{"value": "info@acme.test"}])
    acme.drain()

    reasons = why(acme, "info@acme.test")
    assert sorted("another account has it" in reason for reason in reasons) == [False, True]


def test_nobody_else_has_it_and_the_next_drain_looks(acme: Tenant, engine: Engine) -> None:
    victim = found(engine, "Victim")
    domain = victim.own("victim.test")
    acme.create("ceo@victim.test")
    acme.drain()
    victim.disown(domain)

    assert "the next drain looks at that" in why(acme, "ceo@victim.test")[0]
    acme.drain()
    assert "only shown" not in why(acme, "ceo@victim.test")[0]


def test_the_past_tells_who_was_kept_out_and_by_whom(acme: Tenant) -> None:
    acme.own("acme.test")
    acme.set_policies(provisioning_scope="hold")
    eve = acme.create(EVE)
    acme.create("élodie@contractor.test")
    before = now()
    acme.drain()
    held = now()
    acme.keep_out(eve)
    acme.drain()
    refused = now()
    acme.let_in(eve)
    acme.drain()

    assert "provisioning_scope" not in why(acme, EVE, before)[0]
    (reason,) = why(acme, "Eve@contractor.test", held)
    assert "said active, but the address was of none of the organization's verified" in reason
    assert "the person was held, since" in reason
    assert "the person was refused, since" in why(acme, EVE, refused)[0]
    assert "by test" in why(acme, EVE, refused)[0]
    (reason,) = why(acme, EVE, now())
    assert "the membership was active" in reason
    assert "was held" in why(acme, "Élodie@contractor.test", held)[0]


def test_who_has_gone_since_was_kept_out_all_the_same(acme: Tenant) -> None:
    acme.set_policies(provisioning_scope="refuse")
    eve = acme.create(EVE)
    acme.drain()
    refused = now()
    acme.delete(eve)
    acme.drain()

    assert "the person was refused" in why(acme, EVE, refused)[0]
    assert "provisioning_scope" not in why(acme, EVE, now())[0]


@pytest.fixture
def busy(database_url: str) -> Iterator[Tenant]:
    """An organization, in a database of the test's own, that has kept out hundreds."""
    engine = engines.create(database_url)
    acme = found(engine)
    acme.set_policies(provisioning_scope="hold")
    for number in range(300):
        acme.create(f"{number}@contractor.test")
    acme.drain()
    with transaction(engine) as connection:
        connection.exec_driver_sql("ANALYZE")
    yield acme
    engine.dispose()


def asked(tenant: Tenant) -> Executed:
    """The question about what was told of one of them."""
    all_ = executed(tenant.engine, lambda: why(tenant, "7@contractor.test", now()))
    (one,) = [one for one in all_ if "newcomer.held" in one.statement]
    return one


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_of_what_was_told_of_hundreds_a_few_rows_are_read(busy: Tenant) -> None:
    one = asked(busy)
    with transaction(busy.engine) as connection:
        plan = analyzed(connection, one)

    read = [handled(node) for node in nodes(plan) if node.get("Relation Name") == "events"]
    assert 1 <= sum(read) <= 5


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_sqlite_finds_what_was_told_of_newcomers_by_an_index(busy: Tenant) -> None:
    one = asked(busy)
    with reading(busy.engine) as connection:
        explain = f"EXPLAIN QUERY PLAN {one.statement}"
        plan = str(connection.exec_driver_sql(explain, one.parameters).all())
    assert "SEARCH events USING INDEX ix_events_newcomer (<expr>=?)" in plan
