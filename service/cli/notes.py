"""`provisioning note …`."""

from dataclasses import asdict

import typer

from provisioning import set_aside
from provisioning.ids import OrganizationId
from service.cli.options import OrganizationOption
from service.cli.output import AsJson, emit
from service.cli.runtime import looking

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
