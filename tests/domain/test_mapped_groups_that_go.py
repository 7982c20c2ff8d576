"""No event of a mapping names a group that, to a reader of the events, is not there."""

import threading

import pytest
from sqlalchemy import Engine, select, text

from provisioning.store import people_tables
from provisioning.store.engine import transaction
from tests.event_feed import check
from tests.tenant import Tenant, found, settled

ADA = "ada@acme.test"


def told_of(acme: Tenant) -> list[str]:
    return [
        type_
        for type_ in acme.told()
        if type_.startswith("group_role_mapping.") or type_ == "directory_group.deleted"
    ]


def test_a_mapping_is_told_to_wait_before_its_group_is_told_as_deleted(acme: Tenant) -> None:
    group = acme.push("Engineering", acme.create(ADA))
    acme.drain()
    acme.map("Engineering", "admin")
    acme.drain()

    acme.unpush(group)
    settled(acme)

    assert told_of(acme) == [
        "group_role_mapping.created",
        "group_role_mapping.updated",
        "directory_group.deleted",
    ]
    check(acme)


def test_a_mapping_leaves_the_old_group_before_it_goes_and_meets_the_new_one_after_it_came(
    acme: Tenant,
) -> None:
    ada = acme.create(ADA)
    group = acme.push("Engineering", ada)
    acme.drain()
    acme.map("Engineering", "admin")
    acme.drain()
    before = len(acme.told())

    acme.unpush(group)
    acme.push("Engineering", ada)
    settled(acme)

    assert [
        type_ for type_ in acme.told()[before:] if "_group." in type_ or "mapping" in type_
    ] == [
        "group_role_mapping.updated",
        "directory_group.deleted",
        "directory_group.created",
        "directory_group.member_added",
        "group_role_mapping.updated",
    ]
    check(acme)


def somebody_waits(engine: Engine) -> bool:
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with engine.connect() as connection:
        return bool(connection.scalar(waiting))


@pytest.mark.parametrize("dialect", ["postgresql"])
@pytest.mark.parametrize("is_new", [True, False])
def test_a_group_that_goes_while_the_drain_works_is_named_by_no_mapping(
    crowded: Engine, *, is_new: bool
) -> None:
    """On SQLite it cannot: there is one writer at a time."""
    acme = found(crowded)
    ada = acme.create(ADA)
    group = "" if is_new else acme.push("Development", ada)
    acme.map("Engineering", "admin")
    acme.drain()
    if is_new:
        group = acme.push("Engineering", ada)
    else:
        acme.rename(group, "Engineering")
    acme.edit(ada, displayName="Ada")
    drain = threading.Thread(target=acme.drain)

    with transaction(crowded) as connection:
        # The drain has given the mapping its group when it comes to write this account.
        connection.execute(select(people_tables.users.c.id).with_for_update())
        drain.start()
        while drain.is_alive() and not somebody_waits(crowded):
            drain.join(0.01)
        acme.unpush(group)
    drain.join()
    settled(acme)

    check(acme)
    assert [mapping.group_id for mapping in acme.mappings()] == [None]
    assert acme.people()[ADA].roles == {"member"}
