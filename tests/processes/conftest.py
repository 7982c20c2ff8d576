"""A running installation: two of each that there may be two of."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes.customers import Customer, customer_of
from tests.processes.installation import Installation, installed
from tests.servers import directories


@pytest.fixture(scope="session")
def shared_installation() -> Iterator[Installation]:
    with directories.temporary() as directory, installed(directory) as installation:
        yield installation


@pytest.fixture
def installation(shared_installation: Installation) -> Installation:
    """Whatever the test before has broken; one web is enough to break things."""
    shared_installation.heal(webs=1, workers=2)
    return shared_installation


@pytest.fixture
def customer(installation: Installation) -> Iterator[Customer]:
    with customer_of(installation) as found:
        yield found


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Of an embedded installation."""
    return tmp_path / "var"


@pytest.fixture
def edits() -> int:
    """How many each editor makes: `TEST_EDITS=800` is a minute or so."""
    return int(os.environ.get("TEST_EDITS", "40"))
