"""`provisioning breaker …`."""

from dataclasses import asdict
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from provisioning import breakers, directories
from provisioning.breaker_policy import MOST_PEOPLE
from provisioning.clock import now
from provisioning.context import Acting
from provisioning.ids import DirectoryId
from provisioning.store.directories import Directory
from service.cli.output import AsJson, emit
from service.cli.runtime import actor, changing, looking

app = typer.Typer(
    no_args_is_help=True,
    help="Breakers: when a directory's losses are too many to be believed at once.",
)


@app.command()
def show(directory: str, as_json: AsJson = False) -> None:
    """The policy, since when losses are held, and how many wait for a decision."""
    with looking() as connection:
        shown = _shown(connection, directories.get(connection, DirectoryId(directory)))
    emit(shown, as_json=as_json)


@app.command(name="set")
def set_policy(
    directory: str,
    enabled: Annotated[
        bool | None, typer.Option("--enabled/--disabled", help="Disabled: holds nothing more.")
    ] = None,
    max_count: Annotated[
        int | None,
        typer.Option(min=0, max=MOST_PEOPLE, help="Losses in the window that always go through."),
    ] = None,
    max_share: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Of the directory's active people; both must be passed."),
    ] = None,
    window_seconds: Annotated[int | None, typer.Option(min=60, max=604800)] = None,
    as_json: AsJson = False,
) -> None:
    """What is left out stays. What is held stays held."""
    wanted = {
        "enabled": enabled,
        "max_count": max_count,
        "max_share": max_share,
        "window_seconds": window_seconds,
    }
    changes = {name: value for name, value in wanted.items() if value is not None}
    with changing() as connection:
        found = directories.get(connection, DirectoryId(directory))
        acting = Acting(actor=actor(), now=now())
        breakers.set_policy(connection, found.organization_id, found.id, changes, acting)
        shown = _shown(connection, found)
    emit(shown, as_json=as_json)


def _shown(connection: Connection, directory: Directory) -> dict[str, Any]:
    state = breakers.of_directory(connection, directory.organization_id, directory.id)
    return {
        "directory_id": directory.id,
        **asdict(state.policy),
        "tripped_at": state.tripped_at,
        "held": state.held,
    }
