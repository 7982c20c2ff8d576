"""A PostgreSQL of our own, with fsync on, so that a crash in a test is a crash."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGQUIT, SIGSTOP

from tests.servers import installations
from tests.servers.account import unprivileged
from tests.servers.installations import Installation
from tests.servers.ports import LOOPBACK
from tests.servers.process import STOP_SECONDS
from tests.servers.server import POLL_SECONDS, Server

SUPERUSER = "postgres"


class PostgreSQL(Server):
    """
    As root, everything runs as another user, who must be able to enter `directory`: pytest's
    `tmp_path` is closed to others, `tests.servers.directories.temporary` is not.
    """

    stop_signal = SIGINT  # "fast": clients are disconnected, not waited for
    orphan_signal = SIGQUIT  # "immediate": no checkpoint, but the shared memory is given back
    maintenance_database = "postgres"

    def __init__(self, directory: Path, *, installation: Installation | None = None) -> None:
        self._account = unprivileged()
        super().__init__(directory, identity=self._account.identity() if self._account else None)
        self._data = directory / "data"
        self._programs = self._enterable(
            installation or installations.preferred_postgresql(installations.postgresql())
        )

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{SUPERUSER}@{LOOPBACK}:{self.port}/{database}"

    def start(self) -> None:
        if not self._data.exists():
            self._create_cluster()
        super().start()

    def kill(self) -> None:
        """Backends lead sessions of their own: each is killed by its number, as in a power cut."""
        if self._process is None or self._process.has_ended():
            super().kill()
            return
        os.kill(self.pid, SIGSTOP)  # it starts no new ones while we count
        backends = {pid for pid, _, parent in _processes() if parent == self.pid}
        for pid in backends:
            os.kill(pid, SIGKILL)
        super().kill()
        # As long as one is attached to the shared memory, the next start would be refused.
        deadline = time.monotonic() + STOP_SECONDS
        while any(pid in backends and state != "Z" for pid, state, _ in _processes()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"backends of {self} survive SIGKILL")
            time.sleep(POLL_SECONDS)

    def command(self) -> list[str | Path]:
        settings = {
            "listen_addresses": LOOPBACK,
            "port": self.port,
            "unix_socket_directories": "",  # a path of 108 bytes is soon too long
            "max_connections": 200,
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        return [self._programs / "postgres", "-D", self._data, *options]

    def answers(self) -> bool:
        """As pg_ctl decides it; a connection might be taken by somebody else's server."""
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        # The file of a killed server is still there, with the former number.
        return lines[:1] == [str(self.pid)] and lines[7:8] == ["ready   "]

    def _create_cluster(self) -> None:
        self._data.mkdir(mode=0o700)
        if self._account is not None:
            os.chown(self._data, self._account.uid, self._account.gid)
        made = subprocess.run(
            [
                *(self._programs / "initdb", "-D", self._data, "-U", SUPERUSER, "-A", "trust"),
                *("-E", "UTF8", "--locale=C", "--no-sync"),
            ],
            check=False,
            capture_output=True,
            text=True,
            cwd="/",  # where we are may be closed to that user
            **self._identity,
        )
        if made.returncode != 0:
            shutil.rmtree(self._data)
            msg = f"initdb failed: {made.stdout}{made.stderr}"
            raise RuntimeError(msg)

    def _enterable(self, installation: Installation) -> Path:
        """The programs, copied when they lie in a wheel in somebody's private directory."""
        if self._account is None:
            return installation.programs
        if not self._account.can_enter(self.directory):
            msg = f"PostgreSQL runs as {self._account.name}, who may not enter {self.directory}"
            raise PermissionError(msg)
        if self._account.can_enter(installation.programs):
            return installation.programs
        if installation.package is None:
            msg = f"{self._account.name} may not enter {installation.programs}"
            raise PermissionError(msg)
        return _copy(installation.package, installation.programs, self.directory / "install")


def _copy(package: Path, programs: Path, target: Path) -> Path:
    # The programs find their libraries beside the package (RPATH $ORIGIN/…/<package>.libs).
    for name in (package.name, f"{package.name}.libs"):
        source = package.parent / name
        if source.exists() and not (target / name).exists():
            shutil.copytree(source, target / name, symlinks=True)
    return target / programs.relative_to(package.parent)


def _processes() -> Iterator[tuple[int, str, int]]:
    """(pid, state, pid of the parent) of each; none where there is no /proc (macOS)."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # "pid (name) state ppid …", and the name may hold anything
            after_name = stat.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:  # ended meanwhile
            continue
        yield int(stat.parent.name), after_name[0], int(after_name[1])
