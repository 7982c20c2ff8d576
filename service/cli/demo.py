"""`provisioning demo`: two customers are provisioned before your eyes, over real HTTP."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from sqlalchemy import Engine

from provisioning import api_keys, directories, mappings, organizations
from provisioning.clock import now
from provisioning.context import Acting
from provisioning.explain import explain
from provisioning.ids import OrganizationId
from provisioning.scopes import EVERYTHING
from provisioning.store import engine as engines
from provisioning.store import notes, schema
from provisioning.store.directories import Directory
from service import children
from service.children import Child
from service.cli.interruptions import end_as_by_ctrl_c
from service.cli.memberships import everybody
from service.cli.runtime import configured
from service.cli.tables import print_rows
from service.failed import Failed
from service.settings import LARGEST_PORT
from service.simulate import stories, storytelling
from service.simulate.stories import Step, Story
from service.simulate.transport import Refused

_SETTLED_SECONDS = 30
_DEFAULT_PORT = 8000
_ACTOR = "cli:demo"

# What an administrator of each customer would map before the first sync.
_ROLES = {
    "Platform Admins": "admin",
    "Contractors": "guest",
    "Cloud Admins": "owner",
    "Payroll": "admin",
}


@dataclass(frozen=True, slots=True)
class _Customer:
    story: Story
    organization_id: OrganizationId
    directory: Directory
    token: str


def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the table.")] = False,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=LARGEST_PORT, help="8000, or a free one if that is taken."),
    ] = None,
) -> None:
    """Plays an Okta and an Entra customer, shows who got which role and why, and serves on."""
    end_as_by_ctrl_c()
    console = Console(highlight=False)
    found = configured(PROVISIONING_LOG_FORMAT="console")
    listening = port or _free_port()
    database = _fresh_database(found.data_dir, listening)
    engine = engines.create(f"sqlite:///{database}")
    schema.upgrade(engine)
    base = f"http://127.0.0.1:{listening}"
    try:
        with _serving(database, listening, base) as server:
            customers = [_admit(engine, story) for story in (stories.acme(), stories.borealis())]
            for customer in customers:
                _play(console, engine, customer, base)
            _show(console, engine, customers)
            if not once:
                _invite(console, customers, base, database)
                _open(console, engine, base)
                server.process.wait()
                typer.echo(f"provisioning: the server ended; see {_log_of(database)}", err=True)
                raise typer.Exit(1)
    except KeyboardInterrupt:
        console.print("\nstopped")
    except (Failed, Refused) as error:
        typer.echo(f"provisioning: {error}", err=True)
        raise typer.Exit(1) from error
    finally:
        engine.dispose()


def _admit(engine: Engine, story: Story) -> _Customer:
    moment = now()
    with engines.transaction(engine) as connection:
        organization = organizations.create(connection, story.organization, moment, actor=_ACTOR)
        directory = directories.create(
            connection,
            organization.id,
            story.idp.value,
            story.idp.value.capitalize(),
            moment,
            actor=_ACTOR,
        )
        _, token = directories.issue_token(connection, directory, moment, actor=_ACTOR)
        for group in story.groups:
            if group in _ROLES:
                mappings.declare(
                    connection, directory, group, _ROLES[group], actor=_ACTOR, now=moment
                )
    return _Customer(story, organization.id, directory, token)


def _play(console: Console, engine: Engine, customer: _Customer, base: str) -> None:
    story = customer.story
    console.print(f"\n[bold]{story.organization}[/bold] ({story.idp.value.capitalize()})")
    for group in story.groups:
        if group in _ROLES:
            console.print(f"  mapping: group {group} → role {_ROLES[group]}")

    def on_step(step: Step) -> None:
        _wait_until_settled(engine, customer.organization_id)
        console.print(f"  ✓ {step.told}")

    url = f"{base}/scim/v2/{customer.directory.id}"
    report = storytelling.play(story, url, customer.token, on_step)
    console.print(f"  {report.requests} SCIM requests, all answered")


def _show(console: Console, engine: Engine, customers: list[_Customer]) -> None:
    console.print("\nWho ended up where, with which role, and why")
    with engines.reading(engine) as connection:
        for customer in customers:
            rows = []
            for member in everybody(connection, customer.organization_id):
                email = str(member.profile.email)
                (explanation, *_) = explain(connection, customer.organization_id, email)
                rows += [
                    {
                        "person": member.profile.display_name or email,
                        "status": member.status,
                        "role": reason.role,
                        "why": reason.why,
                    }
                    for reason in explanation.held
                ]
            print_rows(console, rows, customer.story.organization)


def _invite(console: Console, customers: list[_Customer], base: str, database: Path) -> None:
    console.print(f"\nserving at {base} (Ctrl-C ends it); point an IdP at one of these:")
    for customer in customers:
        console.print(f"  [bold]{customer.story.organization}[/bold]")
        console.print(f"    SCIM base URL  {base}/scim/v2/{customer.directory.id}", soft_wrap=True)
        console.print(f"    token          {customer.token}", soft_wrap=True)
    console.print("or ask:", soft_wrap=True)
    first = customers[0]
    console.print(
        f"  PROVISIONING_DATABASE_URL=sqlite:///{database} .venv/bin/provisioning"
        f" membership explain --organization {first.organization_id}"
        f" --user priya.raman@{first.story.domain}",
        soft_wrap=True,
    )


def _open(console: Console, engine: Engine, base: str) -> None:
    by = Acting(actor=_ACTOR, now=now())
    with engines.transaction(engine) as connection:
        _, secret = api_keys.create(connection, "demo", [EVERYTHING], by)
    console.print(f"or open {base}/console with this API key, which may do everything:")
    console.print(f"  [bold]{secret}[/bold]", soft_wrap=True)


@contextmanager
def _serving(database: Path, port: int, base: str) -> Iterator[Child]:
    """`provisioning dev` in a process of its own, ready; gone at the end, whatever happens."""
    environment = {
        "PROVISIONING_DATABASE_URL": f"sqlite:///{database}",
        "PROVISIONING_PUBLIC_URL": base,
    }
    words = ["service", "dev", "--port", str(port)]
    with children.running(words, environment, _log_of(database)) as server:
        children.wait_until_ready(server, f"{base}/readyz")
        yield server


def _wait_until_settled(engine: Engine, organization_id: OrganizationId) -> None:
    deadline = time.monotonic() + _SETTLED_SECONDS
    while time.monotonic() < deadline:
        with engines.reading(engine) as connection:
            if not notes.are_left(connection, organization_id):
                return
        time.sleep(0.02)
    typer.echo("provisioning: the worker does not settle what was written", err=True)
    raise typer.Exit(1)


def _fresh_database(data_dir: Path, port: int) -> Path:
    """Each demo begins anew; it leaves `provisioning dev` and a demo on another port alone."""
    directory = data_dir / "demo"
    directory.mkdir(parents=True, exist_ok=True)
    for old in directory.glob(f"{port}.db*"):
        old.unlink()
    return (directory / f"{port}.db").absolute()


def _log_of(database: Path) -> Path:
    return database.with_suffix(".log")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", _DEFAULT_PORT))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
