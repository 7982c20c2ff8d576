"""
A drain in a process of its own that kills itself, as no `finally` and no driver can soften it.

The processes are forks of a server that was started for it: the test process itself has threads,
and may not be forked.
"""

import math
import multiprocessing
import os
from itertools import count
from signal import SIGKILL

from sqlalchemy import Engine, event

from provisioning.clock import now
from provisioning.drain import drain
from provisioning.ids import OrganizationId
from provisioning.store import engine as engines
from provisioning.store import syncs
from provisioning.store.engine import transaction

_SECONDS = 60
# Otherwise each process would import its own when it connects: half of its time.
_DRIVERS = (
    *("psycopg", "sqlalchemy.dialects.postgresql.psycopg"),
    *("sqlite3", "sqlalchemy.dialects.sqlite.pysqlite"),
)


def drain_and_die(engine: Engine, organization_id: OrganizationId, at: int) -> bool:
    """
    Kills itself before its `at`th statement, commits counted; or, False, is done before that.
    Returns when the database has noticed.
    """
    forking = multiprocessing.get_context("forkserver")
    forking.set_forkserver_preload([__name__, *_DRIVERS])
    url = engine.url.render_as_string(hide_password=False)
    process = forking.Process(target=_drain, args=(url, organization_id, at))
    process.start()
    process.join(_SECONDS)
    assert process.exitcode in {0, -SIGKILL}, process.exitcode
    with transaction(engine) as connection:
        syncs.wait(connection, organization_id)
    return process.exitcode != 0


def _drain(url: str, organization_id: OrganizationId, at: int) -> None:
    engine = engines.create(url)
    statements = count(1)

    def die(*_: object) -> None:
        if next(statements) == at:
            os.kill(os.getpid(), SIGKILL)

    event.listen(engine, "before_cursor_execute", die)
    event.listen(engine, "commit", die)
    drain(engine, organization_id, now, budget_seconds=math.inf)
