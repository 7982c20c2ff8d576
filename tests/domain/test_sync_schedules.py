"""Directories are resynced by themselves, each at its own interval and at its own moment of it."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select, update

from provisioning import clock, directories
from provisioning.errors import Invalid
from provisioning.store import directory_tables, run_tables
from provisioning.store.engine import reading, transaction
from provisioning.sync_schedules import start_due
from tests.tenant import ACTOR, Tenant, found

DAY = timedelta(days=1)


def next_run_at(tenant: Tenant) -> datetime | None:
    with reading(tenant.engine) as connection:
        return directories.get(connection, tenant.directory.id).next_run_at


def known_next(tenant: Tenant) -> datetime:
    moment = next_run_at(tenant)
    assert moment is not None
    return moment


def set_interval(tenant: Tenant, seconds: int | None) -> None:
    with transaction(tenant.engine) as connection:
        directories.update(
            connection,
            tenant.organization_id,
            tenant.directory.id,
            {"resync_interval_seconds": seconds},
            actor=ACTOR,
            now=clock.now(),
        )


def start(engine: Engine, now: datetime) -> list[str]:
    """The organizations that were rung for."""
    rung: list[str] = []
    start_due(engine, now, rung.append)
    return rung


def triggers(tenant: Tenant) -> list[str]:
    return [row["trigger"] for row in tenant.rows(run_tables.sync_runs)]


def test_a_new_directory_has_its_time_within_a_day_and_a_half(engine: Engine) -> None:
    now = clock.now()
    times = [known_next(found(engine, f"Customer {number}")) for number in range(10)]

    assert all(now + DAY / 2 <= moment <= now + DAY * 1.6 for moment in times)
    assert max(times) - min(times) > DAY / 10


def test_a_directory_whose_time_has_come_is_resynced_and_has_another(acme: Tenant) -> None:
    due = known_next(acme)

    assert start(acme.engine, due - timedelta(seconds=1)) == []
    assert start(acme.engine, due) == [acme.organization_id]
    assert start(acme.engine, due) == []

    assert triggers(acme) == ["schedule"]
    assert known_next(acme) == due + DAY


def test_what_was_missed_is_made_up_for_once(acme: Tenant) -> None:
    due = known_next(acme)
    late = due + 3.5 * DAY

    start(acme.engine, late)

    assert triggers(acme) == ["schedule"]
    assert known_next(acme) == due + 4 * DAY


def test_a_directory_that_is_being_resynced_is_not_again(acme: Tenant) -> None:
    acme.resync()

    assert start(acme.engine, known_next(acme)) == []
    assert triggers(acme) == ["admin"]


def test_a_directory_of_a_release_without_schedules_gets_its_time(acme: Tenant) -> None:
    with transaction(acme.engine) as connection:
        connection.execute(update(directory_tables.directories).values(next_run_at=None))

    assert start(acme.engine, clock.now()) == []
    assert known_next(acme) > clock.now()


def test_an_interval_is_an_administrators_word(acme: Tenant) -> None:
    set_interval(acme, 600)
    assert known_next(acme) < clock.now() + timedelta(seconds=901)

    set_interval(acme, None)
    assert next_run_at(acme) is None
    assert start(acme.engine, clock.now() + 40 * DAY) == []
    assert acme.told()[-1] == "directory.updated"


@pytest.mark.parametrize("seconds", [299, 2_592_001])
def test_an_interval_has_limits(acme: Tenant, seconds: int) -> None:
    with pytest.raises(Invalid):
        set_interval(acme, seconds)


def test_a_deleted_directory_has_no_schedule(acme: Tenant) -> None:
    due = known_next(acme)
    acme.delete_directory()
    acme.drain()

    assert start(acme.engine, due) == []
    with reading(acme.engine) as connection:
        assert connection.scalar(select(directory_tables.directories.c.next_run_at)) == due
