"""What a process logs tells nothing of people, and opens nothing: no address, no token, no body."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, select, text

from provisioning.bearer_secrets import hashed
from provisioning.store import engine as engines
from provisioning.store.note_tables import set_aside_notes
from tests.servers.ports import free_port
from tests.serving import POLL_SECONDS, WAIT_SECONDS, Scim, directory_at

ROOT = Path(__file__).parents[2]
SECRETS = ("ines", "carvalho", "00u-secret", "r&d-secret")


@dataclass(slots=True)
class Process:
    """`provisioning dev` in a directory of its own, and a customer of it."""

    scim: Scim
    directory: Path
    log: Path

    def lines(self) -> list[dict[str, object]]:
        """What has been logged so far, apart from what the command line says to its user."""
        lines = self.log.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def wait_for(self, event: str) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not any(event in str(line) for line in self.lines()):
            assert time.monotonic() < deadline, f"{event!r} was never logged"
            time.sleep(POLL_SECONDS)


@contextmanager
def run(database_url: str, directory: Path, log: Path) -> Iterator[str]:
    """The address of `provisioning dev`, whose stdout and stderr are in `log`."""
    port = free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "service", "dev", "--port", str(port)],
            cwd=directory,
            env={
                "PYTHONPATH": str(ROOT),
                "PROVISIONING_DATABASE_URL": database_url,
                "PROVISIONING_LOG_FORMAT": "json",
            },
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + WAIT_SECONDS
        while not _is_ready(address):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(POLL_SECONDS)
        yield address
    finally:
        process.terminate()
        process.wait(WAIT_SECONDS)


def _is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz").status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture
def own_engine(database_url: str) -> Iterator[Engine]:
    engine = engines.create(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def process(database_url: str, own_engine: Engine, tmp_path: Path) -> Iterator[Process]:
    directory, log = tmp_path / "process", tmp_path / "log"
    directory.mkdir()
    with run(database_url, directory, log) as address, directory_at(address, own_engine) as scim:
        yield Process(scim, directory, log)


def assert_discreet(process: Process, *more: str) -> None:
    log = process.log.read_text().lower()
    token = process.scim.token
    for secret in (*SECRETS, token.lower(), token[-20:].lower(), hashed(token), *more):
        assert secret not in log, f"{secret} is in the log"


def person(**more: object) -> dict[str, object]:
    name = {"givenName": "Ines", "familyName": "Carvalho"}
    emails = [{"value": "ines@x.test"}]
    return {"userName": "ines@x.test", "name": name, "emails": emails, **more}


def test_a_working_day_is_logged_without_anybody_in_it(process: Process) -> None:
    client = process.scim.client
    user = client.post("/Users", json=person(externalId="00u-secret")).json()["id"]
    client.post("/Groups", json={"displayName": "R&D-secret", "members": [{"value": user}]})
    process.scim.settled()
    for path in (
        '/Users?filter=userName eq "ines@x.test"',
        "/Users/ines@x.test",
        "/Ines@x.test/ines@x.test",
        "/Users?attributes=ines@x.test&ines@x.test",
    ):
        client.get(path)
    client.post("/Users", json=person())
    client.post("/Users", content=b'{"userName": "ines@x.test')
    client.put(f"/Users/{user}", json=person(active="ines"))
    other = process.scim.address
    httpx.get(f"{other}/scim/v2/ines@x.test/Users")
    httpx.get(f"{other}/ines@x.test?token={process.scim.token}")
    httpx.request("INES", f"{other}/scim/v2/x/Users")
    for header in ("X-Request-Id", "Authorization", "User-Agent", "Prefer", "If-Match"):
        client.get("/Users", headers={header: "ines@x.test"})
    client.get("/Users", headers={"X-Request-Id": process.scim.token})

    client.get("/Users", headers={"X-Request-Id": "the-last-one"})
    process.wait_for("the-last-one")

    logged = [line for line in process.lines() if line["event"] == "request"]
    assert {line["status"] for line in logged} >= {200, 201, 400, 401, 404, 409}
    assert {line["directory_id"] for line in logged} == {process.scim.directory_id, ""}
    assert any(line["event"] == "drained" for line in process.lines())
    assert_discreet(process)


FORCED = {
    # What no code expects: the database refuses a row, and quotes it.
    "sqlite": """
        CREATE TRIGGER forced BEFORE INSERT ON {table} WHEN NEW.email IS NOT NULL
        BEGIN SELECT RAISE(ABORT, 'forced: ines@x.test, Carvalho'); END
    """,
    "postgresql": "ALTER TABLE {table} ADD CONSTRAINT forced CHECK (email = 'nobody')",
}


def test_what_the_database_refuses_is_logged_without_the_row(
    process: Process, own_engine: Engine
) -> None:
    forced = FORCED[own_engine.dialect.name]
    with own_engine.begin() as connection:
        connection.execute(text(forced.format(table="users")))

    # The drain fails.
    assert process.scim.client.post("/Users", json=person()).status_code == 201
    process.wait_for("a note was set aside")
    [aside] = [line for line in process.lines() if line["event"] == "a note was set aside"]
    assert "IntegrityError" in str(aside["exception"])
    assert "settling.py" in str(aside["exception"])
    process.scim.settled()
    with own_engine.connect() as connection:
        [kept] = connection.execute(select(set_aside_notes)).mappings()
    assert not any(secret in str(dict(kept)).lower() for secret in SECRETS)

    # The request fails.
    with own_engine.begin() as connection:
        connection.execute(text("DELETE FROM directory_users"))
        connection.execute(text(forced.format(table="directory_users").replace("forced ", "too ")))
    answer = process.scim.client.post("/Users", json=person())
    assert answer.status_code == 500
    assert answer.headers["x-request-id"] in answer.json()["detail"]
    assert "ines" not in answer.text.lower()
    process.wait_for("request failed")
    [failed] = [line for line in process.lines() if line["event"] == "request failed"]
    assert failed["request_id"] == answer.headers["x-request-id"]
    assert "IntegrityError" in str(failed["exception"])
    assert "directory_users.py" in str(failed["exception"])

    assert_discreet(process)
    left = {path.name for path in process.directory.rglob("*")}
    assert left <= {"var", "secret_key"}, "nor does a process leave files about"
