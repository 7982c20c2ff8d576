"""What Prometheus reads."""

import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families as parse
from sqlalchemy import Connection, insert, text, update

from provisioning import ids
from provisioning.clock import now
from provisioning.store import engine as engines
from provisioning.store import note_tables
from provisioning.store.admin_tables import invitations, outgoing_mails
from provisioning.sweep import sweep
from tests import signing_in
from tests.serving import NOWHERE, Scim, application, directory_at

REQUESTS = "scim_requests_total"


def metrics(address: str) -> dict[str, float]:
    """Each by its name; of those with labels the sum."""
    found: dict[str, float] = {}
    answer = httpx.get(f"{address}/metrics", timeout=10, trust_env=False)
    assert answer.status_code == 200
    for family in parse(answer.text):
        for sample in family.samples:
            found[sample.name] = found.get(sample.name, 0) + sample.value
    return found


@pytest.fixture
def workerless(database_url: str, tmp_path: Path) -> Iterator[Scim]:
    """A web process that has no workers: notes stay. In a database of its own."""
    engine = engines.create(database_url)
    with (
        application(engine, tmp_path, broker_url=NOWHERE) as address,
        directory_at(address, engine) as scim,
    ):
        yield scim
    engine.dispose()


def test_a_web_process_tells_how_far_the_workers_are_behind(workerless: Scim) -> None:
    engine = workerless.engine
    for number in range(3):
        workerless.client.post("/Users", json={"userName": f"{number}@x.test"})
    with engine.begin() as connection:
        connection.execute(
            update(note_tables.notes).values(created_at=now() - timedelta(minutes=10))
        )
        connection.execute(
            insert(note_tables.set_aside_notes).values(
                organization_id=workerless.organization_id,
                directory_id=workerless.directory_id,
                kind="user",
                key="diruser_1",
                error="CheckViolation",
                reason="23514",
                attempts=1,
                set_aside_at=now(),
                next_at=now() + timedelta(minutes=1),
            )
        )
    assert "provisioning_last_sweep_seconds" not in metrics(workerless.address)
    sweep(engine, now() - timedelta(minutes=20), lambda _: None)

    found = metrics(workerless.address)

    assert found["provisioning_ready"] == 1
    assert found["provisioning_waiting_notes"] == 3
    assert 600 <= found["provisioning_oldest_note_seconds"] < 700
    assert found["provisioning_set_aside_notes"] == 1
    assert 1200 <= found["provisioning_last_sweep_seconds"] < 1300
    assert found[REQUESTS] >= 3


def test_e_mail_that_waits_or_was_given_up_is_counted(workerless: Scim) -> None:
    mails: list[str] = []
    with engines.transaction(workerless.engine) as connection:
        # waiting, tried again, sent, given up, given up and sent again, of one that was revoked
        for tries in ("w", "r", "s", "g", "gw", "g"):
            mails += [invite(connection, workerless.organization_id, tries)]
        connection.execute(
            update(invitations).where(invitations.c.id == mails[-1]).values(status="revoked")
        )

    found = metrics(workerless.address)

    assert found["provisioning_waiting_mails"] == 3
    assert found["provisioning_given_up_mails"] == 1


def invite(connection: Connection, organization_id: str, mails: str) -> str:
    """A pending invitation and what has become of its e-mails, a letter each."""
    invitation_id = signing_in.invite(connection, organization_id, f"{secrets.token_hex(4)}@x.test")
    for letter in mails:
        connection.execute(
            insert(outgoing_mails).values(
                id=ids.new(ids.MAIL),
                organization_id=organization_id,
                invitation_id=invitation_id,
                created_at=now(),
                next_at=now() if letter in "wr" else None,
                sent_at=now() if letter == "s" else None,
                problem="550 no such user" if letter in "rg" else None,
            )
        )
    return invitation_id


def test_of_a_database_that_will_not_do_nothing_is_made_up(workerless: Scim) -> None:
    with workerless.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))

    found = metrics(workerless.address)

    assert found["provisioning_ready"] == 0
    assert "provisioning_oldest_note_seconds" not in found
