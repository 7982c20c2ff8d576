"""The application that is measured: floor and SCIM in one process, on one engine."""

from functools import partial

from starlette.types import ASGIApp, Receive, Scope, Send

from provisioning.store import engine as engines
from scim_api.app import ScimApp
from service import logs, settings
from service.bench.floor import PREFIX, Floor
from service.doorbell import Doorbell
from workers import app as workers

_NOBODY_LISTENS = "memory://"


def create() -> ASGIApp:
    """What uvicorn's processes call. Rings its doorbell like any other, and no worker drains."""
    configuration = settings.read()
    logs.configure(configuration.log_format)
    engine = engines.create(configuration.database_url, pool_size=configuration.threads)
    celery = workers.create(_NOBODY_LISTENS, lambda: engine)
    scim = ScimApp(
        engine,
        public_url=configuration.public_url,
        ring=Doorbell(partial(workers.ring, celery)).ring,
        threads=configuration.threads,
    )
    floor = Floor(engine, configuration.threads)

    async def root(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith(PREFIX):
            await floor(scope, receive, send)
        else:
            await scim(scope, receive, send)

    return root
