"""
Keeps a worker alive: starts it again when it ends, and ends it when it no longer works.

Celery 5.7.0 exits when Redis restarts under load (which is easier to live with than the silent
stall of earlier releases), and a worker can answer a ping and still not consume.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType

import structlog

from provisioning.sweep import STALE_AFTER
from workers.orphans import die_with_parent

_POLL_SECONDS = 0.2

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long the supervisor waits, in seconds."""

    before_restart: float = 1.0
    """A worker that ends at once, again and again, must not take the processor."""
    before_first_look: float = STALE_AFTER.total_seconds()
    """The time for a first sweep."""
    between_looks: float = 10.0
    before_kill: float = 30.0
    """Longer than the worker's own soft shutdown (20 s)."""


class Supervisor:
    """Runs `command` until it is told to stop, and starts it again when it ends or `is_stuck`."""

    def __init__(
        self,
        command: Sequence[str],
        is_stuck: Callable[[], bool],
        patience: Patience = Patience(),
    ) -> None:
        self._command = command
        self._is_stuck = is_stuck
        self._patience = patience
        self._stopping = threading.Event()

    def run(self) -> None:
        """Returns after SIGTERM or SIGINT, when the child has ended."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        while not self._stopping.is_set():
            child = subprocess.Popen(  # noqa: S603 - our own command
                self._command,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - there is no other thread here
                start_new_session=True,
            )
            self._watch(child)
            self._end(child)
            if not self._stopping.is_set():
                log.warning("the worker ended; starting it again", status=child.returncode)
                self._stopping.wait(self._patience.before_restart)

    def _watch(self, child: subprocess.Popen[bytes]) -> None:
        """Returns when the child has ended, or should."""
        look_at = time.monotonic() + self._patience.before_first_look
        while child.poll() is None:
            if self._stopping.wait(_POLL_SECONDS):
                return
            if time.monotonic() > look_at:
                look_at = time.monotonic() + self._patience.between_looks
                if self._is_stuck():
                    log.error("the worker no longer sweeps; ending it")
                    return

    def _end(self, child: subprocess.Popen[bytes]) -> None:
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                child.wait(self._patience.before_kill)
        # Its group, too: where the kernel does not do it, processes of the pool would live on.
        with suppress(ProcessLookupError, PermissionError):  # macOS: only zombies are left
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._stopping.set()


def command(*words: str) -> list[str]:
    """This program again, in a process of its own."""
    # SIGTERM then puts what a worker holds back into the queue at once. Celery reads it when it is
    # imported.
    return ["env", "REMAP_SIGTERM=SIGQUIT", sys.executable, "-m", "service", *words]
