"""The processes of docker-compose.yml by hand, against a PostgreSQL and a Redis of our own."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine

from provisioning.store import engine as engines
from tests import command_line
from tests.processes.family import POLL_SECONDS, Family
from tests.servers.ports import LOOPBACK, free_port
from tests.servers.postgresql import PostgreSQL
from tests.servers.redis import Redis

READY_SECONDS = 30


class AbruptPostgreSQL(PostgreSQL):
    """Its `stop` is an immediate shutdown: clients are told, and nothing is finished."""

    stop_signal = signal.SIGQUIT


@dataclass(slots=True)
class Web:
    """One `web`, and where it listens."""

    port: int
    family: Family

    @property
    def address(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"


@dataclass(slots=True)
class Installation:
    """Every process can be killed and started again; whatever else has ended is, by `heal`."""

    directory: Path
    postgresql: PostgreSQL
    redis: Redis
    engine: Engine
    """The test's own connections."""
    webs: list[Web] = field(default_factory=list)
    workers: list[Family] = field(default_factory=list)
    beat: Family | None = None

    @property
    def settings(self) -> dict[str, str]:
        return {
            "PROVISIONING_DATABASE_URL": self.engine.url.render_as_string(hide_password=False),
            "PROVISIONING_BROKER_URL": self.redis.url,
            "PROVISIONING_DATA_DIR": str(self.directory),
        }

    def start(self, word: str, **settings: str) -> Family:
        return Family(self.directory, {**self.settings, **settings}, word)

    def start_web(self, port: int | None = None) -> Web:
        listening = port or free_port()
        where = f"{LOOPBACK}:{listening}"
        return Web(listening, self.start("web", PROVISIONING_LISTEN=where))

    def heal(self, *, webs: int, workers: int) -> None:
        """As `restart: unless-stopped` would: returns when all that is meant to run is at work."""
        self.webs = [
            self.start_web(web.port) if web.family.has_ended() else web for web in self.webs
        ]
        self.webs += [self.start_web() for _ in range(webs - len(self.webs))]
        self.restart_workers(workers)
        if self.beat is None or self.beat.has_ended():
            self.beat = self.start("beat")
        for web in self.webs:
            self.wait_until(lambda web=web: ready(web)["workers"])  # type: ignore[misc]

    def restart_workers(self, count: int) -> None:
        """The workers that have ended; does not wait for them."""
        self.workers = [worker for worker in self.workers if not worker.has_ended()]
        self.workers += [self.start("worker") for _ in range(count - len(self.workers))]

    def families(self) -> list[Family]:
        beats = [] if self.beat is None else [self.beat]
        return [*(web.family for web in self.webs), *self.workers, *beats]

    def wait_until(self, happens: Callable[[], Any], seconds: float = READY_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while not happens():
            assert time.monotonic() < deadline, "\n".join(str(family) for family in self.families())
            time.sleep(POLL_SECONDS)


def ready(web: Web) -> dict[str, Any]:
    """What `/readyz` says; as if nothing were ready when nobody answers."""
    try:
        answer = httpx.get(f"{web.address}/readyz", timeout=10, trust_env=False)
    except httpx.TransportError:
        return {"ready": False, "workers": False}
    found: dict[str, Any] = answer.json()
    return found


@contextmanager
def installed(directory: Path) -> Iterator[Installation]:
    """PostgreSQL, migrated, and Redis; no process of ours yet."""
    for name in ("postgresql", "redis", "data"):
        (directory / name).mkdir(mode=0o711)
    with (
        AbruptPostgreSQL(directory / "postgresql") as postgresql,
        Redis(directory / "redis") as redis,
    ):
        engine = engines.create(postgresql.url("postgres"))
        installation = Installation(directory / "data", postgresql, redis, engine)
        try:
            migrated = command_line.run(installation.settings, "migrate")
            assert migrated.status == 0, migrated.err
            yield installation
        finally:
            for family in installation.families():
                family.kill()
            engine.dispose()
