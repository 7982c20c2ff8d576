"""A doorbell that nobody heard is rung again."""

from datetime import timedelta

import pytest

from provisioning import clock
from provisioning.ids import OrganizationId
from provisioning.sweep import INTERVAL, STALE_AFTER, UNHEARD_AFTER, age, is_stale, sweep
from tests.tenant import Tenant, found


def test_who_has_waited_long_is_rung_for(acme: Tenant) -> None:
    found(acme.engine, "Quiet")
    acme.create("ada@acme.test")
    rung: list[OrganizationId] = []

    assert sweep(acme.engine, clock.now() + UNHEARD_AFTER, rung.append) == 1
    assert rung == [acme.organization_id]


def test_who_has_just_written_is_left_to_the_doorbell(acme: Tenant) -> None:
    before = clock.now()
    acme.create("ada@acme.test")
    rung: list[OrganizationId] = []

    assert sweep(acme.engine, before + UNHEARD_AFTER, rung.append) == 0


def test_two_beats_sweep_once(acme: Tenant) -> None:
    acme.create("ada@acme.test")
    later = clock.now() + UNHEARD_AFTER
    rung: list[OrganizationId] = []

    sweep(acme.engine, later, rung.append)
    sweep(acme.engine, later, rung.append)
    assert len(rung) == 1

    sweep(acme.engine, later + INTERVAL - timedelta(seconds=1), rung.append)
    assert len(rung) == 2


def test_workers_that_have_stopped_are_noticed(acme: Tenant) -> None:
    now = clock.now()
    assert is_stale(age(acme.engine, now))

    sweep(acme.engine, now, lambda _: None)

    assert not is_stale(age(acme.engine, now + STALE_AFTER))
    assert is_stale(age(acme.engine, now + STALE_AFTER + timedelta(seconds=1)))


@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(days=1)])
def test_a_clock_that_was_ahead_stops_no_sweep(acme: Tenant, ahead: timedelta) -> None:
    acme.create("ada@acme.test")
    now = clock.now() + UNHEARD_AFTER
    sweep(acme.engine, now + ahead, lambda _: None)
    rung: list[OrganizationId] = []
    assert is_stale(age(acme.engine, now))

    assert sweep(acme.engine, now, rung.append) == 1
    assert rung == [acme.organization_id]
    assert not is_stale(age(acme.engine, now))
    assert sweep(acme.engine, now, rung.append) == 0


def test_hosts_whose_clocks_differ_by_seconds_sweep_once(acme: Tenant) -> None:
    acme.create("ada@acme.test")
    now = clock.now() + UNHEARD_AFTER
    sweep(acme.engine, now + timedelta(seconds=30), lambda _: None)

    assert sweep(acme.engine, now, lambda _: None) == 0
