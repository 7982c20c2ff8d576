"""The servers of a test run, and a migrated database for each test, on both engines."""

import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Engine, QueuePool

from provisioning.store import engine as engines
from provisioning.store import schema
from tests.servers import databases, directories, dns_programs, rows
from tests.servers.databases import DatabaseServer, Elsewhere
from tests.servers.postgresql import PostgreSQL
from tests.servers.redis import Redis

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # As shells start what is in the background. Our children would ignore Ctrl-C, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes is the machine's business.
settings.register_profile("unhurried", settings(), deadline=None)
settings.load_profile("unhurried")

pytest_plugins = ["tests.serving", "tests.admin_serving", "tests.domain_world", "tests.dns_trees"]


def pytest_report_header() -> str:
    return dns_programs.described()


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """`url` of a Redis that all tests of the run share; keys of different tests must not meet."""

    url: str


@pytest.fixture(scope="session")
def postgresql() -> Iterator[DatabaseServer]:
    """The run's PostgreSQL. To crash one, make another: `PostgreSQL(server_directory)`."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield Elsewhere(url)
        return
    with directories.temporary() as directory, PostgreSQL(directory) as server:
        yield server


@pytest.fixture(scope="session")
def redis() -> Iterator[RedisAddress]:
    """The run's Redis. To crash one, make another: `Redis(server_directory)`."""
    if url := os.environ.get("TEST_REDIS_URL"):
        yield RedisAddress(url)
        return
    with directories.temporary() as directory, Redis(directory) as server:
        yield RedisAddress(server.url)


@pytest.fixture
def server_directory() -> Iterator[Path]:
    """Where a test puts a server of its own: unlike `tmp_path`, one that PostgreSQL may enter."""
    with directories.temporary() as directory:
        yield directory


@pytest.fixture(params=["sqlite", "postgresql"])
def dialect(request: pytest.FixtureRequest) -> str:
    """What asks for a database is tested on both; neither is ever left out."""
    return str(request.param)


@pytest.fixture
def engine(dialect: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A migrated database that holds what the migrations put there, and nothing else."""
    if dialect == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        made = engines.create(_copied(template, tmp_path / "engine.sqlite3"))
        yield made
        in_use = _connections_in_use(made)
        made.dispose()
    else:
        made, seeds = request.getfixturevalue("postgresql_engine")
        rows.restore(made, seeds)
        yield made
        in_use = _connections_in_use(made)
    assert in_use == 0, f"{in_use} connections were never given back"


@pytest.fixture
def database_url(dialect: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A migrated database of one's own: for other processes, and for what changes its schema."""
    if dialect == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        yield _copied(template, tmp_path / "database.sqlite3")
        return
    server: DatabaseServer = request.getfixturevalue("postgresql")
    template = request.getfixturevalue("postgresql_template")
    with databases.temporary(server, template) as name:
        yield server.url(name)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "migrated.sqlite3"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_template(postgresql: DatabaseServer) -> Iterator[str]:
    with databases.temporary(postgresql) as name:
        _migrate(postgresql.url(name))
        yield name


@pytest.fixture(scope="session")
def postgresql_engine(
    postgresql: DatabaseServer, postgresql_template: str
) -> Iterator[tuple[Engine, rows.Seeds]]:
    """One pool for the run: a new one for each test would compile every statement again."""
    with databases.temporary(postgresql, postgresql_template) as name:
        made = engines.create(postgresql.url(name))
        yield made, rows.remember(made)
        made.dispose()


def _connections_in_use(engine: Engine) -> int:
    assert isinstance(engine.pool, QueuePool)
    return engine.pool.checkedout()


def _copied(template: Path, path: Path) -> str:
    shutil.copyfile(template, path)
    return f"sqlite:///{path}"


def _migrate(url: str) -> None:
    migrating = engines.create(url)
    schema.upgrade(migrating)
    migrating.dispose()  # a template is copied, so nobody may be connected
