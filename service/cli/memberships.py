"""`provisioning membership …`."""

from collections.abc import Iterator
from enum import StrEnum
from functools import partial
from typing import Annotated

import typer
from rich.console import Console
from sqlalchemy import Connection

from provisioning import history, past_explanations
from provisioning import memberships as changes
from provisioning.clock import now
from provisioning.context import Acting
from provisioning.explain import explain
from provisioning.explanations import Explanation, RoleReason
from provisioning.folding import fold
from provisioning.ids import MembershipId, OrganizationId
from provisioning.store import memberships
from provisioning.store.memberships import Member
from service.cli import members
from service.cli.attestations import attest
from service.cli.listing import everything
from service.cli.options import AsOfOption, EmailFilter, OrganizationOption
from service.cli.output import AsJson, emit
from service.cli.runtime import actor, changing, looking, looking_into

app = typer.Typer(no_args_is_help=True, help="Memberships: who belongs where, and why.")
app.command()(attest)


class Status(StrEnum):
    """What a membership can be."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REMOVED = "removed"


@app.command(name="list")
def list_all(
    organization: OrganizationOption,
    status: Annotated[Status | None, typer.Option(help="Only these.")] = None,
    role: Annotated[str | None, typer.Option(help="Only who has it, by its name.")] = None,
    email: EmailFilter = None,
    as_of: AsOfOption = None,
    as_json: AsJson = False,
) -> None:
    """Everybody, with every role and its source; removed people too, whose rows are history."""
    email_key = None if email is None else fold(email)
    with looking_into(organization) as (connection, key):
        listing = (
            partial(memberships.listing, connection, key)
            if as_of is None
            else partial(history.members, connection, key, as_of)
        )
        found = list(everything(partial(listing, status=status, role=role, email_key=email_key)))
    shape = members.shown if as_json else members.row
    emit([shape(member) for member in found], as_json=as_json, title="memberships")


@app.command(name="explain")
def explain_one(
    organization: OrganizationOption,
    user: Annotated[str, typer.Option(help="The person's e-mail address.")],
    as_of: AsOfOption = None,
    as_json: AsJson = False,
) -> None:
    """Why the person has, or lacks, each role: back to the group, the mapping, the directory."""
    within = OrganizationId(organization)
    with looking() as connection:
        if as_of is None:
            explanations = explain(connection, within, user)
        else:
            explanations = past_explanations.explain(connection, within, user, as_of)
    if as_json:
        # One address is one person, but for accounts that an administrator keeps apart.
        first, *others = (members.explained(explanation) for explanation in explanations)
        emit({**first, "others": others}, as_json=True)
        return
    for explanation in explanations:
        _print(explanation)


@app.command(name="break-glass")
def break_glass(
    organization: OrganizationOption,
    membership: Annotated[str, typer.Option(help="The membership's id.")],
    off: Annotated[bool, typer.Option("--off", help="From now on machines may again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Marks a member whom no machine suspends, removes or demotes."""
    organization_id, key = OrganizationId(organization), MembershipId(membership)
    with changing() as connection:
        acting = Acting(actor=actor(), now=now())
        changes.set_break_glass(connection, organization_id, key, acting, break_glass=not off)
        member = changes.get(connection, organization_id, key)
    emit({**members.shown(member), "break_glass": member.break_glass}, as_json=as_json)


def everybody(connection: Connection, organization_id: OrganizationId) -> Iterator[Member]:
    """All members, a page at a time."""
    return everything(partial(memberships.listing, connection, organization_id))


def _print(explanation: Explanation) -> None:
    console = Console(highlight=False)
    member = explanation.member
    if member is None:
        console.print("[bold]no member[/bold]")
    else:
        console.print(f"{member.profile.email} is {member.status}", markup=False, style="bold")
    for reason in explanation.reasons:
        console.print(f"  {reason}", markup=False)
    for held in explanation.held:
        console.print(f"  has {_role(held)}: {held.why}", markup=False)
    for lacking in explanation.lacking:
        console.print(f"  lacks {_role(lacking)}: {lacking.why}", markup=False)


def _role(reason: RoleReason) -> str:
    return reason.role if reason.workspace is None else f"{reason.role} in {reason.workspace}"
