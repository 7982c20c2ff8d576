import pytest

from tests.reconcile.state import State


@pytest.fixture
def state() -> State:
    """An organization in which nobody is."""
    return State()
