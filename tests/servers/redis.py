"""A Redis, or a Valkey, of our own."""

from pathlib import Path
from signal import SIGTERM

import redis

from tests.servers import installations
from tests.servers.installations import Installation
from tests.servers.ports import LOOPBACK
from tests.servers.server import Server

CONNECT_SECONDS = 5


class Redis(Server):
    """
    With `persistent`, every write is on the disk before its answer (appendfsync always), as far as
    Redis can promise anything; without, a restart forgets all.
    """

    stop_signal = SIGTERM
    orphan_signal = SIGTERM

    def __init__(
        self, directory: Path, *, persistent: bool = False, installation: Installation | None = None
    ) -> None:
        super().__init__(directory)
        self._append_only = "yes" if persistent else "no"
        self._program = (
            installation or installations.preferred_redis(installations.redis())
        ).programs

    @property
    def url(self) -> str:
        return f"redis://{LOOPBACK}:{self.port}/0"

    def command(self) -> list[str | Path]:
        return [
            self._program,
            *("--bind", LOOPBACK, "--port", str(self.port), "--dir", self.directory),
            *("--save", "", "--appendonly", self._append_only, "--appendfsync", "always"),
        ]

    def answers(self) -> bool:
        with redis.Redis.from_url(self.url, socket_timeout=CONNECT_SECONDS) as client:
            try:
                information = client.info("server")
            except (redis.ConnectionError, redis.TimeoutError):  # also while it loads its file
                return False
            return int(information["process_id"]) == self.pid  # somebody else may be on our port
