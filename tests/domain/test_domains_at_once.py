"""What becomes of domains while others act by who has them, on PostgreSQL."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from provisioning import domains
from provisioning.errors import Refused
from provisioning.store import people_tables
from provisioning.store.domains import Domain
from provisioning.store.engine import reading, transaction
from tests.domain.test_concurrency import count_waiting, retried, until
from tests.domain.test_plans import apply, draw_up
from tests.tenant import Tenant, settled

pytestmark = pytest.mark.parametrize("dialect", ["postgresql"])
"""SQLite has one writer at a time."""

CEO = "ceo@victim.test"


@contextmanager
def meanwhile(engine: Engine, before: str, act: Callable[[], object]) -> Iterator[None]:
    """`act` begins before the first such statement of the block, and ends or waits for it."""
    begun: list[Future[object]] = []

    def interrupt(*execution: Any) -> None:
        if before in execution[2] and not begun:
            begun.append(pool.submit(act))
            until(lambda: begun[0].done() or count_waiting(engine) > 0)

    with ThreadPoolExecutor(1) as pool:
        event.listen(engine, "before_cursor_execute", interrupt)
        try:
            yield
        finally:
            event.remove(engine, "before_cursor_execute", interrupt)
    begun[0].result()


def key(tenant: Tenant, email: str = CEO) -> str | None:
    """By which the account is found of whom the organization shows with the address."""
    users = people_tables.users.c
    with reading(tenant.engine) as connection:
        query = select(users.email_key).where(users.id == tenant.people()[email].user_id)
        return connection.scalar(query)


def test_a_drain_plants_nobody_in_a_domain_that_is_claimed_and_verified_meanwhile(
    mallory: Tenant, victim: Tenant
) -> None:
    mallory.create(CEO)
    with meanwhile(mallory.engine, "INSERT INTO users", lambda: victim.own("victim.test")):
        mallory.drain()
    assert key(mallory) is None

    victim.create(CEO)
    settled(victim)
    settled(mallory)
    assert key(victim) == CEO


def test_an_organizations_key_plants_nobody_in_it_either(mallory: Tenant, victim: Tenant) -> None:
    with meanwhile(mallory.engine, "INSERT INTO users", lambda: victim.own("victim.test")):
        mallory.add(CEO, only_here=True)

    assert key(mallory) is None


def claimed(tenant: Tenant, name: str) -> Domain:
    with transaction(tenant.engine) as connection:
        return domains.claim(connection, tenant.organization_id, name, tenant.acting)


def test_two_plans_that_verify_wait_for_each_other_in_one_order(
    mallory: Tenant, victim: Tenant
) -> None:
    """Each organization's directory knows somebody of the other one's domain."""
    plans = {}
    for tenant, name, guest in (
        (mallory, "mallory.test", "a@victim.test"),
        (victim, "victim.test", "b@mallory.test"),
    ):
        tenant.create(guest)
        change = {"type": "verify_domain", "domain_id": claimed(tenant, name).id, "note": "theirs"}
        plans[tenant.organization_id] = tenant, draw_up(tenant, change)
    verified: set[int] = set()

    def interrupt(*execution: Any) -> None:
        """Each has verified its domain before it looks at its people, or waits for the other."""
        if "UPDATE domains SET" in execution[2]:
            verified.add(threading.get_ident())
            until(lambda: len(verified) > 1 or count_waiting(mallory.engine) > 0)

    event.listen(mallory.engine, "before_cursor_execute", interrupt)
    with ThreadPoolExecutor(2) as pool:
        applied = [pool.submit(apply, *planned) for planned in plans.values()]
    event.remove(mallory.engine, "before_cursor_execute", interrupt)

    assert [future.exception() for future in applied] == [None, None]
    for tenant in (mallory, victim):
        retried(partial(settled, tenant))


def test_whoever_adds_a_person_by_hand_and_whoever_verifies_do_not_wait_for_each_other(
    mallory: Tenant, victim: Tenant
) -> None:
    """One has the account and looks at the person, the other one has the domain."""
    mallory.create(CEO)
    mallory.drain()

    verified = meanwhile(mallory.engine, "FROM invitations", lambda: victim.own("victim.test"))
    with verified, pytest.raises(Refused, match="already"):
        mallory.add(CEO)

    assert key(mallory) is None
