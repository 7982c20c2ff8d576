"""What tests of tables and statements begin with."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from provisioning.store import engine as engines


@pytest.fixture
def own(database_url: str) -> Iterator[Engine]:
    """A migrated database of the test's own: it may change its schema, and what it knows of it."""
    made = engines.create(database_url)
    yield made
    made.dispose()
