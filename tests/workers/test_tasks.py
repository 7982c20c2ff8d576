"""What a task says to the broker."""

from queue import Empty

from celery import Celery
from sqlalchemy import Engine

from tests.tenant import Tenant, found
from workers import tasks
from workers.app import QUEUE, create

ADDRESS = "ada@shared.test"


def rung(app: Celery) -> list[str]:
    """The organizations that were rung for, taken from the queue."""
    organizations: list[str] = []
    with app.connection_for_read() as connection, connection.SimpleQueue(QUEUE) as queue:
        while True:
            try:
                message = queue.get_nowait()
            except Empty:
                return organizations
            message.ack()
            (arguments, _, _) = message.payload
            organizations.append(arguments[0])


def test_a_drain_that_is_news_for_another_organization_rings_for_it(engine: Engine) -> None:
    app = create(None, lambda: engine)
    acme, other = found(engine), found(engine, "Other")
    ada = waiting_for(acme, other)
    rung(app)

    other.edit(ada, emails=[{"value": "ada@other.test"}])
    app.tasks[tasks.DRAIN](other.organization_id)
    assert rung(app) == [acme.organization_id]

    app.tasks[tasks.DRAIN](acme.organization_id)
    assert rung(app) == []
    assert acme.people()[ADDRESS].status == "active"


def waiting_for(tenant: Tenant, holder: Tenant) -> str:
    """Who holds the address that somebody else is in conflict about."""
    key = holder.create(ADDRESS)
    holder.drain()
    tenant.create(ADDRESS)
    tenant.drain()
    return key
