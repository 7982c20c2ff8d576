"""A group that makes administrators and grows fast is told of, once a day."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, update

from provisioning import clock, drain
from provisioning.ids import DirectoryGroupId, DirectoryId, MappingId, RoleId
from provisioning.reconcile.growing import Growth, Watched, counted, followed, is_to_be_told
from provisioning.store.engine import transaction
from provisioning.store.growth_tables import mapping_growths
from tests.query_plans import executed
from tests.tenant import Tenant, found

NOW = datetime.fromisoformat("2026-11-21T09:30:00+00:00")
ALARM = "directory_group.privileged_growth"


def window(before: int, people: int | None, told_at: datetime | None = None) -> Growth:
    return Growth(
        mapping_id=MappingId("map"),
        since=NOW,
        people_before=before,
        people=people,
        told_at=told_at,
    )


def watched(known: Growth | None) -> Watched:
    return Watched(
        mapping_id=MappingId("map"),
        directory_id=DirectoryId("dir"),
        group_id=DirectoryGroupId("group"),
        group_name="Admins",
        role_id=RoleId("role_admin"),
        role="admin",
        window=known,
    )


@pytest.mark.parametrize(
    ("before", "people", "told"),
    [
        (0, 10, False),
        (0, 11, True),
        (100, 110, False),
        (100, 111, True),
        (2, 4, False),
        (2, 5, True),
        (6, 9, False),
        (5, 8, True),
        (5, 2, False),
    ],
)
def test_much_is_told_and_a_little_is_not(before: int, people: int, *, told: bool) -> None:
    assert is_to_be_told(window(before, people)) is told
    assert not is_to_be_told(window(before, people, NOW))


def test_a_window_lasts_a_day() -> None:
    known = window(2, 2, NOW)
    just = timedelta(days=1) - timedelta(microseconds=1)

    assert counted(watched(known), 5, 3, NOW + just) == replace(known, people=5)
    over = NOW + timedelta(days=1)
    assert counted(watched(known), 9, 4, over) == Growth(
        mapping_id=known.mapping_id, since=over, people_before=5, people=9
    )
    assert counted(watched(None), 9, 9, NOW).people_before == 0


def test_an_open_window_is_followed_and_counted_where_it_seems_to_be_told() -> None:
    just = NOW + timedelta(days=1) - timedelta(microseconds=1)

    assert followed(window(20, 10), 10, just) == window(20, 20)
    assert followed(window(20, 25), -5, just) == window(20, 20)
    assert followed(window(0, 50, NOW), 50, just) == window(0, 100, NOW)
    assert followed(window(20, 20), 11, just) is None
    assert followed(window(20, 20), 1, NOW + timedelta(days=1)) is None
    assert followed(window(20, None), 1, just) is None
    assert followed(None, 1, just) is None


def people(tenant: Tenant, number: int) -> list[str]:
    start = len(tenant.members())
    return [tenant.create(f"{start + key}@acme.test") for key in range(number)]


def alarms(tenant: Tenant) -> list[dict[str, Any]]:
    return [event for event in tenant.events() if event["type"] == ALARM]


def at(tenant: Tenant, moment: datetime) -> Callable[[], datetime]:
    """The tenant drained at that time."""
    drain.drain(tenant.engine, tenant.organization_id, lambda: moment)
    return lambda: moment


def test_growth_is_told_once_a_day_with_how_many_there_were(acme: Tenant) -> None:
    mapping = acme.map("Admins", "admin")
    group = acme.push("Admins", *people(acme, 4))
    today = clock.now()
    at(acme, today)
    assert alarms(acme) == []
    acme.join(group, *people(acme, 7))
    at(acme, today + timedelta(hours=1))
    acme.join(group, *people(acme, 20))
    at(acme, today + timedelta(hours=2))

    (alarm,) = alarms(acme)
    assert alarm["data"] == {
        "mapping_id": mapping.id,
        "directory_id": acme.directory.id,
        "group": {"id": group, "display_name": "Admins"},
        "role": {"id": "role_admin", "name": "admin"},
        "people_before": 0,
        "people": 11,
        "since": clock.rfc3339(today),
    }

    acme.join(group, *people(acme, 20))
    at(acme, today + timedelta(hours=26))
    numbers = [(one["data"]["people_before"], one["data"]["people"]) for one in alarms(acme)]
    assert numbers == [(0, 11), (31, 51)]


def test_who_is_in_a_group_when_it_is_mapped_is_no_growth(acme: Tenant) -> None:
    crowd = people(acme, 20)
    group = acme.push("Admins", *crowd[:10], acme.push("Inner", *crowd[8:]))
    acme.drain()
    acme.map("Admins", "admin")
    acme.drain()
    assert alarms(acme) == []

    acme.join(group, *people(acme, 11))
    acme.drain()

    (alarm,) = alarms(acme)
    assert (alarm["data"]["people_before"], alarm["data"]["people"]) == (20, 31)


def test_growth_by_a_group_inside_counts(acme: Tenant) -> None:
    acme.map("Owners", "owner")
    acme.push("Owners", acme.push("Everybody", *people(acme, 12)))
    acme.drain()

    (alarm,) = alarms(acme)
    assert (alarm["data"]["role"]["name"], alarm["data"]["people"]) == ("owner", 12)


def test_ordinary_roles_may_grow_and_nobody_elses_growth_counts(
    acme: Tenant, engine: Engine
) -> None:
    other = found(engine, "Other")
    other.map("Admins", "admin")
    acme.map("Staff", "guest")
    acme.push("Staff", *people(acme, 12))
    other.push("Admins", *(other.create(f"o{number}@other.test") for number in range(6)))
    acme.drain()
    other.drain()

    assert alarms(acme) == alarms(other) == []


def test_an_ordinary_drain_counts_nobody(acme: Tenant) -> None:
    """A mapping of 100,000 would be counted for each person who joins it."""
    acme.map("Admins", "admin")
    group = acme.push("Admins", *people(acme, 12))
    acme.drain()
    acme.join(group, *people(acme, 1))

    statements = executed(acme.engine, acme.drain)

    assert [one for one in statements if "count(*) FROM grants" in one.statement] == []
    assert window_people(acme) == 13


def test_who_is_let_go_is_followed_too(acme: Tenant) -> None:
    acme.map("Admins", "admin")
    crowd = people(acme, 8)
    group = acme.push("Admins", *crowd)
    acme.drain()
    acme.leave(group, *crowd[:6])
    acme.drain()
    assert window_people(acme) == 2
    acme.join(group, *people(acme, 8))
    acme.drain()

    assert alarms(acme) == []


def test_a_window_of_a_former_release_is_counted(acme: Tenant) -> None:
    acme.map("Admins", "admin")
    group = acme.push("Admins", *people(acme, 8))
    acme.drain()
    with transaction(acme.engine) as connection:
        connection.execute(update(mapping_growths).values(people=None))
    acme.join(group, *people(acme, 3))
    acme.drain()

    (alarm,) = alarms(acme)
    assert (alarm["data"]["people_before"], alarm["data"]["people"]) == (0, 11)


def window_people(tenant: Tenant) -> int:
    (window,) = tenant.rows(mapping_growths)
    return int(window["people"])


@pytest.mark.parametrize("act", ["remove", "disconnect", "replace"])
def test_of_a_mapping_that_is_no_more_nothing_is_counted(engine: Engine, act: str) -> None:
    tenant = found(engine)
    tenant.make_role("chief", rank=390)
    ada = tenant.create("ada")
    tenant.push("Admins", ada)
    mapping = tenant.map("Admins", "chief")
    tenant.map("Admins", "admin")
    tenant.drain()
    assert len(tenant.rows(mapping_growths)) == 2

    if act == "remove":
        tenant.unmap(mapping)
    elif act == "disconnect":
        tenant.delete_directory()
    else:
        tenant.replace_role("chief", "admin")  # which the group gives already
    tenant.drain()

    left = {row["mapping_id"] for row in tenant.rows(mapping_growths)}
    assert left <= {one.id for one in tenant.mappings()}
