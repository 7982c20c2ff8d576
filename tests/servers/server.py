"""What PostgreSQL and Redis have in common: they start, answer, stop, crash, and start again."""

import time
from abc import ABC, abstractmethod
from pathlib import Path
from signal import Signals
from typing import Self

from tests.servers.account import Identity
from tests.servers.ports import free_port
from tests.servers.process import Process

READY_SECONDS = 60
POLL_SECONDS = 0.02
LOG_TAIL_CHARACTERS = 2_000


class Server(ABC):
    """Keeps its data (below `directory`) and its port: a start after a crash is a recovery."""

    stop_signal: Signals
    orphan_signal: Signals
    """For the process group when the test process is gone; nobody is left to wait for clients."""

    def __init__(self, directory: Path, *, identity: Identity | None = None) -> None:
        self.directory = directory
        self.port = free_port()
        self._identity: Identity = identity or {}
        self._process: Process | None = None

    @abstractmethod
    def command(self) -> list[str | Path]:
        """The program and its arguments."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether a client is served now; False as long as the server starts or recovers."""

    def start(self) -> None:
        """Returns when the server answers. Raises RuntimeError with the end of its log if not."""
        if self._process is not None:
            msg = f"{self} is running already"
            raise RuntimeError(msg)
        self._process = Process(
            self.command(),
            log=self._log,
            farewell=self.orphan_signal,
            identity=self._identity,
        )
        deadline = time.monotonic() + READY_SECONDS
        while not self.answers():
            ended = self._process.has_ended()
            if ended or time.monotonic() > deadline:
                self.kill()
                what = "ended" if ended else f"did not answer for {READY_SECONDS} s"
                msg = f"{self} {what}: {self._last_words()}"
                raise RuntimeError(msg)
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """A clean shutdown; clients are sent away. Harmless when the server is down."""
        if self._process is not None:
            process, self._process = self._process, None
            process.stop(self.stop_signal)

    def kill(self) -> None:
        """A crash: SIGKILL for all of it. Harmless when the server is down."""
        if self._process is not None:
            process, self._process = self._process, None
            process.kill()

    @property
    def pid(self) -> int:
        """Raises RuntimeError while the server is down."""
        if self._process is None:
            msg = f"{self} is down"
            raise RuntimeError(msg)
        return self._process.pid

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __str__(self) -> str:
        return f"{type(self).__name__} on port {self.port}"

    def said(self) -> str:
        """Its whole log."""
        return self._log.read_text(errors="replace")

    @property
    def _log(self) -> Path:
        return self.directory / "log"

    def _last_words(self) -> str:
        return self.said()[-LOG_TAIL_CHARACTERS:]
