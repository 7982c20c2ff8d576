"""`provisioning note …`."""

from dataclasses import asdict
from typing import Annotated

import typer

from provisioning import set_aside
from provisioning.clock import now
from provisioning.ids import OrganizationId
from service.cli.options import OrganizationOption
from service.cli.output import AsJson, emit
from service.cli.runtime import changing, looking

app = typer.Typer(
    no_args_is_help=True,
    help="Notes: whom the workers have to look at again.",
)


@app.command(name="set-aside")
def list_set_aside(
    organization: OrganizationOption,
    as_json: AsJson = False,
) -> None:
    """Whom they could not settle: why, how often, and when they try again."""
    with looking() as connection:
        found = set_aside.still_there(connection, OrganizationId(organization))
    emit([asdict(note) for note in found], as_json=as_json, title="set aside")


@app.command()
def retry(
    organization: OrganizationOption,
    key: Annotated[
        str | None, typer.Option(help="Of one of them, as `set-aside` shows it; all, if left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Has the workers try set-aside notes again now, and not when their time has come."""
    with changing() as connection:
        count = set_aside.retry(connection, OrganizationId(organization), key, now())
    emit({"retried": count}, as_json=as_json)
