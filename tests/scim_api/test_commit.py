"""What was rolled back was never there."""

import sqlite3
from typing import Any

import pytest
from sqlalchemy import Engine, event, exc

from tests.scim_api.alone import serve
from tests.serving import directory_at


def change(path: str, value: str) -> dict[str, Any]:
    return {"Operations": [{"op": "replace", "path": path, "value": value}]}


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_a_change_that_could_not_be_committed_is_part_of_no_other(engine: Engine) -> None:
    """PostgreSQL commits a change with its statement; SQLite may find its disk full after it."""

    def fail(_: object) -> None:
        raise exc.OperationalError("COMMIT", {}, sqlite3.OperationalError("disk I/O error"))

    with serve(engine) as address, directory_at(address, engine) as scim:
        user = scim.client.post("/Users", json={"userName": "ines@x.test"}).json()
        place = f"/Users/{user['id']}"
        event.listen(engine, "commit", fail)
        lost = scim.client.patch(place, json=change("title", "CEO"))
        event.remove(engine, "commit", fail)
        kept = scim.client.patch(place, json=change("nickName", "x" * 5000))
        last = scim.client.patch(place, json=change("locale", "pt"))
        found = scim.client.get(place).json()

    assert [one.status_code for one in (lost, kept, last)] == [503, 200, 200]
    assert found["nickName"] == "x" * 5000
    assert "title" not in found
