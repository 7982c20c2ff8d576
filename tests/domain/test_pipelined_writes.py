"""A drain's writes are sent without waiting: what fails in the midst of them is told as before."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text

from provisioning import clock, plans
from provisioning.errors import Unavailable
from provisioning.store.engine import reading, transaction
from tests.tenant import ACTOR, Tenant, found, settled

pytestmark = pytest.mark.parametrize("dialect", ["postgresql"])
"""SQLite has no pipeline."""


@pytest.fixture(params=[20, 800], ids=["few", "many"])
def people(request: pytest.FixtureRequest) -> int:
    """As many as one thread writes, and so many that another one does."""
    count: int = request.param
    return count


@pytest.fixture
def acme(crowded: Engine, people: int) -> Tenant:
    tenant = found(crowded)
    for number in range(people):
        tenant.create(f"{number}@shared.test")
    return tenant


@contextmanager
def striking(engine: Engine, strike: Callable[[Connection], object]) -> Iterator[None]:
    """Once, in the midst of the writes."""
    struck: list[bool] = []

    def listen(connection: Connection, _cursor: object, statement: str, *_more: object) -> None:
        if "INSERT INTO users" in statement and not struck:
            struck.append(True)
            strike(connection)

    event.listen(engine, "before_cursor_execute", listen)
    yield
    event.remove(engine, "before_cursor_execute", listen)
    assert struck


def cut(connection: Connection) -> None:
    """The server ends the session."""
    driver: Any = connection.connection.driver_connection
    with reading(connection.engine) as other:
        other.execute(text(f"SELECT pg_terminate_backend({driver.info.backend_pid})"))


def test_an_address_that_another_organization_takes_meanwhile_is_no_failure(
    acme: Tenant, people: int
) -> None:
    borealis = found(acme.engine, "Borealis")
    borealis.create("7@shared.test")

    with striking(acme.engine, lambda _: borealis.drain()):
        done = acme.drain()

    assert done.set_aside == 0
    settled(acme)
    settled(borealis)
    assert len(acme.people()) == people - 1
    assert len(acme.conflicts()) == 1


def test_a_connection_that_is_lost_is_replaced(acme: Tenant, people: int) -> None:
    with striking(acme.engine, cut):
        done = acme.drain()

    assert done.set_aside == 0
    settled(acme)
    assert len(acme.people()) == people


def test_a_plan_whose_connection_is_lost_says_so_and_leaves_nothing(
    acme: Tenant, people: int
) -> None:
    resync = {"type": "resync"}
    with (
        striking(acme.engine, cut),
        pytest.raises(Unavailable),
        transaction(acme.engine) as connection,
    ):
        plans.draw_up(connection, acme.directory, resync, actor=ACTOR, now=clock.now())

    assert acme.people() == {}
    with transaction(acme.engine) as connection:
        plan = plans.draw_up(connection, acme.directory, resync, actor=ACTOR, now=clock.now())
    assert plan.summary["people"] == people
