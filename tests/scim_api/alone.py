"""The endpoint and nothing else, on the very connections of a test."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from scim_api.app import ScimApp
from tests.serving import address_of, listener, running


@contextmanager
def serve(engine: Engine) -> Iterator[str]:
    """Its address."""
    with listener() as listening:
        address = address_of(listening)
        app = ScimApp(engine, public_url=address, ring=lambda _: None, threads=2)
        with running(app, listening, lifespan="off"):
            yield address
        app.close()
