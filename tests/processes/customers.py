"""An organization whose IdP writes: at the end it has to be as the oracle says."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine, func, select, text

from provisioning import mappings
from provisioning.clock import now
from provisioning.ids import OrganizationId
from provisioning.store import event_tables, people_tables
from provisioning.store.engine import reading, transaction
from tests.oracle import differences
from tests.processes.installation import Installation
from tests.processes.writing import GROUP, ROLE, Writer
from tests.serving import Scim, count_notes, directory_at

SETTLED_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Customer:
    scim: Scim
    installation: Installation

    @property
    def organization_id(self) -> OrganizationId:
        return self.scim.organization_id

    def writing(self) -> Writer:
        return Writer(self.scim.address, self.scim.directory, self.scim.token)

    def assert_settled(self, people: int) -> None:
        """Nobody helps: what is there now has to bring it to its end."""
        engine = self.installation.engine
        self.installation.wait_until(lambda: count_notes(engine) == 0, SETTLED_SECONDS)
        assert differences(engine, self.organization_id) == []
        with engine.connect() as connection:
            found = connection.scalar(
                select(func.count())
                .select_from(people_tables.memberships)
                .where(people_tables.memberships.c.organization_id == self.organization_id)
            )
        assert found == people, f"{found} members of {people} people"

    @contextmanager
    def drain_held(self) -> Iterator[None]:
        """
        Within the block a drain has taken notes, has written, and cannot commit: it waits for the
        counter of events, which it moves last.
        """
        counter = event_tables.event_counters
        mine = counter.c.organization_id == self.organization_id
        engine = self.installation.engine
        with transaction(engine) as connection:
            connection.execute(select(counter).where(mine).with_for_update())
            self.installation.wait_until(lambda: waits_for_lock(engine, "event_counters"))
            yield


@contextmanager
def customer_of(installation: Installation) -> Iterator[Customer]:
    engine = installation.engine
    with directory_at(installation.webs[0].address, engine) as scim:
        with transaction(engine) as connection:
            mappings.declare(connection, scim.directory, GROUP, ROLE, actor="test", now=now())
        yield Customer(scim, installation)


def waits_for_lock(engine: Engine, words: str) -> bool:
    """Whether a statement that contains `words` waits for somebody else's lock."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND query LIKE '%' || :words || '%'"
    )
    with reading(engine) as connection:  # within a transaction this view stands still
        return bool(connection.scalar(waiting, {"words": words}))
