"""Whether this process can do its work, and how far the workers are behind."""

from dataclasses import dataclass

from sqlalchemy import Engine

from provisioning import sweep
from provisioning.clock import now
from provisioning.errors import Unavailable
from provisioning.store import notes, outgoing_mails, schema, set_aside_notes
from provisioning.store.engine import reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """
    `ready` is about answering requests; without workers they are answered, and settled later. What
    is asked of the database is the same whichever process is asked.
    """

    database: bool
    migrated: bool
    workers: bool = False
    oldest_note_seconds: float = 0
    waiting_notes: int = 0
    set_aside_notes: int = 0
    waiting_mails: int = 0
    given_up_mails: int = 0
    """Of pending invitations: nobody is told of them."""
    last_sweep_seconds: float | None = None
    """None: there was none yet."""

    @property
    def ready(self) -> bool:
        """Whether to send requests here."""
        return self.database and self.migrated


def check(engine: Engine) -> Health:
    """Asks the database; never raises for one that is away."""
    try:
        if not schema.is_migrated(engine):
            return Health(database=True, migrated=False)
        moment = now()
        with reading(engine) as connection:
            backlog = notes.backlog(connection)
            set_aside = set_aside_notes.count(connection)
            mails = outgoing_mails.backlog(connection, moment)
        swept = sweep.age(engine, moment)
    except Unavailable:
        return Health(database=False, migrated=False)
    behind = 0.0 if backlog.oldest is None else (moment - backlog.oldest).total_seconds()
    return Health(
        database=True,
        migrated=True,
        workers=not sweep.is_stale(swept),
        oldest_note_seconds=behind,
        waiting_notes=backlog.waiting,
        set_aside_notes=set_aside,
        waiting_mails=mails.waiting,
        given_up_mails=mails.given_up,
        last_sweep_seconds=None if swept is None else swept.total_seconds(),
    )
