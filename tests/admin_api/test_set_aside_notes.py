"""Notes that were set aside, by the admin API: who waits, why, and trying them now."""

import pytest
from sqlalchemy import insert

from provisioning import ids
from provisioning.clock import now
from provisioning.store import note_tables
from tests.admin_serving import Admin, problem
from tests.tenant import Tenant, found

KEYS = sorted(ids.new(ids.DIRECTORY_USER) for _ in range(3))


@pytest.fixture
def acme(admin: Admin) -> Tenant:
    """Three people could not be settled."""
    acme = found(admin.engine, "Acme of set-aside notes")
    note = {
        "organization_id": acme.organization_id,
        "directory_id": acme.directory.id,
        "kind": "user",
        "error": "DataError",
        "reason": "22003",
        "attempts": 7,
        "set_aside_at": now(),
        "next_at": now(),
    }
    with admin.engine.begin() as connection:
        for key in KEYS:
            connection.execute(insert(note_tables.set_aside_notes).values(**note, key=key))
    return acme


def test_they_are_listed_page_by_page(admin: Admin, acme: Tenant) -> None:
    path = f"/organizations/{acme.organization_id}/set-aside-notes"
    first = admin.get(path, limit=2)
    second = admin.get(path, limit=2, after=first["list_metadata"]["after"])

    assert [note["key"] for note in (*first["data"], *second["data"])] == KEYS
    assert {name: first["data"][0][name] for name in ("kind", "error", "reason", "attempts")} == {
        "kind": "user",
        "error": "DataError",
        "reason": "22003",
        "attempts": 7,
    }


def test_a_group_and_its_members_are_one_subject(admin: Admin, acme: Tenant) -> None:
    path = f"/organizations/{acme.organization_id}/set-aside-notes"
    with admin.engine.begin() as connection:
        group = acme.rows(note_tables.set_aside_notes)[0] | {"key": ids.new(ids.DIRECTORY_GROUP)}
        for kind in ("group", "group_members"):
            connection.execute(insert(note_tables.set_aside_notes).values(**group | {"kind": kind}))

    kinds = [note["kind"] for note in admin.get(path)["data"] if note["key"] == group["key"]]
    again = admin.client.post(f"{path}/retry", json={"key": group["key"]})

    assert kinds == ["group"]
    assert again.json() == {"retried": 2}


def test_they_are_tried_now_one_or_all(admin: Admin, acme: Tenant) -> None:
    path = f"/organizations/{acme.organization_id}/set-aside-notes"

    one = admin.client.post(f"{path}/retry", json={"key": KEYS[0]})
    everybody = admin.client.post(f"{path}/retry", json={})
    nobody = admin.client.post(f"{path}/retry", json={"key": "diruser_0"})

    assert (one.status_code, one.json()) == (202, {"retried": 1})
    assert everybody.json() == {"retried": 3}
    assert problem(nobody) == (404, "not_found")
