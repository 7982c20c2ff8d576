"""Nothing of anybody is purged while it is not decided whether they come back."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from provisioning import clock, set_aside
from provisioning.drain import drain
from provisioning.leaving_steps import ring_due
from provisioning.store import admin_tables, note_tables, people_tables
from provisioning.store.engine import reading, transaction
from provisioning.store.leaving_steps import RETRY
from tests.tenant import Tenant, found, settled

DAY = timedelta(days=1)
RETENTION = 30 * DAY
ADA = "ada@acme.test"
OLD = "ada@old.test"


@pytest.fixture
def leaver(acme: Tenant) -> str:
    """Ada, of whom everything is to be purged soon: her membership."""
    acme.let_leave(retention=RETENTION)
    first = acme.create("ada", emails=[{"value": OLD}])
    acme.drain()
    acme.delete(first)
    acme.drain()
    ada = acme.create("ada", emails=[{"value": ADA}])
    acme.drain()
    member = acme.people()[ADA].membership_id
    acme.delete(ada)
    acme.drain()
    return member


def due() -> datetime:
    return clock.now() + RETENTION + DAY


def is_purged(acme: Tenant, member: str) -> bool:
    rows = acme.rows(people_tables.memberships)
    return any(row["id"] == member and row["purged_at"] is not None for row in rows)


@pytest.mark.parametrize("email", [ADA, None])
def test_who_is_back_before_the_drain_comes_to_them_has_the_same_ids(
    acme: Tenant, leaver: str, email: str | None
) -> None:
    """The note about the purge is in one batch, that about the return in the next."""
    at = due()
    ring_due(acme.engine, at, lambda _: None)
    acme.note_nobody(1000)
    acme.create("ada", emails=[{"value": email}] if email else [])

    drain(acme.engine, acme.organization_id, lambda: at)

    assert not is_purged(acme, leaver)
    settled(acme)
    assert [person.membership_id for person in acme.people().values()] == [leaver]
    assert acme.foreseen() == []


@pytest.mark.parametrize(
    ("user_name", "email"), [("ada", "ada@new.test"), ("somebody", "Ada@acme.test")]
)
def test_who_was_set_aside_may_be_back(
    acme: Tenant, leaver: str, user_name: str, email: str
) -> None:
    """By their name, or by the address alone, which another directory may say as well."""
    directory = acme.directory if user_name == "ada" else acme.add_directory()
    back = acme.create(user_name, emails=[{"value": email}], directory=directory)
    with transaction(acme.engine) as connection:
        connection.execute(note_tables.notes.delete())
        connection.execute(
            note_tables.set_aside_notes.insert().values(
                organization_id=acme.organization_id,
                directory_id=acme.directory.id,
                kind="user",
                key=back,
                error="RaiseException",
                reason="P0001",
                attempts=1,
                set_aside_at=clock.now(),
                next_at=None,
            )
        )

    acme.drain_at(due())
    assert not is_purged(acme, leaver)

    with transaction(acme.engine) as connection:
        set_aside.retry(connection, acme.organization_id, back, due())
    settled(acme)
    assert [person.membership_id for person in acme.people().values()] == [leaver]


def test_about_whom_a_conflict_is_open_may_be_back(acme: Tenant, leaver: str) -> None:
    """Others know the account, so an administrator says whether it is the same person."""
    other = found(acme.engine, "Other")
    other.add(ADA)
    acme.create("somebody", emails=[{"value": ADA}], directory=acme.add_directory())
    acme.drain()
    (conflict,) = acme.conflicts()

    acme.drain_at(due())
    assert not is_purged(acme, leaver)

    acme.reject(conflict.id)
    acme.drain_at(due() + RETRY)
    assert is_purged(acme, leaver)


def test_about_whom_a_conflict_is_opened_at_that_moment_may_be_back(
    acme: Tenant, leaver: str
) -> None:
    found(acme.engine, "Other").add(ADA)
    acme.create("somebody", emails=[{"value": ADA}], directory=acme.add_directory())

    acme.drain_at(due())

    assert len(acme.conflicts()) == 1
    assert not is_purged(acme, leaver)


@pytest.mark.parametrize("is_known", [True, False])
def test_who_waits_outside_the_scope_may_be_back(
    acme: Tenant, leaver: str, *, is_known: bool
) -> None:
    acme.own("acme.example")
    acme.set_policies(provisioning_scope="hold")
    acme.drain()
    back = acme.create("somebody", emails=[{"value": ADA}], directory=acme.add_directory())
    if is_known:
        acme.drain()

    acme.drain_at(due())
    assert not is_purged(acme, leaver)

    acme.let_in(back)
    settled(acme)
    assert [person.membership_id for person in acme.people().values()] == [leaver]


def test_who_is_invited_may_be_back(acme: Tenant, leaver: str) -> None:
    at = due()
    acme.invite(ADA, at=at - DAY, days=7)

    acme.drain_at(at)
    assert not is_purged(acme, leaver)
    (invitation,) = acme.rows(admin_tables.invitations)
    assert invitation["status"] == "pending"

    acme.drain_at(at + 7 * DAY)  # it has expired
    assert is_purged(acme, leaver)
    (invitation,) = acme.rows(admin_tables.invitations)
    assert invitation["email"] == ""


def test_an_invitation_to_a_former_address_ends_with_the_person(acme: Tenant, leaver: str) -> None:
    at = due()
    acme.invite(OLD, at=at)

    acme.drain_at(at)

    assert is_purged(acme, leaver)
    (invitation,) = acme.rows(admin_tables.invitations)
    assert (invitation["status"], invitation["email"]) == ("revoked", "")
    with reading(acme.engine) as connection:
        tokens = connection.scalars(select(admin_tables.invitations.c.token_hash)).all()
    assert tokens == [None]


def test_colleagues_who_are_not_looked_at_yet_put_a_purge_off_only(
    acme: Tenant, leaver: str
) -> None:
    at = due()
    ring_due(acme.engine, at, lambda _: None)
    acme.note_nobody(1000)
    acme.create("bob")
    drain(acme.engine, acme.organization_id, lambda: at)
    assert not is_purged(acme, leaver)

    acme.drain_at(at + RETRY)
    assert is_purged(acme, leaver)


@pytest.mark.parametrize("count", [1, 50])
def test_who_is_renamed_deleted_and_back_before_one_drain_is_who_they_were(
    acme: Tenant, count: int
) -> None:
    """Entra changes the name before it deletes somebody for good, whom it may then create anew."""
    first = [acme.create(f"ann{number}", externalId=f"ext-{number}") for number in range(count)]
    acme.drain()
    before = {one["id"]: one["user_id"] for one in acme.rows(people_tables.identities)}

    for number, key in enumerate(first):
        acme.edit(key, userName=f"deleted-ann{number}")
        acme.delete(key)
        acme.create(f"ann{number}", externalId=f"ext-{number}")
    acme.drain()

    settled(acme)
    identities = acme.rows(people_tables.identities)
    assert {one["id"]: one["user_id"] for one in identities} == before
    assert not {one["directory_user_id"] for one in identities} & set(first)
    assert [member.status for _, member in acme.members()] == ["active"] * count
