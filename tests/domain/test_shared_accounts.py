"""Two organizations' drains meet at one account, on PostgreSQL: neither overlooks the other."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from provisioning import clock, ids
from provisioning.ids import DirectoryUserId
from provisioning.store import changes, facts, ripples
from provisioning.store.engine import transaction
from tests.planning import plan
from tests.tenant import Tenant, found, settled

pytestmark = pytest.mark.parametrize("dialect", ["postgresql"])
"""SQLite has one writer at a time."""

ADDRESS = "ada@shared.test"
ELSEWHERE = [{"value": "ada@borealis.test"}]
Act = Callable[[Tenant, str], None]


@pytest.fixture
def borealis(crowded: Engine) -> Tenant:
    return found(crowded, "Borealis")


@pytest.fixture
def ada(borealis: Tenant) -> str:
    """She holds the address; Borealis's directory is the authority."""
    ada = borealis.create(ADDRESS, displayName="Ada")
    borealis.drain()
    return ada


@pytest.fixture
def acme(crowded: Engine) -> Tenant:
    return found(crowded)


@pytest.fixture(params=["acme first", "borealis first"])
def acme_first(request: pytest.FixtureRequest) -> bool:
    """Whose drain has written, and not committed yet, when the other one comes."""
    return str(request.param) == "acme first"


def meet(first: tuple[Tenant, str], second: Tenant) -> None:
    """The first drain commits only when the second one waits for it, or is done."""
    tenant, person = first
    drain = threading.Thread(target=second.drain)
    with transaction(tenant.engine) as connection:
        known = facts.read(
            connection, tenant.organization_id, [DirectoryUserId(person)], clock.now()
        )
        actions = plan(known, ids.new)
        changes.write(connection, tenant.organization_id, actions, clock.now())
        ripples.spread(connection, tenant.organization_id, actions, clock.now())
        drain.start()
        while drain.is_alive() and not somebody_waits(tenant.engine):
            drain.join(0.01)
    drain.join()


def somebody_waits(engine: Engine) -> bool:
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with engine.connect() as connection:
        return bool(connection.scalar(waiting))


def all_settled(*tenants: Tenant) -> None:
    for tenant in tenants:
        tenant.drain()
    for tenant in tenants:
        settled(tenant)


def test_a_conflict_is_not_opened_about_an_address_that_is_just_let_go(
    acme: Tenant, borealis: Tenant, ada: str, *, acme_first: bool
) -> None:
    here = acme.create(ADDRESS)
    borealis.edit(ada, emails=ELSEWHERE)

    meet((acme, here) if acme_first else (borealis, ada), borealis if acme_first else acme)
    all_settled(borealis, acme)

    assert acme.conflicts() == []
    assert acme.people()[ADDRESS].status == "active"


def test_who_is_shown_with_an_address_that_is_just_let_go_claims_it(
    acme: Tenant, borealis: Tenant, ada: str, *, acme_first: bool
) -> None:
    here = acme.create("bob@acme.test")
    acme.drain()
    acme.edit(here, emails=[{"value": ADDRESS}])
    borealis.edit(ada, emails=ELSEWHERE)

    meet((acme, here) if acme_first else (borealis, ada), borealis if acme_first else acme)
    all_settled(borealis, acme)

    assert ADDRESS in acme.people()


def test_who_joins_while_the_profile_changes_is_told_as_they_are(
    acme: Tenant, borealis: Tenant, ada: str, *, acme_first: bool
) -> None:
    here = acme.create(ADDRESS)
    acme.drain()
    (conflict,) = acme.conflicts()
    acme.decide(conflict.id, "link")
    borealis.edit(ada, displayName="Countess")

    meet((acme, here) if acme_first else (borealis, ada), borealis if acme_first else acme)
    all_settled(borealis, acme)

    told = [e for e in acme.events() if e["type"].startswith("organization_membership.")]
    assert told[-1]["data"]["user"]["display_name"] == "Countess"


def test_who_comes_back_while_the_profile_changes_is_told_as_they_are(
    acme: Tenant, borealis: Tenant, ada: str, *, acme_first: bool
) -> None:
    here = acme.create(ADDRESS, externalId="1")
    acme.drain()
    (conflict,) = acme.conflicts()
    acme.decide(conflict.id, "link")
    acme.drain()
    acme.delete(here)
    acme.drain()
    here = acme.create(ADDRESS, externalId="1")
    borealis.edit(ada, displayName="Countess")

    meet((acme, here) if acme_first else (borealis, ada), borealis if acme_first else acme)
    all_settled(borealis, acme)

    told = [e for e in acme.events() if e["type"].startswith("organization_membership.")]
    assert told[-1]["data"]["user"]["display_name"] == "Countess"
