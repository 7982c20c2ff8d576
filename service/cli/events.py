"""`provisioning event …`."""

from typing import Annotated

import typer

from provisioning.events import LAST_SEQUENCE
from provisioning.store import events
from service.cli.options import OrganizationOption
from service.cli.output import AsJson, emit
from service.cli.runtime import looking_into

app = typer.Typer(no_args_is_help=True, help="Events: what happened, in order, without gaps.")


@app.command(name="list")
def list_some(
    organization: OrganizationOption,
    after: Annotated[
        int, typer.Option(min=0, max=LAST_SEQUENCE, help="The sequence number to follow.")
    ] = 0,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 100,
    as_json: AsJson = False,
) -> None:
    """Events of an organization, oldest first."""
    with looking_into(organization) as (connection, key):
        found = events.after(connection, key, after, limit)
    if as_json:
        emit(found, as_json=True)
        return
    rows = [
        {
            "sequence": event["sequence"],
            "timestamp": event["timestamp"],
            "type": event["type"],
            "previous": event["previous_attributes"],
        }
        for event in found
    ]
    emit(rows, as_json=False, title="events")
