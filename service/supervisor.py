"""
Keeps a worker alive: starts it again when it ends, and ends it when it no longer works.

Celery 5.7.0 exits when Redis restarts under load (which is easier to live with than the silent
stall of earlier releases), and a worker can answer a ping and still not consume.
"""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType

import structlog

from provisioning.sweep import STALE_AFTER
from workers.orphans import die_with_parent

RESTART_SECONDS = 1.0
GRACE_SECONDS = 30.0
"""Longer than the worker's own soft shutdown (20 s)."""
WATCH_SECONDS = 10.0

log = structlog.get_logger(__name__)


class Supervisor:
    """
    Runs `command` until it is told to stop; `is_stuck` is asked every ten seconds, once the child
    has had the time to do its first sweep.
    """

    def __init__(self, command: Sequence[str], is_stuck: Callable[[], bool]) -> None:
        self._command = command
        self._is_stuck = is_stuck
        self._stopping = threading.Event()

    def run(self) -> None:
        """Returns after SIGTERM or SIGINT, when the child has ended."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        while not self._stopping.is_set():
            child = subprocess.Popen(  # noqa: S603 - our own command
                self._command, preexec_fn=die_with_parent, start_new_session=True
            )
            self._watch(child)
            if not self._stopping.is_set():
                log.warning("the worker ended; starting it again", status=child.returncode)
                self._stopping.wait(RESTART_SECONDS)

    def _watch(self, child: subprocess.Popen[bytes]) -> None:
        look_at = time.monotonic() + STALE_AFTER.total_seconds()
        while child.poll() is None:
            if self._stopping.wait(0.2):
                break
            if time.monotonic() > look_at:
                look_at = time.monotonic() + WATCH_SECONDS
                if self._is_stuck():
                    log.error("no sweep for a minute; ending the worker")
                    break
        _end(child)

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._stopping.set()


def command(*words: str) -> list[str]:
    """This program again, in a process of its own."""
    # SIGTERM then puts what a worker holds back into the queue at once; read when Celery is imported.
    return ["env", "REMAP_SIGTERM=SIGQUIT", sys.executable, "-m", "service", *words]


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
    child.wait()
