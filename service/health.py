"""Whether this process can do its work, and how far the workers are behind."""

from dataclasses import dataclass

from sqlalchemy import Engine

from provisioning.clock import now
from provisioning.errors import Unavailable
from provisioning.store import notes, schema
from provisioning.store.engine import reading
from provisioning.sweep import is_stale


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """`ready` is about answering requests; without workers they are answered, and settled later."""

    database: bool
    migrated: bool
    workers: bool
    oldest_note_seconds: float

    @property
    def ready(self) -> bool:
        """Whether to send requests here."""
        return self.database and self.migrated


def check(engine: Engine) -> Health:
    """Asks the database; never raises for one that is away."""
    try:
        if not schema.is_migrated(engine):
            return Health(database=True, migrated=False, workers=False, oldest_note_seconds=0)
        with reading(engine) as connection:
            oldest = notes.oldest(connection)
        moment = now()
        behind = 0.0 if oldest is None else (moment - oldest).total_seconds()
        working = not is_stale(engine, moment)
    except Unavailable:
        return Health(database=False, migrated=False, workers=False, oldest_note_seconds=0)
    return Health(database=True, migrated=True, workers=working, oldest_note_seconds=behind)
