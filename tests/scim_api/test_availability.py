"""A database that goes away and comes back: 503 in between, and nothing is claimed or lost."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from provisioning.store import engine as engines
from provisioning.store import schema
from tests.scim_errors import refusal
from tests.servers.postgresql import PostgreSQL
from tests.serving import NOWHERE, POLL_SECONDS, WAIT_SECONDS, Scim, application, directory_at


@pytest.fixture
def own_postgresql(server_directory: Path) -> Iterator[PostgreSQL]:
    with PostgreSQL(server_directory) as server:
        yield server


@pytest.fixture
def own_scim(own_postgresql: PostgreSQL, tmp_path: Path) -> Iterator[Scim]:
    engine = engines.create(own_postgresql.url("postgres"))
    schema.upgrade(engine)
    with (
        application(engine, tmp_path, broker_url=NOWHERE) as address,
        directory_at(address, engine) as scim,
    ):
        yield scim
    engine.dispose()


def readiness(scim: Scim) -> int:
    return httpx.get(f"{scim.address}/readyz", timeout=WAIT_SECONDS).status_code


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_an_idp_is_told_to_come_again_until_the_database_is_back(
    own_postgresql: PostgreSQL, own_scim: Scim, how: str
) -> None:
    client = own_scim.client
    user = client.post("/Users", json={"userName": "before@x.test"}).json()
    assert readiness(own_scim) == 200

    if how == "stop":
        own_postgresql.stop()
    else:
        own_postgresql.kill()
    with ThreadPoolExecutor(6) as threads:
        bodies = [{"userName": f"away-{number}@x.test"} for number in range(12)]
        answers = list(threads.map(lambda body: client.post("/Users", json=body), bodies))
    answers += [client.get("/Users"), client.delete(f"/Users/{user['id']}")]
    for answer in answers:
        assert refusal(answer) == (503, None)
        assert answer.headers["retry-after"].isdigit(), "Okta reads whole seconds only"
    assert readiness(own_scim) == 503
    assert httpx.get(f"{own_scim.address}/healthz").status_code == 200
    assert httpx.get(f"{own_scim.base_url}/ServiceProviderConfig").status_code == 200

    own_postgresql.start()
    deadline = time.monotonic() + WAIT_SECONDS
    while client.post("/Users", json={"userName": "after@x.test"}).status_code != 201:
        assert time.monotonic() < deadline
        time.sleep(POLL_SECONDS)
    names = {found["userName"] for found in client.get("/Users").json()["Resources"]}
    assert names == {"before@x.test", "after@x.test"}
    assert readiness(own_scim) == 200
