"""Looks into the database until a person's grant is there: what the product would see."""

import asyncio
from time import perf_counter

from sqlalchemy import Connection, Engine

from provisioning.ids import OrganizationId
from provisioning.store.engine import reading
from provisioning.store.sql import Statement

POLL_SECONDS = 0.005

_GRANTED = Statement(
    """
    SELECT i.directory_user_id FROM identities i
    JOIN memberships m ON m.user_id = i.user_id AND m.organization_id = i.organization_id
    JOIN grants g ON g.membership_id = m.id
    WHERE i.organization_id = :organization_id AND i.directory_user_id = ANY(:ids)
        AND m.status = 'active' AND g.source_type = 'mapping' AND g.revoked_at IS NULL
    """
)


class Watch:
    """For whose grant we wait, since when, and how long it took for the others, in seconds."""

    def __init__(self, engine: Engine, organization_id: OrganizationId) -> None:
        self._engine = engine
        self._organization_id = organization_id
        self._since: dict[str, float] = {}
        self._complete = False
        self.latencies: list[float] = []

    @property
    def pending(self) -> int:
        """How many are waited for."""
        return len(self._since)

    def expect(self, directory_user_id: str) -> None:
        """From now on."""
        self._since[directory_user_id] = perf_counter()

    def expect_nobody_else(self) -> None:
        """`look` ends when the last one of those who are pending is there."""
        self._complete = True

    async def look(self) -> None:
        """One query for all who are pending, again and again on one connection."""
        with reading(self._engine) as connection:
            while self._since or not self._complete:
                await asyncio.sleep(POLL_SECONDS)
                if self._since:
                    found = await asyncio.to_thread(self._granted, connection, list(self._since))
                    moment = perf_counter()
                    self.latencies += [moment - self._since.pop(each) for each in found]

    def _granted(self, connection: Connection, ids: list[str]) -> list[str]:
        bound = {"organization_id": self._organization_id, "ids": ids}
        return [row[0] for row in _GRANTED.run(connection, bound)]
