"""The command as people start it, and a look at what it has left behind."""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest
from sqlalchemy import NullPool, create_engine, text

from tests.servers.databases import DatabaseServer

PATIENCE_SECONDS = 120
POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Bench:
    """`provisioning bench …`, and every process that stems from one: they inherit the mark."""

    mark: str
    directory: Path

    def start(
        self, *words: str, errors: int | IO[bytes] = subprocess.PIPE
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "service", "bench", *words],
            env={**os.environ, "BENCH_MARK": self.mark, "TMPDIR": str(self.directory)},
            stdout=subprocess.PIPE,
            stderr=errors,
        )

    def run(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        with self.start(*words) as process:
            output, errors = process.communicate(timeout=PATIENCE_SECONDS)
        return subprocess.CompletedProcess(words, process.returncode, output, errors)

    def processes(self) -> set[int]:
        """Those alive now."""
        found = set()
        for environment in Path("/proc").glob("[0-9]*/environ"):
            try:
                marked = f"BENCH_MARK={self.mark}".encode() in environment.read_bytes()
            except OSError:  # ended meanwhile, or somebody else's
                continue
            if marked:
                found.add(int(environment.parent.name))
        return found


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    started = Bench(secrets.token_hex(8), tmp_path)
    yield started
    assert started.processes() == set()
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def server_url(postgresql: DatabaseServer) -> str:
    return postgresql.url(postgresql.maintenance_database)


@pytest.fixture
def scratch_databases(server_url: str) -> Callable[[], set[str]]:
    def names() -> set[str]:
        engine = create_engine(server_url, poolclass=NullPool)
        with engine.connect() as connection:
            rows = connection.execute(
                text(
                    "SELECT datname FROM pg_database WHERE datname LIKE 'provisioning\\_bench\\_%'"
                )
            )
            return {row.datname for row in rows}

    return names


def until(reached: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(POLL_SECONDS)


@pytest.fixture
def wait() -> Callable[[Callable[[], object]], None]:
    return until
