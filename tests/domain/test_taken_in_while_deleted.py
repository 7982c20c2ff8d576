"""
Whoever takes an account in holds it (ADR-0034): it is deleted before or after, and nobody is left
who is a member without one. On PostgreSQL; SQLite has one writer at a time.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from sqlalchemy import Engine, event, text

from provisioning import users
from provisioning.errors import ProvisioningError
from provisioning.ids import UserId
from provisioning.store.engine import reading, transaction
from tests.domain.test_shared_accounts import somebody_waits
from tests.tenant import Tenant, found, settled

pytestmark = pytest.mark.parametrize("dialect", ["postgresql"])

ADA = "ada@shared.test"
DOMAIN = "shared.test"

Act = Callable[[], object]

_ASTRAY = text(
    """
    SELECT m.id FROM memberships m JOIN users u ON u.id = m.user_id
    WHERE u.deleted_at IS NOT NULL AND m.status <> 'removed'
    UNION ALL
    SELECT i.id FROM identities i JOIN users u ON u.id = i.user_id WHERE u.deleted_at IS NOT NULL
    UNION ALL
    SELECT j.id FROM join_requests j JOIN users u ON u.id = j.user_id
    WHERE u.deleted_at IS NOT NULL AND j.status = 'pending'
    """
)


def by_hand(tenant: Tenant) -> Act:
    return lambda: tenant.add(ADA)


def by_invitation(tenant: Tenant) -> Act:
    token = tenant.invite(ADA).token
    return lambda: tenant.accept(token)


def by_signing_in_invited(tenant: Tenant) -> Act:
    tenant.invite(ADA)
    return lambda: tenant.sign_in(ADA)


def by_signing_in(tenant: Tenant) -> Act:
    tenant.use(tenant.own(DOMAIN), {"auto_join": "role", "auto_join_role": "member"})
    return lambda: tenant.sign_in(ADA)


def by_asking(tenant: Tenant) -> Act:
    tenant.use(tenant.own(DOMAIN), {"auto_join": "approval"})
    return lambda: tenant.sign_in(ADA)


def by_approval(tenant: Tenant) -> Act:
    by_asking(tenant)()
    (asked,) = tenant.asking()
    return lambda: tenant.answer(asked, approved=True)


def by_decided_conflict(tenant: Tenant) -> Act:
    tenant.create(ADA)
    tenant.drain()
    (conflict,) = tenant.conflicts()
    tenant.decide(conflict.id, "link")
    return tenant.drain


def by_proven_domain(tenant: Tenant) -> Act:
    tenant.own(DOMAIN)
    tenant.create(ADA)
    return tenant.drain


WAYS = [
    by_hand,
    by_invitation,
    by_signing_in_invited,
    by_signing_in,
    by_asking,
    by_approval,
    by_decided_conflict,
    by_proven_domain,
]


@pytest.fixture
def acme(crowded: Engine) -> Tenant:
    """Ada is a member of it."""
    tenant = found(crowded)
    tenant.add(ADA)
    return tenant


@pytest.fixture
def borealis(crowded: Engine) -> Tenant:
    return found(crowded, "Borealis")


def begun(tenant: Tenant, act: Act) -> threading.Thread:
    """Done by somebody else, until it is over or waits for us."""

    def run() -> None:
        with suppress(ProvisioningError):
            act()

    thread = threading.Thread(target=run)
    thread.start()
    while thread.is_alive() and not somebody_waits(tenant.engine):
        thread.join(0.01)
    return thread


@contextmanager
def at_the_end(engine: Engine, strike: Act) -> Iterator[None]:
    """Once, when all is written but the events."""
    struck: list[bool] = []

    def listen(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if "UPDATE event_counters" in statement and not struck:
            struck.append(True)
            strike()

    event.listen(engine, "before_cursor_execute", listen)
    yield
    event.remove(engine, "before_cursor_execute", listen)
    assert struck


def nobody_is_astray(*tenants: Tenant) -> None:
    for tenant in tenants:
        tenant.drain()
    for tenant in tenants:
        settled(tenant)
    with reading(tenants[0].engine) as connection:
        assert connection.execute(_ASTRAY).all() == []


@pytest.mark.parametrize("way", WAYS)
def test_an_account_is_deleted_after_it_was_taken_in(
    acme: Tenant, borealis: Tenant, way: Callable[[Tenant], Act]
) -> None:
    user_id = acme.people()[ADA].user_id
    act = way(borealis)
    threads: list[threading.Thread] = []

    def delete() -> None:
        threads.append(begun(acme, lambda: acme.delete_user(user_id)))

    with at_the_end(acme.engine, delete):
        act()
    threads[0].join()

    nobody_is_astray(acme, borealis)


@pytest.mark.parametrize("way", WAYS)
def test_an_account_is_taken_in_after_it_was_deleted(
    acme: Tenant, borealis: Tenant, way: Callable[[Tenant], Act]
) -> None:
    user_id = UserId(acme.people()[ADA].user_id)
    act = way(borealis)
    with transaction(acme.engine) as connection:
        users.delete(connection, user_id, acme.acting)
        thread = begun(acme, act)
    thread.join()

    nobody_is_astray(acme, borealis)
