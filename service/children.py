"""This program again in processes of its own, gone at the end, whatever happens."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from service.failed import Failed
from workers.orphans import die_with_parent

LOOPBACK = "127.0.0.1"
READY_SECONDS = 30
STOP_SECONDS = 5
_POLL_SECONDS = 0.05
_TAIL_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Child:
    """A running process, and where its stderr goes."""

    process: subprocess.Popen[bytes]
    log: Path


@contextmanager
def running(module: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[Child]:
    """`python -m <module …>` with these variables, in a session and process group of its own."""
    given = [f"{name}={value}" for name, value in environment.items()]
    with log.open("wb") as errors:
        process = subprocess.Popen(  # noqa: S603 - our own command
            # By its name, since POSIX promises no place.
            ["env", *given, sys.executable, "-m", *module],  # noqa: S607
            stdout=errors,
            stderr=errors,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - a system call, and nothing else
            start_new_session=True,
        )
    try:
        yield Child(process, log)
    finally:
        _end(process)


def wait_until_ready(child: Child, url: str, *marks: str) -> None:
    """
    Returns when a GET of `url` is 200 and each of `marks` is true in the JSON object it answers.
    Raises `Failed`.
    """
    deadline = time.monotonic() + READY_SECONDS
    with httpx.Client(trust_env=False) as client:
        while time.monotonic() < deadline and child.process.poll() is None:
            with suppress(httpx.TransportError):
                answer = client.get(url)
                if answer.status_code == httpx.codes.OK and all(
                    answer.json()[mark] for mark in marks
                ):
                    return
            time.sleep(_POLL_SECONDS)
    raise Failed(
        f"{url} does not answer: {child.log.read_text(errors='replace')[-_TAIL_CHARACTERS:]}"
    )


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):  # nobody of the group is left
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
