"""After a purge nothing personal is left anywhere, and everybody else is as before."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, String, cast, func, or_, select

from provisioning import api_keys, clock, plans, sign_ins, users
from provisioning.ids import UserId
from provisioning.leaving_steps import ring_due
from provisioning.proofs import Proof
from provisioning.sign_ins import SignInRules
from provisioning.store import (
    admin_tables,
    audit_entries,
    idempotent_answers,
    issuers,
    people_tables,
    role_tables,
    tables,
)
from provisioning.store import engine as engines
from provisioning.store.audit_entries import AuditEntry
from provisioning.store.directory_tables import directory_users
from provisioning.store.engine import reading, transaction
from tests.domain.test_signing_in_and_directories import CONNECTION, sign_in
from tests.query_plans import counted
from tests.tenant import Tenant, found

DAY = timedelta(days=1)
GRACE, RETENTION = DAY, 30 * DAY
ADA = "Ada.Lovelace@acme.test"
OTHER = "other@acme.test"
WORDS = ("lovelace", "countess", "aal-1815", "alias-1840", "441815", "babbage")
"""What is said of the person in these tests and of nobody else, in any case."""
PROFILE: dict[str, Any] = {
    "displayName": "Countess of Lovelace",
    "name": {"givenName": "Countess", "familyName": "Lovelace"},
    "emails": [{"value": ADA, "primary": True}],
    "phoneNumbers": [{"value": "+441815"}],
}


@pytest.fixture
def acme(engine: Engine) -> Tenant:
    tenant = found(engine)
    tenant.let_leave(GRACE, RETENTION)
    tenant.grant(tenant.add(OTHER), "owner")
    tenant.drain()
    return tenant


def places(engine: Engine) -> Iterator[str]:
    """Every column of every table, JSON included, in which one of the words is."""
    with reading(engine) as connection:
        for table in tables.metadata.sorted_tables:
            for column in table.c:
                text = func.lower(cast(column, String))
                hits = select(func.count()).select_from(table)
                hits = hits.where(or_(*(text.contains(word) for word in WORDS)))
                if connection.scalar(hits):
                    yield f"{table.name}.{column.name}"


def arrive(acme: Tenant) -> str:
    """As a directory user with a history; the id."""
    acme.invite(ADA, "admin")
    first = acme.create("alias-1840", externalId="aal-1815", **PROFILE)
    acme.push("Engineering", first)
    acme.drain()
    acme.edit(first, displayName="Miss Babbage")
    acme.drain()
    acme.edit(first, userName="lovelace-2", externalId=None)
    acme.drain()
    acme.delete(first)
    acme.drain()
    back = acme.create("lovelace-2", **PROFILE)
    acme.drain()
    acme.edit(back, userName="lovelace-3")
    acme.drain()
    return back


def user_of(acme: Tenant) -> UserId:
    with reading(acme.engine) as connection:
        key = connection.scalars(
            select(people_tables.users.c.id).where(people_tables.users.c.email == ADA)
        ).one()
    return UserId(key)


def leave_traces(acme: Tenant) -> None:
    """Of all kinds that no directory leaves."""
    user_id, by = user_of(acme), acme.acting
    (member,) = (m for m in acme.rows(people_tables.memberships) if m["user_id"] == user_id)
    sign_in(acme)  # makes the connection
    more = {
        "phone_number": "+441815",
        "picture_url": "https://acme.test/countess.png",
        "metadata": {"teacher": "Babbage"},
        "external_id": "aal-1815",
    }
    with transaction(acme.engine) as connection:
        issuer = issuers.of_backend(connection, acme.organization_id, CONNECTION, by.now)
        proof = Proof(
            issuer_id=issuer,
            subject="lovelace",
            organization_id=acme.organization_id,
            connection_id=CONNECTION,
            email=ADA,
            name="Countess",
        )
        sign_ins.sign_in(connection, proof, by, SignInRules())
        users.update(connection, user_id, more, by)
        key, _ = api_keys.create(connection, "k", ["*"], by)
        for number, body in enumerate(
            ({"email": ADA}, {"id": user_id, "name": "Babbage"}, {"email": OTHER})
        ):
            idempotent_answers.claim(connection, key.id, str(number), "hash", by.now)
            idempotent_answers.keep(
                connection, key.id, str(number), status=200, body=json.dumps(body), etag=None
            )
        for target in (user_id, member["id"], None):
            audit_entries.insert(
                connection,
                AuditEntry(
                    id=f"aud_{target}",
                    organization_id=acme.organization_id,
                    at=by.now,
                    actor=by.actor,
                    action="update_user",
                    target=target,
                    status=200,
                    ip_address="192.0.2.1" if target is None else "lovelace",
                    user_agent="curl" if target is None else "babbage",
                    request_id=None,
                ),
            )
        plans.draw_up(connection, acme.directory, {"type": "disconnect"}, actor="a", now=by.now)
    acme.drain()


def stay_by_rejection(acme: Tenant, key: str, member: str) -> None:
    """An administrator rejects what the directory says, for as long as it says so."""
    acme.mark_break_glass(member)
    acme.edit(key, active=False)
    acme.drain()
    acme.reject_held(member)
    acme.edit(key, active=True)
    acme.drain()
    acme.mark_break_glass(member, break_glass=False)
    acme.drain()


def leave(acme: Tenant, key: str) -> datetime:
    """By all steps; when the last one was."""
    acme.delete(key)
    acme.drain()
    acme.drain_at(clock.now() + GRACE)
    at = clock.now() + GRACE + RETENTION + DAY
    acme.invite(ADA, at=at - 8 * DAY)  # its time is over, and nobody has said so yet
    acme.drain_at(at)
    return at


def test_nothing_personal_is_left_in_any_table(acme: Tenant) -> None:
    key = arrive(acme)
    leave_traces(acme)
    member = acme.people()[ADA].membership_id
    acme.suspend(member)
    acme.reactivate(member)
    stay_by_rejection(acme, key, member)
    before = set(places(acme.engine))
    assert before >= {
        "users.email",
        "users.metadata",
        "memberships.told_profile",
        "identities.user_name_folded",
        "directory_users.document",
        "directory_users.search",
        "events.data",
        "events.previous_attributes",
        "invitations.email",
        "sign_in_identities.subject",
        "idempotent_answers.body",
        "audit_entries.ip_address",
        "plan_actions.action",
    }

    leave(acme, key)

    assert list(places(acme.engine)) == []


def test_tombstones_are_gone_and_the_ids_stay(acme: Tenant) -> None:
    key = arrive(acme)
    user_id, person = user_of(acme), acme.people()[ADA]
    at = leave(acme, key)

    assert acme.rows(directory_users) == []
    assert acme.rows(people_tables.identities) == []
    with reading(acme.engine) as connection:
        account = connection.execute(
            select(people_tables.users).where(people_tables.users.c.id == user_id)
        ).one()
    assert (account.purged_at, account.deleted_at) == (at, at)
    (row,) = (r for r in acme.rows(people_tables.memberships) if r["user_id"] == user_id)
    assert (row["id"], row["purged_at"]) == (person.membership_id, at)
    granted = [g for g in acme.rows(role_tables.grants) if g["membership_id"] == row["id"]]
    assert granted
    assert all(grant["revoked_at"] is not None for grant in granted)


def test_events_keep_their_order_and_shape(acme: Tenant) -> None:
    key = arrive(acme)
    before = acme.events()
    leave(acme, key)
    after = acme.events()

    assert [event["sequence"] for event in after] == list(range(1, len(after) + 1))
    for then, now in zip(before, after, strict=False):
        assert then["type"] == now["type"]
        assert then["data"].keys() == now["data"].keys()
        assert (then["previous_attributes"] is None) == (now["previous_attributes"] is None)
        if "redacted_at" not in now["context"]:
            assert then == now
    last = after[-2:]
    assert [event["type"] for event in last] == ["invitation.expired", "user.purged"]
    assert last[0]["data"]["email"] is None


def test_colleagues_are_as_before(acme: Tenant) -> None:
    bob = acme.create("bob", externalId="1", emails=[{"value": "bob@acme.test"}])
    key = arrive(acme)
    gone = acme.create("gone", externalId="2", emails=[{"value": "gone@acme.test"}])
    acme.drain()
    acme.delete(gone)
    acme.drain()
    kept = [event for event in acme.events() if "bob@acme.test" in str(event)]
    people = {email: one for email, one in acme.members() if email != ADA}
    leave(acme, key)

    assert kept == [event for event in acme.events() if "bob@acme.test" in str(event)]
    left = {row["id"] for row in acme.rows(directory_users)}
    assert left == {bob}
    after = dict(acme.members())
    assert {email: after[email] for email in (OTHER, "bob@acme.test")} == {
        email: people[email] for email in (OTHER, "bob@acme.test")
    }


def test_an_account_that_others_have_stays_theirs(acme: Tenant) -> None:
    """The organization forgets the person; the other one, and the account, know them still."""
    other = found(acme.engine, "Other")
    key = arrive(acme)
    person = acme.people()[ADA]
    there = other.add(ADA)
    leave(acme, key)

    assert other.people()[ADA].status == "active"
    assert not [m for m in acme.rows(people_tables.memberships) if "Lovelace" in m["told_profile"]]
    assert "Lovelace" not in json.dumps(acme.events(), default=str)
    assert "Lovelace" in json.dumps(other.events(), default=str)
    assert "user.purged" not in acme.told()

    # The other organization's policy lets go of them, too: now nobody knows the account.
    other.let_leave(retention=DAY)
    other.remove(there)
    other.drain()
    other.drain_at(clock.now() + 40 * DAY)
    assert other.events()[-1]["type"] == "user.purged"
    assert other.events()[-1]["data"]["id"] == person.user_id
    assert list(places(acme.engine)) == []


def test_who_comes_back_to_a_surviving_account_is_a_new_member(acme: Tenant) -> None:
    other = found(acme.engine, "Other")
    key = arrive(acme)
    person = acme.people()[ADA]
    other.add(ADA)
    leave(acme, key)

    again = acme.add(ADA)
    acme.drain()

    members = [m for m in acme.rows(people_tables.memberships) if m["user_id"] == person.user_id]
    assert {m["id"]: m["status"] for m in members} == {
        person.membership_id: "removed",
        again: "active",
    }


def test_an_account_of_the_persons_own_is_not_the_directorys_to_purge(acme: Tenant) -> None:
    """An administrator made it, and a directory only knew it."""
    member = acme.add(ADA)
    key = acme.create("ada", emails=[{"value": ADA}])
    acme.drain()
    leave(acme, key)

    with reading(acme.engine) as connection:
        emails = set(connection.scalars(select(people_tables.users.c.email)))
    assert ADA in emails
    (row,) = (r for r in acme.rows(people_tables.memberships) if r["id"] == member)
    assert row["purged_at"] is not None
    assert row["told_profile"] == "{}"


def test_an_account_that_a_directory_took_over_is_not_its_to_purge(acme: Tenant) -> None:
    """By its verified domain it decides about the profile; the product made the account."""
    acme.own("acme.test")
    acme.remove(acme.add(ADA))
    key = acme.create("ada", emails=[{"value": ADA}])
    acme.drain()
    leave(acme, key)

    with reading(acme.engine) as connection:
        (account,) = connection.execute(
            select(people_tables.users).where(people_tables.users.c.email == ADA)
        )
    assert account.authority_directory_id == acme.directory.id
    assert account.purged_at is None
    assert "user.purged" not in acme.told()


def test_what_was_answered_to_others_is_answered_again(acme: Tenant) -> None:
    """The account is theirs as well, and so are answers to the product about them."""
    other = found(acme.engine, "Other")
    key = arrive(acme)
    person = acme.people()[ADA]
    there = other.add(ADA)
    theirs = {"organization_id": other.organization_id, "id": there, "email": ADA}
    ours = {"organization_id": acme.organization_id, "id": person.membership_id}
    with transaction(acme.engine) as connection:
        of_all, _ = api_keys.create(connection, "all", ["*"], acme.acting)
        of_other, _ = api_keys.create(
            connection, "other", ["*"], other.acting, organization_id=other.organization_id
        )
        of_acme, _ = api_keys.create(
            connection, "acme", ["*"], acme.acting, organization_id=acme.organization_id
        )
        for api_key, name, body in (
            (of_other, "theirs", theirs),
            (of_all, "also theirs", theirs),
            (of_all, "the account", {"id": person.user_id, "email": ADA}),
            (of_all, "ours", ours),
            (of_acme, "also ours", {"user_id": person.user_id}),
        ):
            idempotent_answers.claim(connection, api_key.id, name, "hash", clock.now())
            idempotent_answers.keep(
                connection, api_key.id, name, status=200, body=json.dumps(body), etag=None
            )
    leave(acme, key)

    with reading(acme.engine) as connection:
        left = set(connection.scalars(select(admin_tables.idempotent_answers.c.key)))
    assert left == {"theirs", "also theirs", "the account"}


def test_the_address_of_who_was_purged_is_free(acme: Tenant) -> None:
    """Somebody in another organization is shown with it, and was waiting for it."""
    other = found(acme.engine, "Other")
    key = arrive(acme)
    other.create("ada", emails=[{"value": ADA}])
    other.drain()
    assert len(other.conflicts()) == 1
    leave(acme, key)
    other.drain()

    assert other.conflicts() == []
    assert [person.status for person in other.people().values()] == ["active"]


def test_purges_take_as_many_statements_for_many_as_for_few(engine: Engine) -> None:
    few, many = leavers(engine, 10), leavers(engine, 999)
    at = clock.now() + 40 * DAY

    for moment in (at, at + 40 * DAY):
        ring_due(engine, moment, lambda _: None)
        assert purging(many, moment) == purging(few, moment)
    assert many.rows(directory_users) == []


def purging(tenant: Tenant, at: datetime) -> int:
    """How many statements it takes."""
    return counted(tenant, lambda: tenant.drain_at(at))


def leavers(engine: Engine, people: int) -> Tenant:
    """An organization whose people have all been let go."""
    tenant = found(engine, f"{people} leavers")
    tenant.guard(enabled=False)  # they mean it
    tenant.let_leave(GRACE, RETENTION)
    keys = tenant.create_all(f"{number}@{people}.test" for number in range(people))
    tenant.drain()
    tenant.delete_all(keys)
    tenant.drain()
    return tenant


def test_thousands_are_removed_in_batches(engine: Engine) -> None:
    tenant = leavers(engine, 5000)
    due = clock.now() + GRACE
    assert len(tenant.foreseen()) == 5000

    tenant.drain_at(due)

    assert {person.status for _, person in tenant.members()} == {"removed"}
    assert {one.step.step for one in tenant.foreseen()} == {"purge"}


_DIES = """
import os, signal, sys
from datetime import datetime
from sqlalchemy import event
from provisioning.drain import drain
from provisioning.leaving_steps import ring_due
from provisioning.store import engine as engines

