"""One person whom the database refuses stops nobody else, and is not forgotten."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, text, update
from sqlalchemy.exc import DBAPIError

from provisioning import clock, set_aside
from provisioning.back_off import retry_after
from provisioning.drain import drain
from provisioning.errors import NotFound, Unavailable
from provisioning.explain import explain
from provisioning.ids import OrganizationId
from provisioning.store import directory_tables, note_tables
from provisioning.store import engine as engines
from provisioning.sweep import INTERVAL, sweep
from tests.event_feed import check
from tests.tenant import Tenant, found, settled

POISON = "poison@acme.test"


@pytest.fixture
def acme(database_url: str) -> Iterator[Tenant]:
    """In a database of its own, to which the test adds a trigger."""
    engine = engines.create(database_url)
    yield found(engine)
    engine.dispose()


def execute(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def poison(
    engine: Engine, email: str = POISON, table: str = "users", column: str = "email"
) -> None:
    """The database refuses this row, for a reason of its own that it tells in its own words."""
    refused = f"NEW.{column} = '{email}'"
    if engine.dialect.name == "sqlite":
        execute(
            engine,
            f"CREATE TRIGGER poison BEFORE INSERT ON {table} WHEN {refused}"
            " BEGIN SELECT RAISE(ABORT, 'poison@acme.test is poisoned'); END",
        )
    else:
        execute(
            engine,
            "CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE EXCEPTION '% is poisoned', NEW.{column}; END $$",
            f"CREATE TRIGGER poison BEFORE INSERT ON {table} FOR EACH ROW WHEN ({refused})"
            " EXECUTE FUNCTION poison()",
        )


def heal(engine: Engine, table: str = "users") -> None:
    on = "" if engine.dialect.name == "sqlite" else f" ON {table}"
    execute(engine, f"DROP TRIGGER poison{on}")


def members(acme: Tenant) -> set[str]:
    return set(acme.people())


@pytest.mark.parametrize("place", [0, 7, 20])
def test_whoever_is_refused_is_set_aside_and_the_others_are_settled(
    acme: Tenant, place: int
) -> None:
    poison(acme.engine)
    others = [f"{number}@acme.test" for number in range(20)]
    for email in [*others[:place], POISON, *others[place:]]:
        acme.create(email)

    done = acme.drain()

    assert (done.notes, done.set_aside, done.more) == (20, 1, False)
    assert members(acme) == set(others)
    assert acme.drain().notes == 0
    assert acme.drain().set_aside == 0


def test_what_is_kept_names_the_note_and_no_address(acme: Tenant) -> None:
    poison(acme.engine)
    user = acme.create(POISON, name={"familyName": "Unspeakable"})

    acme.drain()

    (kept,) = acme.rows(note_tables.set_aside_notes)
    assert (kept["kind"], kept["key"], kept["attempts"]) == ("user", user, 1)
    assert kept["directory_id"] == acme.directory.id
    if acme.engine.dialect.name == "sqlite":
        assert (kept["error"], kept["reason"]) == ("IntegrityError", "SQLITE_CONSTRAINT_TRIGGER")
    else:
        assert kept["error"] == "RaiseException"
        assert kept["reason"] == "P0001 PL/pgSQL function poison() line 1 at RAISE"


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_a_broken_constraint_is_named_without_the_row(acme: Tenant) -> None:
    execute(acme.engine, f"ALTER TABLE users ADD CONSTRAINT sober CHECK (email <> '{POISON}')")
    acme.create(POISON)

    acme.drain()

    (kept,) = acme.rows(note_tables.set_aside_notes)
    assert (kept["error"], kept["reason"]) == ("CheckViolation", "23514 users sober")


def test_a_defect_of_ours_is_named_by_its_place(acme: Tenant) -> None:
    user = acme.create("ada@acme.test")
    acme.create("bob@acme.test")
    with acme.engine.begin() as connection:
        users = directory_tables.directory_users
        connection.execute(update(users).where(users.c.id == user).values(document="ada"))

    acme.drain()

    (kept,) = acme.rows(note_tables.set_aside_notes)
    assert (kept["key"], kept["error"]) == (user, "JSONDecodeError")
    assert kept["reason"].startswith("directory_news.py:")
    assert members(acme) == {"bob@acme.test"}


def test_who_was_set_aside_is_tried_again_when_the_time_has_come(acme: Tenant) -> None:
    poison(acme.engine)
    acme.create(POISON)
    begun = clock.now()
    acme.drain()
    heal(acme.engine)

    assert rung(acme, begun + timedelta(seconds=55)) == []
    assert rung(acme, clock.now() + timedelta(seconds=60)) == [acme.organization_id]
    settled(acme)

    assert members(acme) == {POISON}
    assert acme.rows(note_tables.set_aside_notes) == []


def test_an_administrator_has_it_tried_at_once(acme: Tenant) -> None:
    poison(acme.engine)
    user = acme.create(POISON)
    acme.drain()
    heal(acme.engine)

    assert retried(acme, user) == 1
    settled(acme)

    assert members(acme) == {POISON}
    assert retried(acme) == 0
    with pytest.raises(NotFound):
        retried(acme, user)


def test_nobody_else_has_it_tried(acme: Tenant) -> None:
    poison(acme.engine)
    user = acme.create(POISON)
    acme.drain()
    stranger = found(acme.engine, "Stranger")

    assert retried(stranger) == 0
    with pytest.raises(NotFound):
        retried(stranger, user)
    assert acme.rows(note_tables.notes) == []


def test_an_explanation_says_that_what_is_new_is_set_aside(acme: Tenant) -> None:
    poison(acme.engine)
    user = acme.create(POISON)
    acme.drain()

    said, aside = explained(acme, POISON)

    assert "has not been looked at yet" in said
    assert aside.startswith(f"what is new about {user} could not be settled and is set aside (")
    retried(acme)
    assert "tried again with the next drain" in explained(acme, POISON)[1]


def test_an_explanation_of_a_member_says_that_a_group_of_theirs_is_set_aside(
    acme: Tenant,
) -> None:
    poison(acme.engine, "directory_group.created", "events", "type")
    group = acme.push("Engineering", acme.create("ada@acme.test"))
    acme.drain()

    assert any(f"what is new about {group} " in why for why in explained(acme, "ada@acme.test"))


def test_it_is_tried_again_once_however_often_somebody_looks(acme: Tenant) -> None:
    poison(acme.engine)
    acme.create(POISON)
    acme.drain()
    later = clock.now() + timedelta(seconds=61)

    rung(acme, later)
    rung(acme, later + INTERVAL)

    assert len(acme.rows(note_tables.notes)) == 1


def test_every_failure_is_counted_and_makes_the_next_wait_longer(acme: Tenant) -> None:
    poison(acme.engine)
    acme.create(POISON)
    acme.drain()
    (first,) = acme.rows(note_tables.set_aside_notes)

    rung(acme, clock.now() + timedelta(seconds=61))
    begun = clock.now()
    acme.drain()

    (second,) = acme.rows(note_tables.set_aside_notes)
    assert (first["attempts"], second["attempts"]) == (1, 2)
    assert second["set_aside_at"] == first["set_aside_at"]
    assert second["next_at"] - begun >= timedelta(minutes=2)


def test_the_wait_doubles_from_a_minute_to_six_hours() -> None:
    waits = [retry_after(attempts) for attempts in range(1, 12)]

    assert waits[:4] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]
    assert waits[8] == timedelta(minutes=256)
    assert waits[9:] == [timedelta(hours=6)] * 2
    assert retry_after(1_000_000) == timedelta(hours=6)


def test_news_about_the_person_is_tried_at_once(acme: Tenant) -> None:
    poison(acme.engine)
    user = acme.create(POISON)
    acme.drain()

    acme.edit(user, userName="ada@acme.test")
    settled(acme)

    assert members(acme) == {"ada@acme.test"}
    assert acme.rows(note_tables.set_aside_notes) == []


def test_many_notes_about_one_person_are_set_aside_together(acme: Tenant) -> None:
    poison(acme.engine)
    user = acme.create(POISON)
    for title in ("Countess", "Duchess", "Queen"):
        acme.edit(user, title=title)
    acme.create("ada@acme.test")

    acme.drain()

    (kept,) = acme.rows(note_tables.set_aside_notes)
    assert kept["attempts"] == 1
    assert acme.rows(note_tables.notes) == []
    assert members(acme) == {"ada@acme.test"}


def test_a_note_about_a_group_can_be_poison_as_well(acme: Tenant) -> None:
    poison(acme.engine, "directory_group.created", "events", "type")
    ada = acme.create("ada@acme.test")
    group = acme.push("Engineering", ada)

    acme.drain()

    kept = {(row["kind"], row["key"]) for row in acme.rows(note_tables.set_aside_notes)}
    assert kept == {("group", group)}
    assert members(acme) == {"ada@acme.test"}


def test_who_is_settled_before_their_new_group_is_told_as_its_member_after_it(
    acme: Tenant,
) -> None:
    """In halves the notes are no longer in the order in which they were written."""
    poison(acme.engine)
    acme.push("Engineering", acme.create("ada@acme.test"), acme.create("bob@acme.test"))
    acme.create(POISON)
    acme.drain()

    heal(acme.engine)
    rung(acme, clock.now() + timedelta(seconds=61))
    settled(acme)

    check(acme)
    assert acme.told().count("directory_group.member_added") == 2


def test_who_is_settled_while_their_group_is_set_aside_is_told_as_its_member_later(
    acme: Tenant,
) -> None:
    poison(acme.engine, "directory_group.created", "events", "type")
    acme.push("Engineering", acme.create("ada@acme.test"))
    acme.drain()

    heal(acme.engine, "events")
    rung(acme, clock.now() + timedelta(seconds=61))
    settled(acme)

    check(acme)
    assert "directory_group.member_added" in acme.told()


def test_what_fails_for_everybody_sets_nobody_aside(acme: Tenant) -> None:
    acme.create("ada@acme.test")
    acme.create("bob@acme.test")
    execute(acme.engine, "ALTER TABLE grants RENAME TO elsewhere")

    with pytest.raises((DBAPIError, Unavailable)):
        acme.drain()

    assert acme.rows(note_tables.set_aside_notes) == []
    execute(acme.engine, "ALTER TABLE elsewhere RENAME TO grants")
    settled(acme)
    assert members(acme) == {"ada@acme.test", "bob@acme.test"}


def test_a_drain_without_time_still_gets_on(acme: Tenant) -> None:
    """However short the budget: each call settles somebody, or sets somebody aside."""
    poison(acme.engine)
    others = [f"{number}@acme.test" for number in range(8)]
    for email in [POISON, *others]:
        acme.create(email)
    left = [len(acme.rows(note_tables.notes))]

    while drain(acme.engine, acme.organization_id, clock.now, budget_seconds=0).more:
        left.append(len(acme.rows(note_tables.notes)))

    assert left == sorted(set(left), reverse=True)
    assert members(acme) == set(others)
    assert len(acme.rows(note_tables.set_aside_notes)) == 1


def retried(acme: Tenant, key: str | None = None) -> int:
    with engines.transaction(acme.engine) as connection:
        return set_aside.retry(connection, acme.organization_id, key, clock.now())


def explained(acme: Tenant, email: str) -> tuple[str, ...]:
    with engines.reading(acme.engine) as connection:
        (one,) = explain(connection, acme.organization_id, email)
    return one.reasons


def rung(acme: Tenant, now: datetime) -> list[OrganizationId]:
    """For whom a sweep at that time rings."""
    organizations: list[OrganizationId] = []
    sweep(acme.engine, now, organizations.append)
    return organizations
