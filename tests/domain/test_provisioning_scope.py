"""Newcomers from outside the organization's domains: held, refused, let in, told once."""

import pytest
from sqlalchemy import Engine, update

from provisioning import explain, plans
from provisioning.clock import now
from provisioning.errors import NotFound
from provisioning.store import domain_tables, newcomer_tables
from provisioning.store.engine import reading, transaction
from tests.event_feed import check
from tests.tenant import Tenant, found, settled

ADA, EVE = "ada@acme.test", "eve@contractor.test"


@pytest.fixture
def acme(engine: Engine) -> Tenant:
    """It has its domain, and lets its directory bring nobody else without asking."""
    tenant = found(engine)
    tenant.own("acme.test")
    tenant.set_policies(provisioning_scope="hold")
    tenant.map("Engineering", "admin")
    tenant.drain()
    return tenant


def told(acme: Tenant, noun: str = "newcomer") -> list[str]:
    return [name for name in acme.told() if name.startswith(noun)]


def why(acme: Tenant, email: str) -> str:
    with reading(acme.engine) as connection:
        (explanation,) = explain.explain(connection, acme.organization_id, email)
    return "; ".join(explanation.reasons)


def test_whoever_is_outside_waits_and_the_idp_reads_on_what_it_wrote(acme: Tenant) -> None:
    acme.create(ADA)
    eve = acme.create(EVE)
    acme.push("Engineering", eve)
    acme.drain()

    assert acme.people().keys() == {ADA}
    assert acme.newcomers() == {eve: None}
    assert "held until an administrator" in why(acme, EVE)
    check(acme)
    settled(acme)


def test_it_is_told_once_however_often_the_directory_writes(acme: Tenant) -> None:
    eve = acme.create(EVE)
    acme.drain()
    acme.edit(eve, displayName="Eve")
    acme.edit(eve, emails=[{"value": "eve@other.test"}])
    acme.resync()
    acme.drain()

    assert told(acme) == ["newcomer.held"]
    assert acme.rows(newcomer_tables.held_newcomers)[0]["email_key"] == "eve@other.test"
    settled(acme)


def test_who_is_released_is_let_in_with_the_roles_of_their_groups(acme: Tenant) -> None:
    eve = acme.create(EVE)
    acme.push("Engineering", eve)
    acme.drain()

    assert acme.let_in(eve) == 1
    assert acme.let_in(eve) == 0
    acme.drain()

    assert acme.people()[EVE].roles == {"admin", "member"}
    assert told(acme) == ["newcomer.held", "newcomer.released"]
    assert acme.newcomers() == {}
    check(acme)
    settled(acme)


def test_who_is_rejected_stays_out_until_released_after_all(acme: Tenant) -> None:
    eve = acme.create(EVE)
    acme.drain()
    acme.keep_out(eve)
    acme.drain()
    acme.resync()
    acme.drain()

    assert acme.people() == {}
    assert "test refuses the person" in why(acme, EVE)
    assert told(acme) == ["newcomer.held", "newcomer.refused"]
    check(acme)
    acme.let_in(eve)
    acme.drain()
    assert acme.people()[EVE].status == "active"
    settled(acme)


def test_a_policy_that_refuses_tells_it_once_and_says_why(acme: Tenant) -> None:
    acme.set_policies(provisioning_scope="refuse")
    acme.drain()
    eve = acme.create(EVE)
    acme.drain()
    acme.resync()
    acme.drain()

    assert acme.people() == {}
    assert acme.newcomers() == {eve: "rejected"}
    assert told(acme) == ["newcomer.refused"]
    assert "the organization refuses the person" in why(acme, EVE)
    check(acme)
    settled(acme)


def test_nobody_is_put_out_by_a_scope_that_comes_later(acme: Tenant) -> None:
    acme.set_policies(provisioning_scope="accept")
    acme.drain()
    acme.create(EVE)
    acme.drain()
    acme.set_policies(provisioning_scope="refuse")
    acme.drain()

    assert acme.people()[EVE].status == "active"
    settled(acme)


