"""The supervisor, with real processes that end, hang, refuse to end, or leave others behind."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from signal import SIGKILL, SIGSTOP, SIGTERM

import pytest

from tests.command_line import ROOT
from tests.processes.supervising import PATIENCE

WAIT_SECONDS = 20
POLL_SECONDS = 0.02

# Each says its pid and when it was started, in one line of the file `started`.
SAYS = """
import os, pathlib, signal, subprocess, sys, time
with open("started", "a") as started:
    started.write(f"{os.getpid()} {time.monotonic()}\\n")
"""
ENDS = SAYS + "sys.exit(3)"
SWEEPS = SAYS + "while True: pathlib.Path('swept').touch(); time.sleep(0.05)"
REFUSES = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)" + SWEEPS
LEAVES = SAYS + (
    "pool = subprocess.Popen(['sleep', '600'])\npathlib.Path(f'pool-{os.getpid()}').write_text("
    "str(pool.pid))\nos._exit(1)"
)

Start = Callable[[str], subprocess.Popen[bytes]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """A supervisor over such a program."""
    running: list[subprocess.Popen[bytes]] = []
    (tmp_path / "swept").touch()
    (tmp_path / "started").touch()

    def start_one(program: str) -> subprocess.Popen[bytes]:
        supervised = [sys.executable, "-c", program]
        words = ["-m", "tests.processes.supervising", "swept", *supervised]
        path = f"PYTHONPATH={ROOT}"
        running.append(
            subprocess.Popen(
                ["env", path, sys.executable, *words], cwd=tmp_path, stderr=subprocess.DEVNULL
            )
        )
        return running[-1]

    yield start_one
    for supervisor in running:
        supervisor.terminate()  # not killed: it is the one who knows the group
        supervisor.wait(WAIT_SECONDS)


def starts(directory: Path) -> list[tuple[int, float]]:
    """(pid, moment) of each worker there has been."""
    lines = (directory / "started").read_text().splitlines()
    return [(int(pid), float(moment)) for pid, moment in map(str.split, lines)]


def wait_for_starts(directory: Path, count: int) -> Sequence[tuple[int, float]]:
    wait_until(lambda: len(starts(directory)) >= count)
    return starts(directory)


def wait_until(happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(POLL_SECONDS)


def lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_a_worker_that_ends_is_started_again_and_not_in_a_hurry(
    start: Start, tmp_path: Path
) -> None:
    start(ENDS)

    moments = [moment for _, moment in wait_for_starts(tmp_path, 3)]

    pauses = [later - earlier for earlier, later in pairwise(moments)]
    assert all(pause >= PATIENCE.before_restart for pause in pauses)


def test_a_worker_that_no_longer_sweeps_is_replaced(start: Start, tmp_path: Path) -> None:
    start(SWEEPS)
    ((stuck, _), *_) = wait_for_starts(tmp_path, 1)

    os.kill(stuck, SIGSTOP)  # deaf to SIGTERM, too
    wait_for_starts(tmp_path, 2)

    assert not lives(stuck)


def test_it_ends_when_told_and_its_worker_before_it(start: Start, tmp_path: Path) -> None:
    supervisor = start(SWEEPS)
    ((worker, _), *_) = wait_for_starts(tmp_path, 1)

    supervisor.send_signal(SIGTERM)

    assert supervisor.wait(WAIT_SECONDS) == 0
    assert not lives(worker)
    assert len(starts(tmp_path)) == 1


def test_a_worker_that_refuses_to_end_is_killed(start: Start, tmp_path: Path) -> None:
    supervisor = start(REFUSES)
    ((worker, _), *_) = wait_for_starts(tmp_path, 1)

    supervisor.send_signal(SIGTERM)

    assert supervisor.wait(WAIT_SECONDS) == 0
    assert not lives(worker)


def test_what_a_worker_leaves_behind_does_not_drain_on(start: Start, tmp_path: Path) -> None:
    start(LEAVES)
    ((worker, _), *_) = wait_for_starts(tmp_path, 2)

    assert not lives(int((tmp_path / f"pool-{worker}").read_text()))


def test_a_worker_does_not_outlive_its_supervisor(start: Start, tmp_path: Path) -> None:
    supervisor = start(SWEEPS)
    ((worker, _), *_) = wait_for_starts(tmp_path, 1)

    supervisor.send_signal(SIGKILL)

    wait_until(lambda: not lives(worker))
