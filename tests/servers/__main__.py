"""Starts one of each, prints their two ports in one line, and serves until its own end."""

import threading

from tests.servers import directories
from tests.servers.postgresql import PostgreSQL
from tests.servers.redis import Redis

with (
    directories.temporary() as one,
    directories.temporary() as other,
    PostgreSQL(one) as postgresql,
    Redis(other) as redis,
):
    print(postgresql.port, redis.port, flush=True)  # noqa: T201
    threading.Event().wait()
