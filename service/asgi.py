"""
The web application: the SCIM endpoint, the admin API, the operators' page, and what operators ask
a process.
"""

import multiprocessing
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path

import structlog
from anyio.to_thread import current_default_thread_limiter
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from admin_api import app as admin_api
from admin_api.sign_in_settings import SignInSettings
from console import app as console
from provisioning import garbage
from provisioning.sign_ins import SignInRules
from provisioning.store import engine as engines
from scim_api.app import PREFIX, ScimApp
from service import domain_proofs, health, logs, mail, metrics, secret_key, settings
from service.doorbell import Doorbell
from service.embedded import CONCURRENCY, EmbeddedWorker
from service.settings import Settings
from workers import app as workers
from workers.orphans import die_with_parent

log = structlog.get_logger(__name__)


def create() -> ASGIApp:
    """What uvicorn's processes call; settings come from the environment."""
    if multiprocessing.parent_process() is not None:
        # uvicorn's own supervisor leaves them behind when it is killed.
        die_with_parent()
    configuration = settings.read()
    logs.configure(configuration.log_format)
    app = build(configuration)
    garbage.expect_little()
    return app


def sign_in_settings(configuration: Settings, secret: str | None) -> SignInSettings:
    """Of the admin API; `secret` keeps the keys that sign tokens."""
    return SignInSettings(
        public_url=configuration.public_url,
        secret_key=secret,
        rules=SignInRules(
            personal_organization=configuration.personal_organization,
            max_organizations=configuration.max_organizations_per_user,
        ),
        allow_loopback=configuration.allow_loopback,
    )


def build(configuration: Settings) -> ASGIApp:
    """
    With a broker: the doorbell rings there. Without: the worker and beat live in this process, as
    long as it does.
    """
    engine = engines.create(configuration.database_url, pool_size=configuration.threads)
    # Of the embedded worker; nobody connects when the workers are elsewhere.
    worker_engine = engines.create(configuration.database_url, pool_size=CONCURRENCY)
    secret = secret_key.find(configuration)
    celery = workers.create(
        configuration.broker_url,
        lambda: worker_engine,
        secret_key=secret,
        send=mail.sender(configuration),
        looks=domain_proofs.looks(configuration),
    )
    doorbell = Doorbell(partial(workers.ring, celery))
    scim = ScimApp(
        engine,
        public_url=configuration.public_url,
        ring=doorbell.ring,
        threads=configuration.threads,
    )
    api = admin_api.create(
        engine,
        ring=doorbell.ring,
        public_url=configuration.public_url,
        organization_limit=configuration.max_organizations_per_user,
        sign_in=sign_in_settings(configuration, secret),
        invitation_url=configuration.invitation_url,
        sends_email=configuration.smtp is not None,
    )
    pages = console.create()
    worker = None if configuration.broker_url else EmbeddedWorker(celery)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        # The admin API's handlers: more of them at once would only wait for connections.
        current_default_thread_limiter().total_tokens = configuration.threads
        if worker is not None:
            worker.start()
        yield
        doorbell.stop()
        scim.close()
        if worker is not None:
            await run_in_threadpool(worker.stop)
        worker_engine.dispose()
        engine.dispose()

    operations = Starlette(
        routes=[
            Route("/healthz", _alive),
            Route("/readyz", partial(_ready, engine)),
            Route("/metrics", partial(_metrics, engine, configuration.metrics_dir)),
        ],
        lifespan=lifespan,
    )

    async def root(scope: Scope, receive: Receive, send: Send) -> None:
        # The hot prefix goes past the router and its middleware: a tenth of a request's time.
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            await scim(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].startswith(admin_api.PATHS):
            await api(scope, receive, send)
        elif scope["type"] == "http" and console.answers(scope["path"]):
            await pages(scope, receive, send)
        else:
            await operations(scope, receive, send)

    return root


async def _alive(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _ready(engine: Engine, _request: Request) -> Response:
    found = await run_in_threadpool(health.check, engine)
    return JSONResponse({"ready": found.ready, **asdict(found)}, 200 if found.ready else 503)


async def _metrics(engine: Engine, shared: Path | None, _request: Request) -> Response:
    found = await run_in_threadpool(health.check, engine)
    page = await run_in_threadpool(metrics.page, found, shared)
    return Response(page, media_type=metrics.CONTENT_TYPE)
