"""What a task says to the broker: organizations take turns, and one is news for another."""

from collections.abc import Iterator

import pytest
from celery import Celery
from sqlalchemy import Engine

from provisioning.drain import BATCH
from provisioning.ids import OrganizationId
from provisioning.store import note_tables
from tests.tenant import Tenant, found
from workers import app as workers
from workers import tasks

ADDRESS = "ada@shared.test"


@pytest.fixture
def impatient(engine: Engine) -> Iterator[Celery]:
    """On an empty broker in memory that no worker listens to; every batch spends the budget."""
    app = workers.create(None, lambda: engine, drain_seconds=0)
    with app.connection_for_write() as connection:
        queue = app.amqp.queues[workers.QUEUE](connection.default_channel)
        queue.declare()
        queue.purge()
        yield app
        queue.purge()


def rung(app: Celery) -> list[OrganizationId]:
    """Whom the next tasks are for, in order; the queue is empty then."""
    found = []
    with app.connection_for_read() as connection:
        queue = app.amqp.queues[workers.QUEUE](connection.default_channel)
        while (message := queue.get(no_ack=True)) is not None:
            assert message.headers["task"] == tasks.DRAIN
            found.append(message.payload[0][0])
    return found


def test_whoever_has_notes_left_queues_behind_the_others(engine: Engine, impatient: Celery) -> None:
    busy, other = found(engine, "Busy"), found(engine, "Other")
    busy.note_nobody(BATCH + 1)

    workers.ring(impatient, other.organization_id)
    impatient.tasks[tasks.DRAIN](busy.organization_id)

    assert rung(impatient) == [other.organization_id, busy.organization_id]
    assert len(busy.rows(note_tables.notes)) == 1


def test_whoever_has_none_left_does_not_queue_again(engine: Engine, impatient: Celery) -> None:
    busy = found(engine)
    busy.note_nobody(BATCH)

    impatient.tasks[tasks.DRAIN](busy.organization_id)

    assert rung(impatient) == []
    assert busy.rows(note_tables.notes) == []


def test_a_drain_that_is_news_for_another_organization_rings_for_it(
    engine: Engine, impatient: Celery
) -> None:
    acme, other = found(engine), found(engine, "Other")
    ada = waiting_for(acme, other)
    rung(impatient)

    other.edit(ada, emails=[{"value": "ada@other.test"}])
    impatient.tasks[tasks.DRAIN](other.organization_id)
    assert rung(impatient) == [acme.organization_id]

    impatient.tasks[tasks.DRAIN](acme.organization_id)
    assert rung(impatient) == []
    assert acme.people()[ADDRESS].status == "active"


def waiting_for(tenant: Tenant, holder: Tenant) -> str:
    """Who holds the address that somebody else is in conflict about."""
    key = holder.create(ADDRESS)
    holder.drain()
    tenant.create(ADDRESS)
    tenant.drain()
    return key


def test_no_exception_of_a_time_limit_is_taken_for_a_row_s(impatient: Celery) -> None:
    """A drain sets aside what raises; only the hard limit, which kills, raises nothing."""
    assert impatient.conf.task_time_limit == workers.TASK_TIME_LIMIT_SECONDS
    assert impatient.conf.task_soft_time_limit is None
