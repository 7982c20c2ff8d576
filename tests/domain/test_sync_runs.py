"""Runs: everybody of a directory is looked at again, in batches that any worker may go on with."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import Engine, update
from structlog.testing import capture_logs

from provisioning import clock, sync_runs
from provisioning.drain import drain
from provisioning.errors import Refused
from provisioning.ids import RunId
from provisioning.run_steps import BATCH
from provisioning.store import directory_tables, note_tables, people_tables, tables
from provisioning.store import sync_runs as store
from provisioning.store.engine import reading, transaction
from provisioning.store.pages import Cut
from provisioning.store.sync_runs import SyncRun
from provisioning.sweep import INTERVAL, sweep
from provisioning.sync_runs import NOTHING
from tests.query_plans import counted
from tests.refusing import refusing
from tests.tenant import ACTOR, Tenant, found, settled
from tests.tenant_in_bulk import fill


def begin(tenant: Tenant) -> SyncRun:
    with transaction(tenant.engine) as connection:
        return sync_runs.begin(
            connection,
            tenant.organization_id,
            tenant.directory.id,
            "admin",
            actor=ACTOR,
            now=clock.now(),
        )


def seen(tenant: Tenant, run: SyncRun) -> SyncRun:
    with reading(tenant.engine) as connection:
        return sync_runs.get(connection, tenant.organization_id, tenant.directory.id, run.id)


def a_batch(tenant: Tenant) -> None:
    """A drain whose budget is over after the first transaction."""
    drain(tenant.engine, tenant.organization_id, clock.now, budget_seconds=0)


def spoil(tenant: Tenant) -> None:
    """As if somebody had written into the tables: all are suspended, and nobody noted it."""
    with transaction(tenant.engine) as connection:
        connection.execute(update(people_tables.memberships).values(status="suspended"))


def test_a_run_mends_what_differs_and_counts_it(acme: Tenant) -> None:
    acme.create("ada@acme.test")
    bob = acme.create("bob@acme.test")
    acme.drain()
    spoil(acme)
    acme.create("cem@acme.test")
    acme.edit(bob, active=False)
    with transaction(acme.engine) as connection:
        connection.execute(note_tables.notes.delete())

    run = begin(acme)
    acme.drain()

    done = seen(acme, run)
    assert (done.status, done.done, done.total) == ("completed", 3, 3)
    assert done.counts == {**NOTHING, "seen": 3, "changed": 2, "created": 1, "unchanged": 1}
    settled(acme)


def test_a_run_tells_when_it_begins_and_ends_and_what_it_changes_names_it(acme: Tenant) -> None:
    acme.create("ada@acme.test")
    acme.drain()
    spoil(acme)
    before = len(acme.events())

    run = begin(acme)
    acme.drain()

    started, changed, completed = acme.events(before)
    assert [event["type"] for event in (started, changed, completed)] == [
        "sync_run.started",
        "organization_membership.updated",
        "sync_run.completed",
    ]
    assert {event["context"]["run_id"] for event in (started, changed, completed)} == {run.id}
    assert completed["data"]["counts"]["changed"] == 1


def test_of_two_triggers_one_begins_a_run(acme: Tenant) -> None:
    begin(acme)

    with pytest.raises(Refused) as refused:
        begin(acme)

    assert refused.value.code == "sync_run_in_progress"


def test_of_two_triggers_at_the_same_moment_one_begins_a_run(acme: Tenant) -> None:
    together = threading.Barrier(2)
    outcomes: list[str] = []

    def trigger() -> None:
        together.wait()
        try:
            outcomes.append(begin(acme).status)
        except Refused as refused:
            outcomes.append(refused.code)

    threads = [threading.Thread(target=trigger) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["queued", "sync_run_in_progress"]


def test_a_run_goes_on_where_it_was(acme: Tenant) -> None:
    fill(acme, BATCH + 10)
    run = begin(acme)

    a_batch(acme)
    half = seen(acme, run)
    acme.drain()

    assert (half.status, half.done, half.total) == ("running", BATCH, BATCH + 10)
    speed = sync_runs.progress(half, clock.now())
    assert speed.rate_per_second is not None
    assert speed.estimated_end_at is not None
    done = seen(acme, run)
    assert (done.status, done.counts["created"]) == ("completed", BATCH + 10)
    assert len(acme.members()) == BATCH + 10


def test_a_cancelled_run_stops_and_what_it_did_stays(acme: Tenant) -> None:
    fill(acme, BATCH + 10)
    run = begin(acme)
    a_batch(acme)

    with transaction(acme.engine) as connection:
        cancelled = sync_runs.cancel(
            connection,
            acme.organization_id,
            acme.directory.id,
            run.id,
            actor=ACTOR,
            now=clock.now(),
        )
    acme.drain()

    assert (cancelled.status, cancelled.done) == ("cancelled", BATCH)
    assert seen(acme, run) == cancelled
    assert len(acme.members()) == BATCH
    assert acme.told()[-1] == "sync_run.cancelled"


@pytest.mark.parametrize("after_the_end", [False, True])
def test_what_has_to_reach_everybody_or_is_over_is_not_cancelled(
    acme: Tenant, *, after_the_end: bool
) -> None:
    acme.set_roles(default="guest")
    if after_the_end:
        acme.drain()
    (run_id,) = [row["id"] for row in acme.rows(tables.metadata.tables["sync_runs"])]

    with transaction(acme.engine) as connection, pytest.raises(Refused) as refused:
        sync_runs.cancel(
            connection,
            acme.organization_id,
            acme.directory.id,
            RunId(run_id),
            actor=ACTOR,
            now=clock.now(),
        )

    assert refused.value.code == ("sync_run_finished" if after_the_end else "sync_run_needed")


def test_a_policy_that_changes_during_a_run_reaches_everybody(acme: Tenant) -> None:
    fill(acme, BATCH + 10)
    run = begin(acme)
    a_batch(acme)

    acme.set_roles(default="guest")
    acme.drain()

    assert {roles for _, person in acme.members() for roles in person.roles} == {"guest"}
    done = seen(acme, run)
    assert (done.trigger, done.status, done.done) == ("policy", "completed", BATCH + 10)


def test_notes_go_first(acme: Tenant) -> None:
    fill(acme, BATCH + 10)
    run = begin(acme)
    acme.create("urgent@acme.test")

    a_batch(acme)

    assert [email for email, _ in acme.members()] == ["urgent@acme.test"]
    assert seen(acme, run).status == "queued"


def test_a_run_that_nobody_goes_on_with_is_rung_for(acme: Tenant) -> None:
    begin(acme)
    rung: list[str] = []

    sweep(acme.engine, clock.now() + timedelta(minutes=1), rung.append)

    assert rung == [acme.organization_id]


def test_the_run_of_an_organization_that_is_deleted_ends_untold(acme: Tenant) -> None:
    run = begin(acme)
    acme.close()
    told = acme.told()

    acme.drain()

    assert acme.told() == told
    assert seen(acme, run).status == "cancelled"


def test_whom_the_database_refuses_is_left_to_a_note_and_stops_nobody(acme: Tenant) -> None:
    fill(acme, 5)
    poisoned = acme.rows(directory_tables.directory_users)[2]["email"]
    run = begin(acme)

    with refusing(acme.engine, "INSERT", "users", f"NEW.email = '{poisoned}'"):
        acme.drain()

    done = seen(acme, run)
    assert (done.status, done.counts["deferred"]) == ("completed", 5)
    assert len(acme.members()) == 4
    assert len(acme.rows(note_tables.set_aside_notes)) == 1


def test_a_run_that_cannot_be_written_fails_and_says_where(acme: Tenant) -> None:
    begin(acme)

    failed = fail_to_end(acme)

    assert failed.status == "failed"
    assert failed.error
    assert acme.told() == ["sync_run.failed"]
    begin(acme)  # nothing stands in the way of the next one


def fail_to_end(tenant: Tenant) -> SyncRun:
    """What the latest run comes to when none can be completed."""
    with (
        refusing(tenant.engine, "UPDATE", "sync_runs", "NEW.status = 'completed'"),
        capture_logs(),  # a traceback with all its values takes seconds to write
    ):
        tenant.drain()
    with reading(tenant.engine) as connection:
        here = (tenant.organization_id, tenant.directory.id)
        return store.listing(connection, *here, Cut(limit=100)).items[-1]


def test_a_run_that_has_to_reach_everybody_begins_again_until_it_does(acme: Tenant) -> None:
    acme.create("ada@acme.test")
    acme.drain()
    acme.set_roles(default="guest")
    rung: list[str] = []
    before = clock.now()
    failed = fail_to_end(acme)
    assert failed.status == "failed"
    assert failed.retry_at is not None
    assert before + timedelta(minutes=1) <= failed.retry_at <= clock.now() + timedelta(minutes=1)

    sweep(acme.engine, failed.retry_at - timedelta(seconds=1), rung.append)
    assert (rung, seen(acme, failed)) == ([], failed)
    sweep(acme.engine, failed.retry_at + INTERVAL, rung.append)
    assert (rung, seen(acme, failed).status) == ([acme.organization_id], "queued")
    again = fail_to_end(acme)
    assert (again.id, again.attempts) == (failed.id, 2)
    assert again.retry_at is not None
    assert again.retry_at >= before + timedelta(minutes=2)  # less and less often
    sweep(acme.engine, again.retry_at + 2 * INTERVAL, rung.append)
    acme.drain()

    done = seen(acme, failed)
    assert (done.status, done.attempts, done.retry_at) == ("completed", 2, None)
    assert (done.error, done.done, done.total) == (None, 1, 1)
    assert acme.people()["ada@acme.test"].roles == {"guest"}
    told = [event["type"] for event in acme.events() if event["type"].startswith("sync_run")]
    assert told == [
        "sync_run.failed",
        "sync_run.failed",
        "sync_run.started",
        "sync_run.completed",
    ]
    settled(acme)


def test_whoever_asked_for_a_resync_asks_again(acme: Tenant) -> None:
    begin(acme)
    failed = fail_to_end(acme)

    assert (failed.status, failed.attempts, failed.retry_at) == ("failed", 1, None)


def test_a_run_that_stands_in_for_one_that_failed_makes_up_for_it(acme: Tenant) -> None:
    acme.set_roles(default="guest")
    failed = fail_to_end(acme)
    assert failed.retry_at is not None
    later = failed.retry_at + INTERVAL
    rung: list[str] = []
    run = begin(acme)

    sweep(acme.engine, later, rung.append)
    assert seen(acme, failed) == failed  # two at once are never
    acme.drain()
    assert seen(acme, run).status == "completed"
    assert seen(acme, failed).retry_at is None
    rung.clear()
    sweep(acme.engine, later + INTERVAL, rung.append)
    assert (rung, seen(acme, failed).status) == ([], "failed")


def test_of_two_that_failed_the_later_one_begins_again(acme: Tenant) -> None:
    acme.set_roles(default="guest")
    first = fail_to_end(acme)
    acme.set_roles(default="member")
    second = fail_to_end(acme)

    assert first.id != second.id
    assert (seen(acme, first).retry_at, second.attempts) == (None, 1)
    assert second.retry_at is not None


def test_a_run_that_begins_again_forgets_how_far_it_was(acme: Tenant) -> None:
    fill(acme, BATCH + 10)
    run = begin(acme)
    a_batch(acme)
    half = seen(acme, run)
    acme.create("late@acme.test")

    acme.set_roles(default="guest")
    anew = seen(acme, run)
    assert (anew.status, anew.done, anew.total, anew.started_at) == ("running", 0, None, None)
    acme.drain()

    done = seen(acme, run)
    assert (done.done, done.total) == (BATCH + 11, BATCH + 11)
    assert half.started_at is not None
    assert done.started_at is not None
    assert done.started_at > half.started_at
    assert acme.told().count("sync_run.started") == 1


def test_a_batch_takes_the_same_statements_whatever_its_size(engine: Engine) -> None:
    counts = []
    for people in (3, 300):
        tenant = found(engine, f"{people} people")
        fill(tenant, people)
        begin(tenant)
        everybody_created = counted(tenant, tenant.drain)
        begin(tenant)
        nobody_changed = counted(tenant, tenant.drain)
        assert len(tenant.members()) == people
        counts.append((everybody_created, nobody_changed))

    few, many = counts
    assert few == many
