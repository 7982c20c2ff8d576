"""
Members are listed by an index, and found by the address that their organization is shown: however
many it has, or others have, and whatever PostgreSQL thinks of their number.
"""

from typing import Any

import pytest
from sqlalchemy import Engine, text, update

from provisioning import clock, history
from provisioning.store import memberships, people_tables
from provisioning.store.engine import reading, transaction
from provisioning.store.memberships import Member
from provisioning.store.pages import Cut
from tests.query_plans import analyzed, executed, handled, nodes
from tests.tenant import Tenant, found

ADA = "ada@acme.test"
PEOPLE = 1_000
A_FEW = 20


@pytest.fixture
def acme(engine: Engine) -> Tenant:
    return found(engine)


def page(tenant: Tenant, **wanted: Any) -> list[Member]:
    with reading(tenant.engine) as connection:
        where = (connection, tenant.organization_id, Cut(limit=5))
        return list(memberships.listing(*where, **wanted).items)


def with_address(tenant: Tenant, email_key: str, **paging: Any) -> list[Member]:
    with reading(tenant.engine) as connection:
        where = (connection, tenant.organization_id, Cut(**{"limit": 10, **paging}))
        return list(memberships.listing(*where, email_key=email_key).items)


def test_all_who_are_shown_with_an_address_are_found_page_by_page(acme: Tenant) -> None:
    for name in ("ada", "bob", "eve"):
        acme.create(name, emails=[{"value": "Info@ACME.test"}])
    acme.create(ADA)
    acme.drain()
    found_ = [one.membership_id for one in with_address(acme, "info@acme.test")]
    first = with_address(acme, "info@acme.test", limit=2)
    rest = with_address(acme, "info@acme.test", limit=2, after=first[-1].membership_id)

    assert len(found_) == 3
    assert found_ == sorted(found_)
    assert [one.membership_id for one in (*first, *rest)] == found_


def test_who_was_written_by_a_former_release_is_found_too(acme: Tenant) -> None:
    acme.create("Ada@Acme.test")
    acme.create("eve@acme.test")
    acme.drain()
    with acme.engine.begin() as connection:
        connection.execute(update(people_tables.users).values(email_key=None))

    (ada,) = with_address(acme, ADA)
    assert ada.profile.email == "Ada@Acme.test"


def test_what_became_of_the_address_of_who_left_is_not_told(acme: Tenant, engine: Engine) -> None:
    elsewhere = found(engine, "Elsewhere")
    for tenant in (acme, elsewhere):
        tenant.add(ADA)
    there = clock.now()
    ada = acme.people()[ADA]
    acme.remove(ada.membership_id)
    (gone,) = with_address(acme, ADA)
    elsewhere.edit_user(ada.user_id, email="secret@elsewhere.test")

    assert (gone.status, gone.profile.email) == ("removed", ADA)
    assert with_address(acme, "secret@elsewhere.test") == []
    (member,) = with_address(elsewhere, "secret@elsewhere.test")
    assert member.user_id == ada.user_id
    with reading(engine) as connection:
        past = (connection, acme.organization_id, there, Cut(limit=10))
        assert history.members(*past, email_key="secret@elsewhere.test").items == []


def test_the_past_is_asked_of_those_who_have_the_address_now(acme: Tenant) -> None:
    for email in (ADA, "eve@acme.test"):
        acme.add(email, "admin")
    then = clock.now()
    acme.remove(acme.people()[ADA].membership_id)

    with reading(acme.engine) as connection:
        where = (connection, acme.organization_id, then, Cut(limit=10))
        (active,) = history.members(*where, email_key=ADA, status="active", role="admin").items
        none = history.members(*where, email_key=ADA, role="guest").items
        nobody = history.members(*where, email_key="nobody@acme.test").items
    assert (active.profile.email, active.status) == (ADA, "active")
    assert none == nobody == []


def crowd(own: Engine) -> Tenant:
    acme = found(own)
    acme.create_all(f"{number}@acme.test" for number in range(PEOPLE))
    acme.drain()
    acme.add(ADA)
    return acme


def never(_: Engine) -> None:
    """Nothing was analyzed, and autovacuum is too late."""


def analyze(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("ANALYZE"))


@pytest.mark.parametrize("dialect", ["postgresql"])
@pytest.mark.parametrize("analyzed_before", [never, analyze])
@pytest.mark.parametrize("planned", ["force_custom_plan", "force_generic_plan"])
def test_postgresql_reads_nobody_else(own: Engine, analyzed_before: Any, planned: str) -> None:
    with own.begin() as connection:
        for table in ("users", "memberships"):
            connection.execute(text(f"ALTER TABLE {table} SET (autovacuum_enabled = off)"))
    analyzed_before(own)
    acme = crowd(own)

    looked = executed(own, lambda: with_address(acme, ADA))

    assert len(looked) == 5
    with transaction(own) as connection:
        connection.execute(text(f"SET LOCAL plan_cache_mode = {planned}"))
        for one in looked:
            plan = analyzed(connection, one)
            assert max(map(handled, nodes(plan))) <= A_FEW, one.statement


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_sqlite_goes_through_nobody_else(own: Engine) -> None:
    acme = crowd(own)
    everybody = ("SCAN memberships", "SCAN users", "SCAN u", "SCAN m", "(organization_id=?)")

    for one in executed(own, lambda: with_address(acme, ADA)):
        with own.connect() as connection:
            explain = f"EXPLAIN QUERY PLAN {one.statement}"
            steps = connection.exec_driver_sql(explain, one.parameters).all()
        gone_through = [
            step.detail for step in steps if any(part in step.detail for part in everybody)
        ]
        assert gone_through in ([], ["SCAN u USING INDEX ix_users_unfolded_email"]), one.statement


@pytest.mark.parametrize("dialect", ["postgresql"])
@pytest.mark.parametrize("analyzed_after", [never, analyze])
@pytest.mark.parametrize("planned", ["force_custom_plan", "force_generic_plan"])
def test_a_page_reads_no_membership_of_other_organizations(
    own: Engine, analyzed_after: Any, planned: str
) -> None:
    crowd(own)
    small = found(own, "Small")
    small.create_all(f"{number}@small.test" for number in range(9))
    small.drain()
    analyzed_after(own)

    (paging,) = (one for one in executed(own, lambda: page(small)) if "LIMIT" in one.statement)

    with transaction(own) as connection:
        connection.execute(text(f"SET LOCAL plan_cache_mode = {planned}"))
        plan = analyzed(connection, paging)
    read = [handled(node) for node in nodes(plan) if node.get("Relation Name") == "memberships"]
    assert 0 < sum(read) <= A_FEW


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_a_page_of_members_is_in_the_order_of_an_index(own: Engine) -> None:
    small = found(own)
    (paging,) = (one for one in executed(own, lambda: page(small)) if "LIMIT" in one.statement)
    with own.connect() as connection:
        explain = f"EXPLAIN QUERY PLAN {paging.statement}"
        steps = connection.exec_driver_sql(explain, paging.parameters).all()

    assert "USING INDEX ix_memberships_organization_id_id" in steps[0].detail
    assert not any("B-TREE" in step.detail for step in steps)


def test_the_membership_of_another_organization_is_not_found(acme: Tenant, engine: Engine) -> None:
    found(engine, "Elsewhere").add(ADA)
    assert with_address(acme, ADA) == []
    acme.add(ADA)
    (mine,) = with_address(acme, ADA)
    assert mine.membership_id == acme.people()[ADA].membership_id