def test_accepting_everybody_lets_in_who_waits(acme: Tenant) -> None:
    eve, bob = acme.create(EVE), acme.create("bob@contractor.test")
    acme.drain()
    acme.keep_out(bob)
    acme.set_policies(provisioning_scope="accept")
    acme.drain()

    assert acme.people().keys() == {EVE, "bob@contractor.test"}
    assert eve not in acme.newcomers()
    check(acme)
    settled(acme)


def test_verifying_the_domain_lets_in_who_waits(acme: Tenant) -> None:
    acme.create(EVE)
    acme.drain()
    acme.own("contractor.test")
    acme.drain()

    assert acme.people()[EVE].status == "active"
    settled(acme)


def test_a_lapsed_record_locks_no_newcomer_out(acme: Tenant) -> None:
    with transaction(acme.engine) as connection:
        mine = domain_tables.domains.c.organization_id == acme.organization_id
        connection.execute(update(domain_tables.domains).where(mine).values(state="lapsed"))
    acme.create(ADA)
    acme.drain()

    assert acme.people()[ADA].status == "active"
    settled(acme)


def test_a_name_that_somebody_else_has_now_is_outside(acme: Tenant, engine: Engine) -> None:
    with transaction(acme.engine) as connection:
        mine = domain_tables.domains.c.organization_id == acme.organization_id
        connection.execute(update(domain_tables.domains).where(mine).values(state="lapsed"))
    found(engine, "Other").own("acme.test")
    ada = acme.create(ADA)
    acme.drain()

    assert acme.newcomers() == {ada: None}


def test_who_waits_and_becomes_a_member_by_hand_is_linked(acme: Tenant) -> None:
    eve = acme.create(EVE)
    acme.push("Engineering", eve)
    acme.drain()
    acme.add(EVE, "guest")
    acme.drain()

    assert acme.people()[EVE].roles == {"guest", "member", "admin"}
    assert acme.newcomers() == {}
    settled(acme)


def test_who_waits_and_is_invited_is_let_in(acme: Tenant) -> None:
    acme.create(EVE)
    acme.drain()
    acme.invite(EVE, "guest")
    acme.drain()

    assert acme.people()[EVE].roles == {"guest", "member"}
    settled(acme)


def test_who_waits_and_is_deleted_is_waited_for_no_more(acme: Tenant) -> None:
    eve = acme.create(EVE)
    acme.drain()
    acme.delete(eve)
    acme.drain()

    assert acme.newcomers() == {}
    assert told(acme) == ["newcomer.held", "newcomer.released"]
    check(acme)
    settled(acme)


def test_disconnecting_a_directory_takes_along_who_waits(acme: Tenant) -> None:
    acme.create(EVE)
    acme.drain()
    acme.delete_directory()
    acme.drain()

    assert acme.newcomers() == {}


def test_what_is_not_held_cannot_be_decided(acme: Tenant) -> None:
    ada = acme.create(ADA)
    acme.drain()

    with pytest.raises(NotFound):
        acme.let_in(ada)
    with pytest.raises(NotFound):
        acme.keep_out(ada)


def test_another_organization_decides_nothing(acme: Tenant, engine: Engine) -> None:
    eve = acme.create(EVE)
    acme.drain()

    with pytest.raises(NotFound):
        found(engine, "Other").let_in(eve)


def test_a_plan_says_who_would_be_held(acme: Tenant) -> None:
    eve = acme.create(EVE)
    with transaction(acme.engine) as connection:
        plan = plans.draw_up(
            connection, acme.directory, {"type": "resync"}, actor="test", now=now()
        )

    assert plan.summary["actions"] == {"hold_newcomer": 1}
    assert acme.newcomers() == {}
    acme.drain()
    assert acme.newcomers() == {eve: None}
