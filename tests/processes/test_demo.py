"""`make demo`: two customers before one's eyes, then a server, and no trace after Ctrl-C."""

import os
import re
import time
from pathlib import Path
from signal import SIGINT, SIGKILL

import httpx

from tests import command_line
from tests.processes.family import POLL_SECONDS, Family
from tests.servers.ports import free_port

PLAYED_SECONDS = 60
END_SECONDS = 5
COLUMNS = ("person", "status", "role", "why")


def settings(data_dir: Path) -> dict[str, str]:
    return {"PROVISIONING_DATA_DIR": str(data_dir), "COLUMNS": "200"}


def play(directory: Path, data_dir: Path) -> Family:
    """At a port of its own: other tests' demos may be about to take the usual one."""
    return Family(directory, settings(data_dir), "demo", "--port", str(free_port()))


def address(demo: Family) -> str:
    """Where it serves, as it says when everything has been shown."""
    deadline = time.monotonic() + PLAYED_SECONDS
    while not (found := re.search(r"serving at (\S+) ", demo.said())):
        assert not demo.has_ended(), str(demo)
        assert time.monotonic() < deadline, str(demo)
        time.sleep(POLL_SECONDS)
    return found[1]


def is_answered(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=10, trust_env=False).is_success
    except httpx.TransportError:
        return False


def test_once_it_ends_with_the_table(data_dir: Path) -> None:
    shown = command_line.run(settings(data_dir), "demo", "--once")

    assert shown.status == 0, shown.err
    assert all(column in shown.out for column in COLUMNS)
    for words in (("Acme", "Okta"), ("Borealis", "Entra")):
        assert all(word in shown.out for word in words)
    assert re.search(r"active +│ owner +│ member of group 'Cloud Admins'", shown.out)


def test_it_serves_until_ctrl_c_twice_in_a_row(tmp_path: Path, data_dir: Path) -> None:
    for _ in range(2):
        with play(tmp_path, data_dir) as demo:
            url = address(demo)
            assert is_answered(url)

            demo.send(SIGINT)

            assert demo.status(END_SECONDS) == 0
            demo.assert_nobody_is_left()
            assert not is_answered(url)


def test_it_names_the_operators_page_and_a_key_for_it(tmp_path: Path, data_dir: Path) -> None:
    with play(tmp_path, data_dir) as demo:
        url = address(demo)
        deadline = time.monotonic() + PLAYED_SECONDS
        while not (key := re.search(r"prv_\S+", demo.said())):
            assert time.monotonic() < deadline, str(demo)
            time.sleep(POLL_SECONDS)

        page = httpx.get(f"{url}/console", timeout=10, trust_env=False)
        listed = httpx.get(
            f"{url}/v1/organizations",
            headers={"Authorization": f"Bearer {key[0]}"},
            timeout=10,
            trust_env=False,
        )

        assert f"{url}/console" in demo.said()
        assert page.headers["Content-Type"].startswith("text/html")
        assert [one["display_name"].split()[0] for one in listed.json()["data"]] == [
            "Acme",
            "Borealis",
        ]


def test_killed_it_leaves_no_server_behind(tmp_path: Path, data_dir: Path) -> None:
    with play(tmp_path, data_dir) as demo:
        url = address(demo)
        assert len(demo.members()) == 2

        demo.send(SIGKILL)

        demo.assert_nobody_is_left()
        assert not is_answered(url)


def test_it_says_so_when_its_server_dies(tmp_path: Path, data_dir: Path) -> None:
    with play(tmp_path, data_dir) as demo:
        address(demo)
        (server,) = demo.children()

        os.kill(server, SIGKILL)

        assert demo.status(END_SECONDS) == 1
        assert "provisioning: the server ended; see " in demo.said()


def test_two_at_once_do_not_meet(tmp_path: Path, data_dir: Path) -> None:
    with Family(tmp_path, settings(data_dir), "demo") as one:
        first = address(one)
        with Family(tmp_path, settings(data_dir), "demo") as other:
            second = address(other)

            assert first != second
            assert is_answered(first)
            assert is_answered(second)
