"""Members by hand, through the database: what is told, and how it meets the directories."""

import pytest
from sqlalchemy import Engine

from provisioning import users
from provisioning.errors import Refused
from provisioning.ids import UserId
from provisioning.store import people_tables
from provisioning.store.engine import transaction
from tests.event_feed import check
from tests.tenant import Tenant, acting, found, settled


def agree(tenant: Tenant) -> None:
    """Tables, directories and events; and a second look finds nothing to do."""
    settled(tenant)
    check(tenant)
    tenant.resync()
    assert tenant.drain().actions == 0


def test_what_is_done_by_hand_is_told_as_what_a_directory_does(acme: Tenant) -> None:
    acme.add("bob@acme.test", "owner")
    start = len(acme.events())
    ada = acme.add("ada@acme.test", "admin")
    acme.suspend(ada)
    acme.reactivate(ada)
    acme.remove(ada)
    acme.add("ada@acme.test", "guest")

    assert acme.told(start) == [
        "organization_membership.created",
        "role_grant.created",
        "organization_membership.updated",
        "organization_membership.updated",
        "organization_membership.deleted",
        "role_grant.deleted",
        "organization_membership.created",
        "role_grant.created",
    ]
    assert all(event["context"]["actor"] == "test" for event in acme.events(start))
    agree(acme)


def test_who_was_there_by_hand_is_found_by_the_directory(acme: Tenant) -> None:
    ada = acme.add("ada@acme.test", "admin")
    key = acme.create("ADA@acme.test")
    agree(acme)
    person = acme.people()["ada@acme.test"]
    assert (person.membership_id, person.roles) == (ada, frozenset({"admin", "member"}))

    acme.delete(key)
    agree(acme)
    assert acme.people()["ada@acme.test"].status == "removed"

    acme.add("ada@acme.test", "guest")
    agree(acme)
    person = acme.people()["ada@acme.test"]
    assert (person.membership_id, person.status, person.roles) == (
        ada,
        "active",
        frozenset({"guest"}),
    )


def test_an_owner_by_a_group_may_cease_to_be_one_by_hand(acme: Tenant) -> None:
    acme.push("Owners", acme.create("ada@acme.test"))
    acme.map("Owners", "owner")
    acme.drain()
    ada = acme.people()["ada@acme.test"]
    acme.grant(ada.membership_id, "owner")

    acme.revoke(ada.membership_id, "owner")

    sources = acme.people()["ada@acme.test"].sources
    assert {source for role, source in sources if role == "owner"} == {"mapping"}
    agree(acme)


def test_another_owner_by_hand_lets_the_former_one_go(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test")
    acme.push("Owners", ada)
    acme.map("Owners", "owner")
    acme.drain()
    acme.delete(ada)
    acme.drain()
    assert acme.people()["ada@acme.test"].status == "active"

    acme.add("bob@acme.test", "owner")
    agree(acme)
    assert acme.people()["ada@acme.test"].status == "removed"


def test_a_conflict_ends_when_the_account_is_taken_in(engine: Engine) -> None:
    acme, other = found(engine), found(engine, "Other")
    other.add("ada@shared.test")
    acme.create("ada@shared.test")
    acme.drain()
    assert len(acme.conflicts()) == 1

    acme.add("ada@shared.test")
    agree(acme)
    assert acme.conflicts() == []
    assert len(acme.people()) == 1


def test_the_address_of_a_deleted_user_is_free_for_who_waits(engine: Engine) -> None:
    acme, other = found(engine), found(engine, "Other")
    other.add("ada@shared.test")
    former = other.people()["ada@shared.test"].user_id
    acme.create("ada@shared.test")
    acme.drain()

    other.delete_user(former)
    agree(acme)
    agree(other)
    assert acme.conflicts() == []
    assert acme.people()["ada@shared.test"].user_id != former
    assert other.members()[0][1].status == "removed"


def test_who_was_deleted_does_not_come_back_as_the_same_account(acme: Tenant) -> None:
    key = acme.create("ada@acme.test", externalId="1")
    acme.drain()
    former = acme.people()["ada@acme.test"].user_id
    acme.delete(key)
    acme.drain()
    acme.delete_user(former)
    assert acme.rows(people_tables.identities) == []

    acme.create("ada@acme.test", externalId="1")
    agree(acme)
    assert acme.people()["ada@acme.test"].user_id != former


def test_a_member_whom_no_directory_knows_is_told_of_a_profile_from_elsewhere(
    engine: Engine,
) -> None:
    acme, other = found(engine), found(engine, "Other")
    key = other.create("ada@shared.test", displayName="Ada")
    other.drain()
    acme.add("ada@shared.test")
    start = len(acme.events())

    other.edit(key, displayName="Countess")
    woken = other.drain().woken

    assert acme.organization_id in woken
    agree(acme)
    (event,) = [one for one in acme.events(start) if not one["type"].startswith("sync_run.")]
    assert event["data"]["user"]["display_name"] == "Countess"
    assert event["previous_attributes"] == {"user": {"display_name": "Ada"}}


@pytest.mark.parametrize("act", ["suspend", "grant"])
def test_what_is_done_by_hand_tells_of_a_profile_before_the_drain_does(
    acme: Tenant, engine: Engine, act: str
) -> None:
    ada = acme.add("ada@acme.test", "guest")
    user_id = acme.people()["ada@acme.test"].user_id
    with transaction(engine) as connection:
        users.update(connection, UserId(user_id), {"display_name": "Ada L."}, acting())
    start = len(acme.events())

    if act == "suspend":
        acme.suspend(ada)
    else:
        acme.grant(ada, "admin")

    shown, done = acme.events(start)
    assert shown["previous_attributes"] == {"user": {"display_name": None}}
    assert shown["data"]["user"]["display_name"] == "Ada L."
    expected = {"suspend": "organization_membership.updated", "grant": "role_grant.created"}
    assert done["type"] == expected[act]
    agree(acme)


def test_a_person_of_several_organizations_is_deleted_in_all_or_in_none(engine: Engine) -> None:
    acme, other = found(engine), found(engine, "Other")
    acme.add("ada@shared.test", "guest")
    other.add("ada@shared.test", "owner")
    ada = acme.people()["ada@shared.test"]

    with pytest.raises(Refused, match="last active owner"):
        acme.delete_user(ada.user_id)
    assert acme.people()["ada@shared.test"] == ada

    other.add("bob@shared.test", "owner")
    acme.delete_user(ada.user_id)
    agree(acme)
    agree(other)
    assert {person.status for _, person in acme.members()} == {"removed"}


def test_a_deleted_organization_keeps_no_account(engine: Engine) -> None:
    acme = found(engine)
    acme.add("ada@acme.test", "owner")
    ada = acme.people()["ada@acme.test"]
    acme.close()

    acme.delete_user(ada.user_id)
    assert [email for email, _ in acme.members()] == [None]


def test_a_person_belongs_to_as_many_organizations_as_the_installation_allows(
    engine: Engine,
) -> None:
    acme, other = found(engine), found(engine, "Other")
    acme.add("ada@shared.test", limit=1)

    with pytest.raises(Refused, match="may belong to 1 organizations"):
        other.add("ada@shared.test", limit=1)
    acme.remove(acme.people()["ada@shared.test"].membership_id)
    other.add("ada@shared.test", limit=1)
