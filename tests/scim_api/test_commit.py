"""What was rolled back was never there."""

import sqlite3
from typing import Any

import pytest
from sqlalchemy import Engine, event, exc

from scim_api.app import ScimApp
from tests.serving import address_of, directory_at, listener, running


def change(path: str, value: str) -> dict[str, Any]:
    return {"Operations": [{"op": "replace", "path": path, "value": value}]}


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_a_change_that_could_not_be_committed_is_part_of_no_other(engine: Engine) -> None:
    """PostgreSQL commits a change with its statement; SQLite may find its disk full after it."""

    def fail(_: object) -> None:
        raise exc.OperationalError("COMMIT", {}, sqlite3.OperationalError("disk I/O error"))

    with listener() as listening:
        address = address_of(listening)
        app = ScimApp(engine, public_url=address, ring=lambda _: None, threads=2)
        with (
            running(app, listening, lifespan="off"),
            directory_at(address, engine) as directory,
        ):
            client = directory.client
            user = client.post("/Users", json={"userName": "ines@x.test"}).json()
            place = f"/Users/{user['id']}"
            event.listen(engine, "commit", fail)
            lost = client.patch(place, json=change("title", "CEO"))
            event.remove(engine, "commit", fail)
            kept = client.patch(place, json=change("nickName", "x" * 5000))
            last = client.patch(place, json=change("locale", "pt"))
            found = client.get(place).json()
        app.close()

    assert [one.status_code for one in (lost, kept, last)] == [503, 200, 200]
    assert found["nickName"] == "x" * 5000
    assert "title" not in found
