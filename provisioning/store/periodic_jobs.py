"""Periodic work: whoever moves the row's `next_at` does it, so two beats are harmless."""

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, or_, select

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


_SKEW = timedelta(minutes=1)
"""By which clocks of two hosts may differ, and both be right."""


def claim(connection: Connection, name: Job, now: datetime, interval: timedelta) -> bool:
    """
    False when it is not due, or somebody else has just taken it. Due is also what a clock has put
    off that was wrong, and has been set right since: nobody would work until that time came.
    """
    table = periodic_jobs
    is_due = or_(table.c.next_at <= now, table.c.next_at > now + interval + _SKEW)
    claimed = connection.execute(
        table.update()
        .where(table.c.name == name, is_due)
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
