"""`provisioning conflict …`."""

from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from provisioning import conflicts
from provisioning.clock import now
from provisioning.ids import ConflictId, OrganizationId
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


@app.command(name="list")
def list_open(organization: OrganizationOption, as_json: AsJson = False) -> None:
    """Who waits, and whose account has the address."""
    with looking() as connection:
        found = conflicts.still_open(connection, OrganizationId(organization))
    emit([asdict(conflict) for conflict in found], as_json=as_json, title="conflicts")


@app.command()
def resolve(
    organization: OrganizationOption,
    conflict: str,
    decision: Annotated[
        Choice, typer.Option(help="link: the account is theirs; keep-apart: somebody else's.")
    ],
    as_json: AsJson = False,
) -> None:
    """Lets the person in: as the account, or with one of their own."""
    with changing() as connection:
        conflicts.decide(
            connection,
            OrganizationId(organization),
            ConflictId(conflict),
            "link" if decision is Choice.LINK else "keep_apart",
            actor=actor(),
            now=now(),
        )
    emit({"id": conflict, "decision": decision.value}, as_json=as_json)
