"""
A process of the command line with everything that it starts, however deep and in whatever session.

All of them inherit a variable that nobody else has, and Linux shows a process's first environment
in /proc: no child escapes by leading a group of its own, or by losing its parent.
"""

import os
import secrets
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL, SIGSTOP, Signals
from typing import Self

from tests import command_line
from tests.command_line import Settings
from tests.servers.process import Process

POLL_SECONDS = 0.02
_LOG_TAIL_CHARACTERS = 3_000


class _Started(Process):
    def status(self, seconds: float) -> int:
        return self._process.wait(seconds)


class Family:
    """Ends with the test process at the latest."""

    def __init__(self, directory: Path, settings: Settings, *words: str) -> None:
        self.words = words
        self._mark = f"TEST_FAMILY={secrets.token_hex(8)}"
        self._log = directory / f"{words[0]}-{self._mark[-6:]}.log"
        name, _, value = self._mark.partition("=")
        self._is_buried = False
        self._process = _Started(
            [str(word) for word in command_line.arguments({**settings, name: value}, *words)],
            log=self._log,
            farewell=SIGKILL,
            identity={},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def __str__(self) -> str:
        return f"{' '.join(self.words)}: {self.said()[-_LOG_TAIL_CHARACTERS:]}"

    @property
    def pid(self) -> int:
        """Of the process that was started."""
        return self._process.pid

    def said(self) -> str:
        """Everything on stdout and stderr."""
        return self._log.read_text(errors="replace")

    def members(self) -> dict[int, int]:
        """The pid of each that lives, and its parent's."""
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # ended meanwhile, or somebody else's
                if self._mark.encode() not in (entry / "environ").read_bytes().split(b"\0"):
                    continue
                # "pid (name) state ppid …", and the name may hold anything
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
                if state != "Z":
                    found[int(entry.name)] = int(parent)
        return found

    def children(self, parent: int | None = None) -> list[int]:
        """Of `parent`, or of the process that was started."""
        wanted = self.pid if parent is None else parent
        return [pid for pid, of in self.members().items() if of == wanted]

    def send(self, how: Signals) -> None:
        """To the process that was started, and to no other."""
        os.kill(self.pid, how)

    def kill(self) -> None:
        """SIGKILL for every one of them, and none of them has the time to react to another's."""
        for how in (SIGSTOP, SIGKILL):
            for pid in self.members():
                with suppress(ProcessLookupError):
                    os.kill(pid, how)
        if not self._is_buried:
            self._is_buried = True
            self._process.kill()

    def has_ended(self) -> bool:
        return self._process.has_ended()

    def status(self, seconds: float) -> int:
        """The exit status, negative for a signal, of a process that ends within so many seconds."""
        try:
            return self._process.status(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"after {seconds} s there still is {self}") from None

    def assert_nobody_is_left(self, seconds: float = 1) -> None:
        deadline = time.monotonic() + seconds
        while left := self.members():
            assert time.monotonic() < deadline, f"{left} are left of {self}"
            time.sleep(POLL_SECONDS)
