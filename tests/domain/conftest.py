from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from provisioning.store import engine as engines
from tests.tenant import Tenant, found


@pytest.fixture
def acme(engine: Engine) -> Tenant:
    """An organization with an empty directory."""
    return found(engine)


@pytest.fixture
def mallory(engine: Engine) -> Tenant:
    """An organization that would be another one's."""
    return found(engine, "Mallory")


@pytest.fixture
def victim(engine: Engine) -> Tenant:
    """The other one."""
    return found(engine, "Victim")


@pytest.fixture
def crowded(engine: Engine) -> Iterator[Engine]:
    """The same database through a pool for everybody at once."""
    made = engines.create(engine.url.render_as_string(hide_password=False), pool_size=12)
    yield made
    made.dispose()
