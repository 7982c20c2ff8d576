"""What others do while somebody is purged, on PostgreSQL: SQLite has one writer at a time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from provisioning import clock, plans
from provisioning.errors import Collision, NotFound
from provisioning.leaving_steps import ring_due
from provisioning.store import leaving_steps as store
from provisioning.store import people_tables, syncs
from provisioning.store import plans as kept_plans
from provisioning.store.engine import reading, transaction
from tests.domain.test_concurrency import count_waiting, until
from tests.domain.test_plans import RESYNC, apply, draw_up
from tests.tenant import Tenant, found, settled

pytestmark = pytest.mark.parametrize("dialect", ["postgresql"])
"""SQLite has one writer at a time."""

DAY = timedelta(days=1)
RETENTION = 30 * DAY
ADA = "ada@shared.test"


@pytest.fixture
def acme(crowded: Engine) -> Tenant:
    """Whoever was there, Ada, is about to be purged, and her account with her."""
    tenant = found(crowded)
    tenant.let_leave(retention=RETENTION)
    ada = tenant.create(ADA)
    tenant.drain()
    tenant.delete(ada)
    tenant.drain()
    return tenant


@pytest.fixture
def borealis(crowded: Engine) -> Tenant:
    return found(crowded, "Borealis")


@contextmanager
def purging(tenant: Tenant) -> Iterator[None]:
    """Everything that is due is done while somebody else has read accounts, but no memberships."""
    at = clock.now() + RETENTION + DAY
    done: list[str] = []

    def purge(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if "FROM memberships m LEFT JOIN parked" in statement and not done:
            done.append(statement)
            tenant.drain_at(at)

    event.listen(tenant.engine, "before_cursor_execute", purge)
    yield
    event.remove(tenant.engine, "before_cursor_execute", purge)
    assert done


def living(engine: Engine) -> set[str]:
    users = people_tables.users
    with reading(engine) as connection:
        return set(connection.scalars(select(users.c.id).where(users.c.deleted_at.is_(None))))


def test_nobody_is_taken_for_an_account_that_is_purged_meanwhile(
    acme: Tenant, borealis: Tenant
) -> None:
    borealis.create(ADA)
    borealis.drain()
    (conflict,) = borealis.conflicts()
    borealis.decide(conflict.id, "link")

    with purging(acme):
        borealis.drain()

    settled(borealis)
    assert {person.user_id for person in borealis.people().values()} == living(acme.engine)
    assert list(borealis.people()) == [ADA]


def test_nobody_joins_as_an_account_that_is_purged_meanwhile(
    acme: Tenant, borealis: Tenant
) -> None:
    token = borealis.invite(ADA).token

    with purging(acme), pytest.raises(Collision):
        borealis.accept(token)
    borealis.accept(token)

    assert {person.user_id for person in borealis.people().values()} == living(acme.engine)


def test_a_step_that_somebody_moves_is_not_rung_for(acme: Tenant) -> None:
    """Nor waited for: whoever holds it may be a drain at work on thousands."""
    (foreseen,) = acme.foreseen()
    later = clock.now() + 2 * RETENTION
    rung: list[str] = []

    def ring() -> None:
        at: datetime = clock.now() + RETENTION + DAY
        ring_due(acme.engine, at, rung.append)

    with transaction(acme.engine) as connection:
        store.move(connection, acme.organization_id, replace(foreseen.step, due_at=later))
        beat = threading.Thread(target=ring)
        beat.start()
        beat.join(timeout=10)
        has_waited = beat.is_alive()
    beat.join()

    assert not has_waited
    assert rung == []
    with reading(acme.engine) as connection:
        assert store.claim(connection, later - DAY, 10) == []


def test_a_plan_that_is_applied_and_a_purge_that_takes_it_wait_in_one_order(acme: Tenant) -> None:
    plan = draw_up(acme, RESYNC)
    refusals: list[Exception] = []

    def late() -> None:
        try:
            apply(acme, plan)
        except NotFound as refusal:
            refusals.append(refusal)

    applying = threading.Thread(target=late)
    with transaction(acme.engine) as connection:
        syncs.wait(connection, acme.organization_id)
        applying.start()
        until(lambda: count_waiting(acme.engine) == 1)
        kept_plans.forget(connection, clock.now() + plans.LIFETIME + DAY)
    applying.join()

    assert len(refusals) == 1
