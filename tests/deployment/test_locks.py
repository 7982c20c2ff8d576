"""The locks install with plain pip: pinned, hashed, complete, and bound to no registry."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.txt", "requirements-dev.txt")
PIN = re.compile(
    r"^([\w.-]+)==(\S+)((?: ;.*?)?) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)",
    re.MULTILINE,
)


def pins(lock: str) -> dict[tuple[str, str], str]:
    """Versions by name and marker."""
    return {(name, marker): version for name, version, marker, _ in PIN.findall(read(lock))}


def read(lock: str) -> str:
    return (ROOT / lock).read_text()


def normalized(requirement: str) -> str:
    """The name of a requirement as locks write it (PEP 503)."""
    name = re.match(r"[\w.-]+", requirement)
    assert name is not None
    return re.sub(r"[-_.]+", "-", name[0]).lower()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_and_hashed(lock: str) -> None:
    requirements = re.findall(r"^[^\s#].*$", read(lock), re.MULTILINE)

    assert len(pins(lock)) == len(requirements) > 0


@pytest.mark.parametrize("lock", LOCKS)
def test_no_registry_and_no_path_is_named(lock: str) -> None:
    assert not re.search(r"://|--index|--extra-index|--find-links|(?:^|\s)/", read(lock))


def test_what_is_developed_with_is_what_runs() -> None:
    runtime, development = pins("requirements.txt"), pins("requirements-dev.txt")

    assert runtime.items() <= development.items()


@pytest.mark.parametrize(("lock", "extras"), [(LOCKS[0], ()), (LOCKS[1], ("test", "dev"))])
def test_every_dependency_is_locked(lock: str, extras: tuple[str, ...]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"]]
    for extra in extras:
        wanted += project["optional-dependencies"][extra]

    assert {normalized(requirement) for requirement in wanted} <= {name for name, _ in pins(lock)}
