"""Directories that a server which is not root may enter."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def temporary() -> Iterator[Path]:
    """Others may pass through, but not list it. Removed after."""
    with tempfile.TemporaryDirectory(prefix="provisioning-test-") as name:
        directory = Path(name)
        directory.chmod(0o711)
        yield directory
