"""Periodic work: whoever moves the row's `next_at` does it, so two beats are harmless."""

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, select

from provisioning.store.note_tables import periodic_jobs

Job = Literal[
    "sweep",
    "housekeeping",
    "renew_signing_keys",
    "send_mails",
    "expire_invitations",
    "expire_join_requests",
    "take_leaving_steps",
    "poll_domains",
]


def claim(connection: Connection, name: Job, now: datetime, interval: timedelta) -> bool:
    """False when it is not due, or somebody else has just taken it."""
    table = periodic_jobs
    claimed = connection.execute(
        table.update()
        .where(table.c.name == name, table.c.next_at <= now)
        .values(next_at=now + interval, last_at=now)
    )
    return claimed.rowcount == 1


def put_off(connection: Connection, name: Job, until: datetime) -> None:
    """By whom has claimed it: it is due again earlier, or later, than the interval said."""
    table = periodic_jobs
    connection.execute(table.update().where(table.c.name == name).values(next_at=until))


def last_run(connection: Connection, name: Job) -> datetime | None:
    """None: never."""
    return connection.scalar(select(periodic_jobs.c.last_at).where(periodic_jobs.c.name == name))
