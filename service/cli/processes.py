"""The processes of an installation: `dev`, `web`, `worker`, `beat`; and `migrate`, `doctor`."""

import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any

import structlog
import typer
import uvicorn
from celery import Celery
from kombu.exceptions import OperationalError
from sqlalchemy import Engine

from provisioning import garbage, sweep
from provisioning.clock import now
from provisioning.errors import Unavailable
from provisioning.store import engine as engines
from service import asgi, domain_proofs, health, http_server, mail, secret_key, settings
from service.cli.output import AsJson, emit
from service.cli.runtime import configured, create_engine, database, open_database, refusals
from service.settings import Settings
from service.supervisor import Supervisor, command
from workers import app as workers

log = structlog.get_logger(__name__)

Child = Annotated[bool, typer.Option("--child", hidden=True)]


def dev(
    port: Annotated[
        int | None,
        typer.Option(min=0, max=settings.LARGEST_PORT, help="On the loopback interface."),
    ] = None,
) -> None:
    """Everything in one process, without Redis; SQLite in ./var unless told otherwise."""
    listen = {} if port is None else {"PROVISIONING_LISTEN": f"127.0.0.1:{port}"}
    found = configured(**listen, PROVISIONING_BROKER_URL="")
    _refuse_taken_port(found)
    with refusals():
        open_database(found, migrate=True).dispose()
        app = asgi.build(found)
    typer.echo(f"provisioning: {found.public_url}/readyz", err=True)
    _tell_of_port(found)
    garbage.expect_little()
    uvicorn.run(app, host=found.host, port=found.port, **http_server.OPTIONS)


def web() -> None:
    """The SCIM endpoint. PROVISIONING_WEB_PROCESSES sets how many processes."""
    found = configured()
    with refusals():
        create_engine(found).dispose()
        secret_key.find(found)
    _refuse_taken_port(found)
    with _metrics_shared(found):
        uvicorn.run(
            "service.asgi:create",
            factory=True,
            host=found.host,
            port=found.port,
            workers=found.web_processes,
            **http_server.OPTIONS,
        )


def worker(
    concurrency: Annotated[int, typer.Option(min=1, help="Processes that drain.")] = 2,
    child: Child = False,
) -> None:
    """A Celery worker, started again whenever it ends or stops working."""
    found = _with_broker()
    if not child:
        words = ("worker", "--child", "--concurrency", str(concurrency))
        Supervisor(command(*words), partial(_is_stuck, _awaited_database(found))).run()
        return
    _celery(found).Worker(
        concurrency=concurrency,
        pool_cls="prefork",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        loglevel="WARNING",
    ).start()


def beat(child: Child = False) -> None:
    """Ticks for periodic work. Two of them do no harm."""
    found = _with_broker()
    if not child:
        Supervisor(command("beat", "--child"), lambda: False).run()
        return
    _celery(found).Beat(loglevel="WARNING", quiet=True).run()


def migrate() -> None:
    """Brings the database to this release's schema. Harmless when it is there already."""
    with database(migrate=True) as engine:
        typer.echo(f"migrated {engine.url.render_as_string(hide_password=True)}", err=True)


def doctor(as_json: AsJson = False) -> None:
    """Whether everything that is needed is there; exit status 1 when it is not."""
    found = configured()
    with refusals():
        engine = create_engine(found)
        secret_key.find(found, make=False)
    state: dict[str, Any] = asdict(health.check(engine))
    state["broker"] = "embedded" if found.broker_url is None else _broker_answers(found)
    emit(state, as_json=as_json)
    if not (state["database"] and state["migrated"] and state["workers"] and state["broker"]):
        raise typer.Exit(1)


@contextmanager
def _metrics_shared(found: Settings) -> Iterator[None]:
    """Behind one port a scrape meets any of the processes, so each must answer for all."""
    if found.web_processes == 1 or found.metrics_dir is not None:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="provisioning-metrics-") as directory:
        settings.share_metrics(directory)
        yield


def _with_broker() -> Settings:
    found = configured()
    if found.broker_url is None:
        typer.echo(
            "provisioning: PROVISIONING_BROKER_URL is not set; use `provisioning dev`", err=True
        )
        raise typer.Exit(1)
    return found


def _awaited_database(found: Settings) -> Engine:
    """A worker that starts before its database waits for it; one without a schema is refused."""
    with refusals():
        try:
            open_database(found).dispose()
        except Unavailable:
            log.warning("the database does not answer yet")
        return create_engine(found)


def _celery(found: Settings) -> Celery:
    with refusals():
        secret = secret_key.find(found)
    return workers.create(
        found.broker_url,
        partial(engines.create, found.database_url, pool_size=2),
        secret_key=secret,
        send=mail.sender(found),
        looks=domain_proofs.looks(found),
    )


def _broker_answers(found: Settings) -> bool:
    with _celery(found).connection_for_write() as connection:
        try:
            connection.ensure_connection(max_retries=1, timeout=2)
        except (OperationalError, OSError):
            return False
    return True


def _is_stuck(engine: Engine) -> bool:
    """A database that is away is no fault of the worker."""
    try:
        return sweep.is_stale(sweep.age(engine, now()))
    except Unavailable:
        return False


def _tell_of_port(found: Settings) -> None:
    """Other commands print SCIM base URLs as well, and know nothing of this one's option."""
    with refusals():
        usual = settings.read()
    if found.port in {0, usual.port} or found.public_url == usual.public_url:
        return
    typer.echo(
        f"provisioning: other commands take this to be {usual.public_url}; set "
        f"PROVISIONING_LISTEN={found.host}:{found.port} (or PROVISIONING_PUBLIC_URL) for them",
        err=True,
    )


def _refuse_taken_port(found: Settings) -> None:
    with socket.socket(socket.AF_INET6 if ":" in found.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((found.host, found.port))
        except OSError as error:
            typer.echo(
                f"provisioning: cannot listen on {found.host}:{found.port}: {error}", err=True
            )
            raise typer.Exit(1) from error
