"""`provisioning held …`."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated

import typer
from sqlalchemy import Connection

from provisioning import held_changes, organizations
from provisioning.clock import now
from provisioning.context import Acting
from provisioning.errors import Invalid
from provisioning.ids import DirectoryId, MembershipId, OrganizationId
from provisioning.store import held_changes as store
from provisioning.store.held_changes import HeldChange
from provisioning.store.pages import Cut
from service.cli.output import AsJson, emit
from service.cli.runtime import actor, changing, looking

app = typer.Typer(
    no_args_is_help=True,
    help="Held changes: what directories want and a guard does not let happen.",
)

_PAGE = 1000
_COLUMNS = ("membership_id", "email", "reason", "wanted_status", "said", "said_at", "decision")

OrganizationOption = Annotated[str, typer.Option(help="The organization's id.")]
DirectoryOption = Annotated[
    str | None, typer.Option(help="All that this directory's breaker holds, and waits.")
]
MembershipOption = Annotated[
    list[str] | None, typer.Option("--membership", help="A membership's id; may be repeated.")
]


@app.command(name="list")
def list_all(
    organization: OrganizationOption,
    directory: Annotated[str | None, typer.Option(help="Only of this directory.")] = None,
    as_json: AsJson = False,
) -> None:
    """What is held, why, and what the directory has written when."""
    with looking() as connection:
        organizations.get(connection, OrganizationId(organization))
        found = _all(connection, OrganizationId(organization), directory)
    shown = [asdict(one) for one in found]
    if not as_json:
        shown = [{name: one[name] for name in _COLUMNS} for one in shown]
    emit(shown, as_json=as_json, title="held changes")


@app.command()
def release(
    organization: OrganizationOption,
    membership: MembershipOption = None,
    directory: DirectoryOption = None,
    as_json: AsJson = False,
) -> None:
    """Lets happen what the directory wants."""
    _decide(held_changes.release, organization, membership, directory, as_json=as_json)


@app.command()
def reject(
    organization: OrganizationOption,
    membership: MembershipOption = None,
    directory: DirectoryOption = None,
    as_json: AsJson = False,
) -> None:
    """The person stays, until the directory says something else or it is released after all."""
    _decide(held_changes.reject, organization, membership, directory, as_json=as_json)


def _decide(
    decide: Callable[[Connection, OrganizationId, list[MembershipId], Acting], int],
    organization: str,
    memberships: list[str] | None,
    directory: str | None,
    *,
    as_json: bool,
) -> None:
    organization_id = OrganizationId(organization)
    with changing() as connection:
        if bool(memberships) == bool(directory):
            raise Invalid("--membership", "name memberships, or one --directory")
        if directory:
            keys = held_changes.of_directory(connection, organization_id, DirectoryId(directory))
        else:
            keys = [MembershipId(key) for key in memberships or ()]
        acting = Acting(actor=actor(), now=now())
        count = decide(connection, organization_id, keys, acting)
    emit({"count": count}, as_json=as_json)


def _all(
    connection: Connection, organization_id: OrganizationId, directory_id: str | None
) -> list[HeldChange]:
    found: list[HeldChange] = []
    cut = Cut(limit=_PAGE)
    while True:
        page = store.listing(connection, organization_id, cut, directory_id=directory_id)
        found += page.items
        if page.after is None:
            return found
        cut = Cut(limit=_PAGE, after=page.after)
