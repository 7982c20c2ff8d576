import pytest
from sqlalchemy import Engine

from tests.tenant import Tenant, found


@pytest.fixture
def acme(engine: Engine) -> Tenant:
    """An organization with an empty directory."""
    return found(engine)
