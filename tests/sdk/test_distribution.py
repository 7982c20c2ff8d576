"""The client is a distribution of its own: httpx is all it needs, and types come with it."""

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from provisioning_client import Client
from provisioning_client.operations import Resource

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built of a copy: setuptools leaves its work beside the sources."""
    directory = tmp_path_factory.mktemp("wheel")
    sources = directory / "sdk"
    for path in (ROOT / "sdk").rglob("*"):
        if path.is_file() and not {"__pycache__", "build"}.intersection(path.parts):
            copied = sources / path.relative_to(ROOT / "sdk")
            copied.parent.mkdir(parents=True, exist_ok=True)
            copied.write_bytes(path.read_bytes())
    built = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"),
            *("--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", directory, sources),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (found,) = directory.glob("provisioning_client-*.whl")
    return found


def test_the_wheel_carries_every_module_its_types_and_its_license(wheel: Path) -> None:
    carried = set(zipfile.ZipFile(wheel).namelist())
    package = ROOT / "sdk" / "provisioning_client"

    assert {f"provisioning_client/{path.name}" for path in package.glob("*.py")} <= carried
    assert "provisioning_client/py.typed" in carried
    assert any(name.endswith("/LICENSE") for name in carried)
    assert not any(name.startswith(("provisioning/", "tests/")) for name in carried)


def test_the_wheel_needs_nothing_of_the_server(wheel: Path) -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(wheel)!r});"
        "import provisioning_client, provisioning_client.webhooks;"
        "print(provisioning_client.__file__, *sorted({name.split('.')[0] for name in sys.modules}))"
    )
    ran = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True
    )
    place, *modules = ran.stdout.split()

    assert place.startswith(str(wheel))
    assert {"provisioning_client", "httpx"} <= set(modules)
    servers = {"provisioning", "admin_api", "console", "scim_api", "workers", "service"}
    assert not servers.intersection(modules)


def test_httpx_is_the_only_dependency() -> None:
    project = tomllib.loads((ROOT / "sdk" / "pyproject.toml").read_text())["project"]

    assert [one.split(">")[0] for one in project["dependencies"]] == ["httpx"]


def test_the_license_is_the_servers() -> None:
    assert (ROOT / "sdk" / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()


def test_the_readme_names_every_resource() -> None:
    readme = (ROOT / "sdk" / "README.md").read_text()
    with Client("http://127.0.0.1", "x") as client:
        nouns = [name for name, one in vars(client).items() if isinstance(one, Resource)]

    assert len(nouns) > 20
    assert [noun for noun in nouns if f"`client.{noun}`" not in readme] == []
