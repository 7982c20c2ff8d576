"""The application that is measured: floor, SCIM and admin API in one process, on one engine."""

from functools import partial

from anyio.to_thread import current_default_thread_limiter
from starlette.types import ASGIApp, Receive, Scope, Send

from admin_api import app as admin_api
from provisioning import garbage
from provisioning.store import engine as engines
from scim_api.app import ScimApp
from service import logs, settings
from service.asgi import sign_in_settings
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
    ring = Doorbell(partial(workers.ring, celery)).ring
    scim = ScimApp(
        engine, public_url=configuration.public_url, ring=ring, threads=configuration.threads
    )
    api = admin_api.create(
        engine,
        ring=ring,
        public_url=configuration.public_url,
        sign_in=sign_in_settings(configuration, None),
    )
    floor = Floor(engine, configuration.threads)
    is_limited = False

    async def root(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal is_limited
        if not is_limited:
            # There is no lifespan in which to say it.
            current_default_thread_limiter().total_tokens = configuration.threads
            is_limited = True
        if scope["path"].startswith(PREFIX):
            await floor(scope, receive, send)
        elif scope["path"].startswith(admin_api.PATHS):
            await api(scope, receive, send)
        else:
            await scim(scope, receive, send)

    garbage.expect_little()
    return root