url, organization_id, moment, fatal = sys.argv[1:]
engine, now = engines.create(url), datetime.fromisoformat(moment)

@event.listens_for(engine, "before_cursor_execute")
def die(connection, cursor, statement, *more):
    if " ".join(statement.split()).startswith(fatal):
        os.kill(os.getpid(), signal.SIGKILL)

ring_due(engine, now, lambda found: None)
drain(engine, organization_id, lambda: now, budget_seconds=60)
"""


@pytest.mark.parametrize("fatal", ["DELETE FROM notes", "UPDATE users", "UPDATE events SET data"])
def test_a_worker_that_is_killed_in_mid_purge_loses_nothing(database_url: str, fatal: str) -> None:
    engine = engines.create(database_url)
    acme = found(engine)
    acme.let_leave(GRACE, RETENTION)
    key = arrive(acme)
    acme.delete(key)
    acme.drain()
    acme.drain_at(clock.now() + GRACE)
    before = set(places(engine))
    at = clock.now() + GRACE + RETENTION + DAY

    died = subprocess.run(
        [sys.executable, "-c", _DIES, database_url, acme.organization_id, at.isoformat(), fatal],
        check=False,
        timeout=60,
        cwd=Path(__file__).parents[2],
    )

    assert died.returncode == -signal.SIGKILL
    assert set(places(engine)) == before
    acme.drain_at(at)  # the note is there; had it been lost, the step would be rung for again
    assert list(places(engine)) == []
    engine.dispose()


BY_API: dict[str, Any] = {
    "email": ADA,
    "display_name": "Countess",
    "phone_number": "+441815",
    "picture_url": "https://acme.test/countess.png",
    "metadata": {"teacher": "Babbage"},
    "external_id": "aal-1815",
}


def test_of_a_deleted_account_that_no_organization_has_nothing_is_kept(acme: Tenant) -> None:
    with transaction(acme.engine) as connection:
        account = users.create(connection, BY_API, acme.acting)
    assert set(places(acme.engine)) == {f"users.{name}" for name in (*BY_API, "email_key")}

    acme.delete_user(account.id)

    assert list(places(acme.engine)) == []
    with reading(acme.engine) as connection:
        purged = select(people_tables.users.c.purged_at)
        row = connection.scalars(purged.where(people_tables.users.c.id == account.id)).one()
    assert row is not None


def test_a_deleted_account_is_kept_as_long_as_an_organization_keeps_the_person(
    acme: Tenant,
) -> None:
    acme.add(ADA)
    account = user_of(acme)
    acme.edit_user(account, **{name: BY_API[name] for name in BY_API if name != "email"})
    acme.drain()
    acme.delete_user(account)
    acme.drain()
    assert "users.metadata" in set(places(acme.engine))

    acme.drain_at(clock.now() + RETENTION + DAY)
    assert list(places(acme.engine)) == []


def test_of_an_account_that_outlasted_its_organizations_nothing_is_kept(acme: Tenant) -> None:
    member = acme.add(ADA)
    account = user_of(acme)
    acme.edit_user(account, **{name: BY_API[name] for name in BY_API if name != "email"})
    acme.drain()
    acme.remove(member)
    acme.drain()
    acme.drain_at(clock.now() + RETENTION + DAY)
    # It was not a directory's to purge.
    assert "users.metadata" in set(places(acme.engine))

    acme.delete_user(account)
    assert list(places(acme.engine)) == []
