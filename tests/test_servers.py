"""The test house itself: servers that recover, never outlive us, and databases that start clean."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from redis import Redis as Client
from sqlalchemy import Connection, Engine, NullPool, Table, create_engine, func, insert, select

from provisioning.store.admin_tables import role_permissions
from provisioning.store.note_tables import notes, periodic_jobs
from provisioning.store.role_tables import roles
from tests.conftest import RedisAddress
from tests.servers import directories, installations
from tests.servers.installations import Installation
from tests.servers.ports import LOOPBACK
from tests.servers.postgresql import PostgreSQL
from tests.servers.redis import Redis

WAIT_SECONDS = 30
ROOT = Path(__file__).parent.parent

# A machine without any gets None, and with it the error that says what to install.
POSTGRESQLS: list[Installation | None] = [*installations.postgresql()] or [None]
REDISES: list[Installation | None] = [*installations.redis()] or [None]


def _name(installation: Installation | None) -> str:
    return installation.name if installation else "none"


@pytest.fixture(params=POSTGRESQLS, ids=_name)
def own_postgresql(request: pytest.FixtureRequest, server_directory: Path) -> Iterator[PostgreSQL]:
    with PostgreSQL(server_directory, installation=request.param) as server:
        yield server


@pytest.fixture(params=REDISES, ids=_name)
def redis_program(request: pytest.FixtureRequest) -> Installation | None:
    found: Installation | None = request.param
    return found


def _connect(server: PostgreSQL) -> psycopg.Connection:
    return psycopg.connect(server.url("postgres").replace("+psycopg", ""), autocommit=True)


def test_what_postgresql_committed_survives_a_crash(own_postgresql: PostgreSQL) -> None:
    with closing(_connect(own_postgresql)) as connection:
        connection.execute("CREATE TABLE t AS SELECT 7 AS seven")

    own_postgresql.kill()
    own_postgresql.start()

    with closing(_connect(own_postgresql)) as connection:
        assert connection.execute("SELECT seven FROM t").fetchall() == [(7,)]


def test_postgresql_starts_again_though_a_statement_ran(own_postgresql: PostgreSQL) -> None:
    with closing(_connect(own_postgresql)) as connection:
        connection.pgconn.send_query(b"DO $$ BEGIN LOOP END LOOP; END $$")

        own_postgresql.kill()
        own_postgresql.start()

    with closing(_connect(own_postgresql)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_postgresql_stops_though_a_client_is_connected(own_postgresql: PostgreSQL) -> None:
    with closing(_connect(own_postgresql)) as connection:
        own_postgresql.stop()

        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")


def test_postgresql_runs_from_a_directory_that_is_closed_to_others(
    server_directory: Path, tmp_path: Path
) -> None:
    wheel = next(found for found in installations.postgresql() if found.package)
    assert wheel.package is not None
    for name in (wheel.package.name, f"{wheel.package.name}.libs"):
        shutil.copytree(wheel.package.parent / name, tmp_path / name, symlinks=True)
    tmp_path.chmod(0o700)
    private = Installation(
        name="private",
        programs=tmp_path / wheel.programs.relative_to(wheel.package.parent),
        package=tmp_path / wheel.package.name,
    )

    with (
        PostgreSQL(server_directory, installation=private) as server,
        closing(_connect(server)) as connection,
    ):
        assert connection.execute("SHOW fsync").fetchone() == ("on",)


@pytest.mark.parametrize(("persistent", "kept"), [(True, b"here"), (False, None)])
def test_a_persistent_redis_alone_remembers_after_a_crash(
    redis_program: Installation | None,
    server_directory: Path,
    *,
    persistent: bool,
    kept: bytes | None,
) -> None:
    with Redis(server_directory, persistent=persistent, installation=redis_program) as server:
        with Client.from_url(server.url) as client:
            client.set("key", "here")

        server.kill()
        server.start()

        with Client.from_url(server.url) as client:
            assert client.get("key") == kept


def test_a_server_whose_port_is_taken_says_so(server_directory: Path) -> None:
    with directories.temporary() as other_directory, Redis(other_directory) as other:
        late = Redis(server_directory)
        late.port = other.port

        with pytest.raises(RuntimeError, match="in use"):
            late.start()


def test_a_server_that_cannot_recover_shows_its_log(own_postgresql: PostgreSQL) -> None:
    own_postgresql.stop()
    (own_postgresql.directory / "data" / "global" / "pg_control").unlink()

    with pytest.raises(RuntimeError, match="pg_control"):
        own_postgresql.start()


def test_a_machine_without_any_server_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(LookupError, match="TEST_DATABASE_URL"):
        installations.preferred_postgresql([])
    with pytest.raises(LookupError, match="TEST_REDIS_URL"):
        installations.preferred_redis([])


def test_no_server_outlives_a_test_process_that_is_killed(server_directory: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.servers"],
        cwd=ROOT,
        # What it cannot remove any more is removed with our directory.
        env={**os.environ, "TMPDIR": str(server_directory)},
        stdout=subprocess.PIPE,
        text=True,
    )
    with child:
        assert child.stdout is not None
        ports = [int(port) for port in child.stdout.readline().split()]
        was_listening = [_listens(port) for port in ports]

        child.kill()

    assert was_listening == [True, True]
    deadline = time.monotonic() + WAIT_SECONDS
    while any(_listens(port) for port in ports):
        assert time.monotonic() < deadline, f"somebody still listens on one of {ports}"
        time.sleep(0.05)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


@pytest.mark.parametrize("attempt", ["first", "second"])
def test_a_database_holds_what_the_migrations_left_there(engine: Engine, attempt: str) -> None:
    """Whichever attempt comes later would see what the earlier one did."""
    with engine.connect() as connection:
        assert _count(connection, notes) == 0
        assert _count(connection, roles) > 0
        names = connection.scalars(select(periodic_jobs.c.name)).all()
    assert not {"first", "second"} & set(names)

    with engine.begin() as connection:
        connection.execute(role_permissions.delete())
        connection.execute(roles.delete())
        moment = datetime(2026, 1, 1, tzinfo=UTC)
        connection.execute(insert(periodic_jobs).values(name=attempt, next_at=moment))


def test_another_process_gets_a_database_of_its_own(engine: Engine, database_url: str) -> None:
    with engine.begin() as connection:
        connection.execute(role_permissions.delete())
        connection.execute(roles.delete())

    with closing(create_engine(database_url, poolclass=NullPool).connect()) as connection:
        assert _count(connection, roles) > 0


def test_the_shared_redis_answers(redis: RedisAddress) -> None:
    with Client.from_url(redis.url) as client:
        assert client.ping()
