"""`provisioning conflict …`."""

from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, Any

import typer

from provisioning import conflicts
from provisioning.clock import now
from provisioning.ids import ConflictId, OrganizationId
from provisioning.store.conflicts import State
from service.cli.options import OrganizationOption
from service.cli.output import AsJson, emit
from service.cli.runtime import actor, changing, looking

app = typer.Typer(
    no_args_is_help=True,
    help="Conflicts: addresses of accounts that an organization does not know.",
)


class Choice(StrEnum):
    """What an administrator can say."""

    LINK = "link"
    KEEP_APART = "keep-apart"
    REJECT = "reject"


@app.command(name="list")
def list_open(
    organization: OrganizationOption,
    rejected: Annotated[
        bool, typer.Option("--rejected", help="Those who are kept out instead.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Who waits, and whose account has the address."""
    state: State = "rejected" if rejected else "open"
    with looking() as connection:
        found = conflicts.still_open(connection, OrganizationId(organization), state)
    emit([asdict(conflict) for conflict in found], as_json=as_json, title="conflicts")


@app.command()
def resolve(
    organization: OrganizationOption,
    conflict: str,
    decision: Annotated[
        Choice,
        typer.Option(help="link: the account is theirs; keep-apart: another's; reject: no access."),
    ],
    as_json: AsJson = False,
) -> None:
    """Lets the person in, as the account or with one of their own, or keeps them out."""
    within, key = OrganizationId(organization), ConflictId(conflict)
    by: dict[str, Any] = {"actor": actor(), "now": now()}
    with changing() as connection:
        match decision:
            case Choice.LINK:
                conflicts.decide(connection, within, key, "link", **by)
            case Choice.KEEP_APART:
                conflicts.decide(connection, within, key, "keep_apart", **by)
            case Choice.REJECT:
                conflicts.reject(connection, within, key, **by)
    emit({"id": conflict, "decision": decision.value}, as_json=as_json)
