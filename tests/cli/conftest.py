"""An organization in a database that the command line is pointed at."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioning.store import engine as engines
from tests import tenant as tenants
from tests.command_line import Settings
from tests.tenant import Tenant


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation that nobody has used: not even its directory is there."""
    return {"PROVISIONING_DATA_DIR": str(tmp_path / "var")}


@pytest.fixture
def tenant(settings: Settings, sqlite_template: Path) -> Iterator[Tenant]:
    """In the database that `settings` lead the command line to."""
    data_dir = Path(settings["PROVISIONING_DATA_DIR"])
    data_dir.mkdir()
    shutil.copyfile(sqlite_template, data_dir / "provisioning.db")
    engine = engines.create(f"sqlite:///{data_dir / 'provisioning.db'}")
    yield tenants.found(engine)
    engine.dispose()
