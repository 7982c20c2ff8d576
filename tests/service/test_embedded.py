"""Embedded mode from end to end: one process, and what an IdP says becomes roles."""

import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from provisioning import mappings
from provisioning.clock import now
from provisioning.store.note_tables import notes
from provisioning.store.people_tables import memberships, users
from provisioning.store.role_tables import grants, roles
from tests.serving import (
    NOWHERE,
    POLL_SECONDS,
    WAIT_SECONDS,
    Scim,
    application,
    count_notes,
    directory_at,
)


def effective(scim: Scim) -> dict[str, tuple[str, set[str]]]:
    """Of each address the status of the membership, and its roles."""
    found: dict[str, tuple[str, set[str]]] = {}
    with scim.engine.connect() as connection:
        for email, status, role in connection.execute(
            select(users.c.email, memberships.c.status, roles.c.name)
            .join(memberships, memberships.c.user_id == users.c.id)
            .outerjoin(
                grants,
                (grants.c.membership_id == memberships.c.id) & grants.c.revoked_at.is_(None),
            )
            .outerjoin(roles, roles.c.id == grants.c.role_id)
            .where(memberships.c.organization_id == scim.organization_id)
        ):
            found.setdefault(email, (status, set()))[1].add(role)
    return found


def declare(scim: Scim, group: str, role: str) -> None:
    with scim.engine.begin() as connection:
        mappings.declare(connection, scim.directory, group, role, actor="test", now=now())


def provision(scim: Scim, name: str, group: str) -> str:
    """A user alone in a group; the user's id."""
    user = scim.client.post("/Users", json={"userName": f"{name}@x.test"}).json()["id"]
    body = {"displayName": group, "members": [{"value": user}]}
    assert scim.client.post("/Groups", json=body).status_code == 201
    return str(user)


def test_a_mapped_group_becomes_a_role_and_leaving_takes_it_away(scim: Scim) -> None:
    declare(scim, "Admins", "admin")
    user = provision(scim, "ines", "Admins")
    scim.settled()
    assert effective(scim) == {"ines@x.test": ("active", {"admin", "member"})}

    change = {"Operations": [{"op": "replace", "value": {"active": False}}]}
    scim.client.patch(f"/Users/{user}", json=change)
    scim.settled()
    assert effective(scim)["ines@x.test"][0] == "suspended"

    scim.client.delete(f"/Users/{user}")
    scim.settled()
    assert effective(scim)["ines@x.test"][0] == "removed"


def test_the_idp_reads_what_it_wrote_while_nobody_loses_access(scim: Scim) -> None:
    people = 12  # more than the breaker lets go
    keys = [
        scim.client.post("/Users", json={"userName": f"{number}@x.test"}).json()["id"]
        for number in range(people)
    ]
    scim.settled()
    change = {"Operations": [{"op": "replace", "path": "active", "value": False}]}
    for key in keys:
        assert scim.client.patch(f"/Users/{key}", json=change).status_code == 200
    scim.settled()

    assert {status for status, _ in effective(scim).values()} == {"active"}
    assert {scim.client.get(f"/Users/{key}").json()["active"] for key in keys} == {False}
    out = scim.client.get("/Users", params={"filter": "active eq false"}).json()
    assert out["totalResults"] == people


def test_the_doorbell_is_heard_long_before_the_next_sweep(scim: Scim) -> None:
    """A sweep looks every five seconds, and only for notes that have waited for two."""
    scim.client.post("/Users", json={"userName": "first@x.test"})
    scim.settled()
    begun = time.monotonic()

    for number in range(10):
        scim.client.post("/Users", json={"userName": f"{number}@x.test"})
        scim.settled()

    assert time.monotonic() - begun < 5


def test_several_organizations_are_settled_apart(scim: Scim) -> None:
    with scim.a_second_directory() as other:
        declare(scim, "Admins", "admin")
        declare(other, "Admins", "guest")
        provision(scim, "ines", "Admins")
        provision(other, "omar", "Admins")
        scim.settled()

        assert effective(scim) == {"ines@x.test": ("active", {"admin", "member"})}
        assert effective(other) == {"omar@x.test": ("active", {"guest", "member"})}


@pytest.fixture
def left_behind(engine: Engine, tmp_path: Path) -> Scim:
    """What a process without workers wrote a minute ago, before it ended."""
    with (
        application(engine, tmp_path, broker_url=NOWHERE) as address,
        directory_at(address, engine) as scim,
    ):
        declare(scim, "Admins", "admin")
        provision(scim, "ines", "Admins")
        with engine.begin() as connection:
            connection.execute(update(notes).values(created_at=now() - timedelta(minutes=1)))
    return scim


def test_notes_that_nobody_heard_are_found_when_a_worker_comes(
    left_behind: Scim, tmp_path: Path
) -> None:
    assert count_notes(left_behind.engine) > 0
    assert effective(left_behind) == {}

    begun = time.monotonic()
    with application(left_behind.engine, tmp_path):
        left_behind.settled()
        assert time.monotonic() - begun < 4.5, "it looks at once; beat's first tick is after five"

    assert effective(left_behind) == {"ines@x.test": ("active", {"admin", "member"})}


def test_notes_that_are_written_while_the_worker_stops_wait_for_the_next(
    engine: Engine, tmp_path: Path
) -> None:
    """Whatever was answered has its note, and a start settles what a stop left."""
    with application(engine, tmp_path) as address, directory_at(address, engine) as scim:
        for number in range(30):
            scim.client.post("/Users", json={"userName": f"{number}@x.test"})
    with engine.begin() as connection:
        connection.execute(update(notes).values(created_at=now() - timedelta(minutes=1)))

    with application(engine, tmp_path):
        deadline = time.monotonic() + WAIT_SECONDS
        while len(effective(scim)) < 30:
            assert time.monotonic() < deadline
            time.sleep(POLL_SECONDS)
    assert set(effective(scim)) == {f"{number}@x.test" for number in range(30)}
