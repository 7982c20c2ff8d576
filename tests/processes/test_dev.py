"""`provisioning dev`: starts, refuses in a sentence, and ends without a trace when told to."""

import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGINT

import pytest

from provisioning import mappings
from provisioning.clock import now
from provisioning.ids import OrganizationId
from provisioning.store import engine as engines
from provisioning.store import memberships
from provisioning.store.engine import transaction
from provisioning.store.pages import Cut
from tests import command_line
from tests.oracle import differences
from tests.processes.family import POLL_SECONDS, Family
from tests.processes.installation import Web, ready
from tests.processes.writing import GROUP, ROLE, Writer
from tests.servers.ports import LOOPBACK, free_port
from tests.serving import count_notes, directory_at

READY_SECONDS = 30
END_SECONDS = 5
ATTEMPTS = 10


@contextmanager
def dev(data_dir: Path, port: int | None = None, **more: str) -> Iterator[Web]:
    """Ready, with its first sweep done."""
    listening = port or free_port()
    data_dir.mkdir(exist_ok=True)
    given = {**settings(data_dir), **more}
    with Family(data_dir, given, "dev", "--port", str(listening)) as family:
        web = Web(listening, family)
        deadline = time.monotonic() + READY_SECONDS
        while not ready(web)["workers"]:
            assert time.monotonic() < deadline, str(family)
            time.sleep(POLL_SECONDS)
        yield web


def settings(data_dir: Path) -> dict[str, str]:
    return {"PROVISIONING_DATA_DIR": str(data_dir)}


def test_ctrl_c_ends_it_with_success_and_nobody_is_left(data_dir: Path) -> None:
    with dev(data_dir) as web:
        web.family.send(SIGINT)

        assert web.family.status(END_SECONDS) == 0
        web.family.assert_nobody_is_left()


def test_it_works_a_second_time_with_what_the_first_one_kept(data_dir: Path) -> None:
    port = free_port()
    with dev(data_dir, port) as web:
        made = command_line.ask(settings(data_dir), "organization", "create", "Acme")
        web.family.send(SIGINT)
        web.family.status(END_SECONDS)

    with dev(data_dir, port):
        (found,) = command_line.ask(settings(data_dir), "organization", "list")

    assert found == made


def test_a_port_that_is_taken_is_told_in_a_sentence(data_dir: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as other:
        port = other.getsockname()[1]
        refused = command_line.run(settings(data_dir), "dev", "--port", str(port))

    assert (refused.status, refused.out) == (1, "")
    assert refused.err.startswith(f"provisioning: cannot listen on {LOOPBACK}:{port}: ")
    assert refused.err.count("\n") == 1


def test_a_port_that_other_commands_do_not_know_is_told_once(data_dir: Path) -> None:
    with dev(data_dir) as web:
        (told,) = [line for line in web.family.said().splitlines() if "other commands" in line]
    setting = f"PROVISIONING_LISTEN={LOOPBACK}:{web.port}"
    assert setting in told
    assert "PROVISIONING_PUBLIC_URL" in told

    name, _, value = setting.partition("=")
    known = {**settings(data_dir), name: value}
    organization = command_line.ask(known, "organization", "create", "Acme")["id"]
    create = ("directory", "create", "--organization", organization, "--type", "okta")
    base_url = command_line.ask(known, *create)["scim_base_url"]
    assert base_url.startswith(f"{web.address}/scim/v2/")


@pytest.mark.parametrize(
    ("name", "value"),
    [("PROVISIONING_LISTEN", "{host}:{port}"), ("PROVISIONING_PUBLIC_URL", "https://scim.example")],
)
def test_a_port_that_other_commands_need_not_know_is_not_told(
    data_dir: Path, name: str, value: str
) -> None:
    port = free_port()
    with dev(data_dir, port, **{name: value.format(host=LOOPBACK, port=port)}) as web:
        assert "other commands" not in web.family.said()


def test_what_it_had_not_settled_when_it_was_killed_is_settled_when_it_starts_again(
    data_dir: Path,
) -> None:
    port = free_port()
    engine = engines.create(f"sqlite:///{data_dir / 'provisioning.db'}")
    people: Counter[OrganizationId] = Counter()
    for _ in range(ATTEMPTS):
        with dev(data_dir, port) as web, directory_at(web.address, engine) as scim:
            with transaction(engine) as connection:
                mappings.declare(connection, scim.directory, GROUP, ROLE, actor="test", now=now())
            with Writer(web.address, scim.directory, scim.token) as writer:
                writer.wait_for(30)
            web.family.kill()
        people[scim.organization_id] = writer.people
        if count_notes(engine):
            break
    assert count_notes(engine) > 0, "the worker was always faster than the kill"

    with dev(data_dir, port) as web:
        deadline = time.monotonic() + READY_SECONDS
        while count_notes(engine):
            assert time.monotonic() < deadline, str(web.family)
            time.sleep(POLL_SECONDS)

    for organization_id, written in people.items():
        assert differences(engine, organization_id) == []
        with engine.connect() as connection:
            found = memberships.listing(connection, organization_id, Cut(limit=1000))
            assert len(found.items) == written
    engine.dispose()
