"""What the clients are driven against when it is the wire that is looked at."""

import socket
from collections.abc import Iterator

import pytest

from tests.simulate import prompter as prompters
from tests.simulate.prompter import Prompter


@pytest.fixture
def prompter() -> Iterator[Prompter]:
    with prompters.serve() as serving:
        yield serving


@pytest.fixture
def unused_port() -> int:
    """Nobody listens there."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])
