"""
Directories on running servers, on both engines.

`scim` has a server and a database to itself, with worker and beat inside; `endpoint` shares both
with other tests and has no workers, so that notes stay. The server is the one that customers run,
uvicorn with uvloop and httptools, on a loopback port in a thread of the test process: what a test
sees has gone over a socket.
"""

import secrets
import shutil
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
import uvicorn
from sqlalchemy import Engine, func, select
from starlette.types import ASGIApp

from provisioning import directories, organizations
from provisioning.clock import now
from provisioning.ids import DirectoryId, OrganizationId
from provisioning.store import engine as engines
from provisioning.store.directories import Directory
from provisioning.store.note_tables import notes
from service import asgi
from service.http_protocol import ScimHttpProtocol
from service.settings import Settings
from tests.servers import databases
from tests.servers.databases import DatabaseServer
from tests.servers.ports import LOOPBACK

ANSWER_SECONDS = 30
WAIT_SECONDS = 30
POLL_SECONDS = 0.01
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""httpx would read the machine's certificates for each client: most of a short test's time."""
NOWHERE = "redis://127.0.0.1:1/0"
"""A broker that never answers: nobody is told of the notes, and no request notices."""


@dataclass(frozen=True, slots=True)
class Scim:
    """One directory and its customer's side of the wire."""

    address: str
    """Of the server: scheme, host and port."""
    engine: Engine
    """The test's own connections to the database that the server uses."""
    directory: Directory
    token: str
    client: httpx.Client
    """Sends the token; its paths begin after `base_url`."""

    @property
    def base_url(self) -> str:
        return scim_base_url(self.address, self.directory)

    @property
    def organization_id(self) -> OrganizationId:
        return self.directory.organization_id

    @property
    def directory_id(self) -> DirectoryId:
        return self.directory.id

    @contextmanager
    def a_second_directory(self, *, of_the_same: bool = False) -> Iterator["Scim"]:
        """On the same server: another organization's, or a second one `of_the_same`."""
        organization_id = self.organization_id if of_the_same else None
        with directory_at(self.address, self.engine, organization_id) as second:
            yield second

    def settled(self) -> None:
        """Returns when the workers have nothing left to do, for whatever organization."""
        deadline = time.monotonic() + WAIT_SECONDS
        while (left := count_notes(self.engine)) > 0:
            assert time.monotonic() < deadline, f"{left} notes are not settled"
            time.sleep(POLL_SECONDS)


@pytest.fixture
def scim(engine: Engine, tmp_path: Path) -> Iterator[Scim]:
    with application(engine, tmp_path) as address, directory_at(address, engine) as directory:
        yield directory


@pytest.fixture
def endpoint(dialect: str, request: pytest.FixtureRequest) -> Iterator[Scim]:
    address, engine = request.getfixturevalue(f"{dialect}_endpoint")
    with directory_at(address, engine) as directory:
        yield directory


@pytest.fixture(scope="session")
def sqlite_endpoint(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Engine]]:
    directory = tmp_path_factory.mktemp("endpoint")
    shutil.copyfile(sqlite_template, directory / "endpoint.sqlite3")
    with _shared_endpoint(f"sqlite:///{directory}/endpoint.sqlite3", directory) as shared:
        yield shared


@pytest.fixture(scope="session")
def postgresql_endpoint(
    postgresql: DatabaseServer, postgresql_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Engine]]:
    with (
        databases.temporary(postgresql, postgresql_template) as name,
        _shared_endpoint(postgresql.url(name), tmp_path_factory.mktemp("endpoint")) as shared,
    ):
        yield shared


@contextmanager
def _shared_endpoint(database_url: str, data_dir: Path) -> Iterator[tuple[str, Engine]]:
    engine = engines.create(database_url)
    with application(engine, data_dir, broker_url=NOWHERE) as address:
        yield address, engine
    engine.dispose()


@contextmanager
def application(
    engine: Engine, data_dir: Path, *, broker_url: str | None = None, **more: Any
) -> Iterator[str]:
    """
    The address of the web application on the database of `engine`; embedded by default. `more` are
    further settings.
    """
    with listener() as listening:
        host, port = listening.getsockname()
        settings = Settings(
            database_url=engine.url.render_as_string(hide_password=False),
            broker_url=broker_url,
            public_url=address_of(listening),
            host=host,
            port=port,
            data_dir=data_dir,
            web_processes=1,
            threads=4,
            log_format="json",
            secret_key="of tests, and long enough to be one",
            allow_loopback=True,
            **more,
        )
        with running(asgi.build(settings), listening):
            yield settings.public_url


@contextmanager
def running(
    app: ASGIApp, listening: socket.socket, *, lifespan: Literal["on", "off"] = "on"
) -> Iterator[None]:
    """`app` is answered from when the block begins, and has shut down when it has ended."""
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=ScimHttpProtocol,
        lifespan=lifespan,
        log_config=None,
        access_log=False,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],), name="server")
    thread.start()
    try:
        deadline = time.monotonic() + WAIT_SECONDS
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            assert time.monotonic() < deadline, "the server does not start"
            time.sleep(POLL_SECONDS)
        yield
    finally:
        server.should_exit = True
        thread.join(WAIT_SECONDS)
        assert not thread.is_alive(), "the server does not stop"


@contextmanager
def listener() -> Iterator[socket.socket]:
    """On a free port, which is so known before the application is built."""
    with socket.create_server((LOOPBACK, 0)) as listening:
        yield listening


def address_of(listening: socket.socket) -> str:
    host, port = listening.getsockname()
    return f"http://{host}:{port}"


def scim_base_url(address: str, directory: Directory) -> str:
    return f"{address}/scim/v2/{directory.id}"


@contextmanager
def directory_at(
    address: str, engine: Engine, organization_id: OrganizationId | None = None
) -> Iterator[Scim]:
    """
    A directory with one token, in the database of the server there; without `organization_id`
    of a new organization.
    """
    moment = now()
    with engines.transaction(engine) as connection:
        name = f"Customer {secrets.token_hex(4)}"
        if organization_id is None:
            organization_id = organizations.create(connection, name, moment, actor="test").id
        directory = directories.create(
            connection, organization_id, "generic", name, moment, actor="test"
        )
        _, token = directories.issue_token(connection, directory, moment, actor="test")
    with client_of(address, directory, f"Bearer {token}") as client:
        yield Scim(address, engine, directory, token, client)


def client_of(address: str, directory: Directory, authorization: str | None) -> httpx.Client:
    """One that says this in its Authorization header, or nothing."""
    return httpx.Client(
        base_url=scim_base_url(address, directory),
        headers={} if authorization is None else {"Authorization": authorization},
        timeout=ANSWER_SECONDS,
        verify=NO_TLS,
    )


def count_notes(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(notes)).scalar_one()
