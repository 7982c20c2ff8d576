"""A new package is known to every tool that keeps a list of them."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}


@pytest.fixture(scope="module")
def tools() -> dict[str, Any]:
    return dict(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"])


def test_the_import_rules_cover_every_package(tools: dict[str, Any]) -> None:
    layers = [
        name
        for layer in tools["importlinter"]["contracts"][0]["layers"]
        for name in layer.split(" | ")
    ]

    assert set(tools["importlinter"]["root_packages"]) == PACKAGES
    assert set(layers) == PACKAGES


def test_the_types_of_every_package_are_checked(tools: dict[str, Any]) -> None:
    assert set(tools["mypy"]["files"]) >= PACKAGES


def test_every_package_is_installed(tools: dict[str, Any]) -> None:
    included = tools["setuptools"]["packages"]["find"]["include"]

    assert {pattern.removesuffix("*") for pattern in included} == PACKAGES


def test_every_package_is_in_the_image() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()

    assert {name for name in PACKAGES if f"COPY {name} /src/{name}\n" not in dockerfile} == set()
