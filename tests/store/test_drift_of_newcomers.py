"""Newcomers whom the scope keeps out are looked at when something has changed, not otherwise."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.overlooked import overlooked
from tests.store.test_drift import differing
from tests.tenant import Tenant, found

EVE = "eve@contractor.test"


@pytest.fixture
def acme(engine: Engine) -> Tenant:
    """It refuses Eve, who is of no domain of its own; Cem has left."""
    tenant = found(engine)
    tenant.own("acme.test")
    tenant.set_policies(provisioning_scope="refuse")
    cem = tenant.create("cem@acme.test", externalId="7")
    tenant.create("EVE@contractor.test")
    tenant.drain()
    tenant.delete(cem)
    tenant.drain()
    assert list(tenant.newcomers().values()) == ["rejected"]
    return tenant


def eve(tenant: Tenant) -> str:
    (key,) = tenant.newcomers()
    return key


def is_settled(tenant: Tenant) -> bool:
    tenant.drain()
    missed = overlooked(tenant, tenant.directory)
    tenant.resync()
    return missed == [] and tenant.drain().actions == 0


def by_eve(**changes: Any) -> Callable[[Tenant], None]:
    return lambda tenant: tenant.edit(eve(tenant), **changes)


CONCERNING = {
    "held instead": lambda tenant: tenant.set_policies(provisioning_scope="hold"),
    "everybody let in": lambda tenant: tenant.set_policies(provisioning_scope="accept"),
    "moved inside": by_eve(emails=[{"value": "Eve@Acme.test."}]),
    "moved elsewhere": by_eve(emails=[{"value": "eve@other.test"}]),
    "her domain verified": lambda tenant: tenant.own("contractor.test"),
    "invited": lambda tenant: tenant.invite("eve@CONTRACTOR.test"),
    "added by hand": lambda tenant: tenant.add(EVE),
    "released": lambda tenant: tenant.let_in(eve(tenant)),
    "who has left": by_eve(externalId="7"),
    "who has left by name": by_eve(userName="cem@acme.test", emails=[{"value": EVE}]),
}


@pytest.mark.parametrize("change", CONCERNING.values(), ids=list(CONCERNING))
def test_who_is_refused_is_looked_at_when_something_has_changed(
    acme: Tenant, change: Callable[[Tenant], object]
) -> None:
    key = eve(acme)
    assert differing(acme) == []

    change(acme)

    assert differing(acme) == [key]
    assert is_settled(acme)


def test_who_waits_is_looked_at_when_everybody_is_let_in(acme: Tenant) -> None:
    key = eve(acme)
    acme.set_policies(provisioning_scope="hold")
    acme.drain()
    assert differing(acme) == []

    acme.set_policies(provisioning_scope="accept")

    assert differing(acme) == [key]
    assert is_settled(acme)


def test_who_is_rejected_while_in_a_conflict_is_looked_at(acme: Tenant, engine: Engine) -> None:
    elsewhere = found(engine, "Elsewhere")
    elsewhere.create(EVE)
    elsewhere.drain()
    key = eve(acme)
    acme.let_in(key)
    acme.drain()
    assert len(acme.conflicts()) == 1

    acme.keep_out(key)

    assert differing(acme) == [key]
    assert is_settled(acme)


def test_what_does_not_bear_on_it_does_not_count(acme: Tenant) -> None:
    acme.edit(eve(acme), displayName="Eve", externalId="8")
    acme.own("another.test")
    acme.map("Engineering", "admin")
    acme.push("Engineering", eve(acme))
    acme.keep_out(eve(acme))

    assert differing(acme) == []
    assert is_settled(acme)


def test_a_run_of_a_directory_of_strangers_looks_at_none_of_them(acme: Tenant) -> None:
    acme.create_all(f"{number}@stranger.test" for number in range(40))
    acme.drain()
    assert len(acme.newcomers()) == 41

    acme.resync()
    done = acme.drain()

    assert (done.seen, done.actions, differing(acme)) == (42, 0, [])


def test_who_waits_without_an_address_does_not_differ(acme: Tenant) -> None:
    acme.create("nameless")
    acme.drain()

    assert len(acme.newcomers()) == 2
    assert is_settled(acme)


def test_an_address_that_the_database_does_not_fold_is_always_looked_at(acme: Tenant) -> None:
    elodie = acme.create("élodie@contractor.test")
    acme.drain()

    assert differing(acme) == [elodie]
    assert overlooked(acme, acme.directory) == []
