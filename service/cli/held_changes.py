"""`provisioning held …`."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Annotated

import typer
from sqlalchemy import Connection

from provisioning import held_changes, held_newcomers
from provisioning.clock import now
from provisioning.context import Acting
from provisioning.errors import Invalid
from provisioning.ids import DirectoryId, DirectoryUserId, MembershipId, OrganizationId
from provisioning.store import held_changes as store
from service.cli.listing import everything
from service.cli.output import AsJson, emit
from service.cli.runtime import actor, changing, looking_into

app = typer.Typer(
    no_args_is_help=True,
    help="Held changes: what directories want and a guard does not let happen.",
)

_COLUMNS = ("id", "email", "reason", "wanted_status", "said", "said_at", "decision")

OrganizationOption = Annotated[str, typer.Option(help="The organization's id.")]
DirectoryOption = Annotated[
    str | None, typer.Option(help="All that this directory's breaker holds, and waits.")
]
NewcomersOption = Annotated[
    bool, typer.Option("--newcomers", help="With --directory: its people out of scope, instead.")
]
MembershipOption = Annotated[
    list[str] | None, typer.Option("--membership", help="A membership's id; may be repeated.")
]
PersonOption = Annotated[
    list[str] | None,
    typer.Option("--directory-user", help="Of a newcomer out of scope; may be repeated."),
]


@app.command(name="list")
def list_all(
    organization: OrganizationOption,
    directory: Annotated[str | None, typer.Option(help="Only of this directory.")] = None,
    as_json: AsJson = False,
) -> None:
    """What is held, why, and what the directory has written when."""
    with looking_into(organization) as (connection, key):
        listing = partial(store.listing, connection, key, directory_id=directory)
        found = list(everything(listing))
    shown = [asdict(one) for one in found]
    if not as_json:
        shown = [{name: one[name] for name in _COLUMNS} for one in shown]
    emit(shown, as_json=as_json, title="held changes")


@app.command()
def release(
    organization: OrganizationOption,
    membership: MembershipOption = None,
    directory_user: PersonOption = None,
    directory: DirectoryOption = None,
    *,
    newcomers: NewcomersOption = False,
    as_json: AsJson = False,
) -> None:
    """Lets happen what the directory wants."""
    chosen = _Chosen(membership, directory_user, directory, newcomers=newcomers)
    _decide(organization, chosen, held_changes.release, held_newcomers.release, as_json=as_json)


@app.command()
def reject(
    organization: OrganizationOption,
    membership: MembershipOption = None,
    directory_user: PersonOption = None,
    directory: DirectoryOption = None,
    *,
    newcomers: NewcomersOption = False,
    as_json: AsJson = False,
) -> None:
    """The person stays, or stays out, until the directory says something else or it is released."""
    chosen = _Chosen(membership, directory_user, directory, newcomers=newcomers)
    _decide(organization, chosen, held_changes.reject, held_newcomers.reject, as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Chosen:
    memberships: list[str] | None
    directory_users: list[str] | None
    directory: str | None
    newcomers: bool


def _decide(
    organization: str,
    chosen: _Chosen,
    of_members: Callable[[Connection, OrganizationId, list[MembershipId], Acting], int],
    of_newcomers: Callable[[Connection, OrganizationId, list[DirectoryUserId], Acting], int],
    *,
    as_json: bool,
) -> None:
    organization_id = OrganizationId(organization)
    acting = Acting(actor=actor(), now=now())
    with changing() as connection:
        ways = (chosen.memberships, chosen.directory_users, chosen.directory)
        if sum(map(bool, ways)) != 1 or (chosen.newcomers and not chosen.directory):
            raise Invalid("--membership", "name memberships, directory users, or one --directory")
        members = [MembershipId(key) for key in chosen.memberships or ()]
        people = [DirectoryUserId(key) for key in chosen.directory_users or ()]
        if chosen.directory:
            here = (connection, organization_id, DirectoryId(chosen.directory))
            if chosen.newcomers:
                people = held_newcomers.of_directory(*here)
            else:
                members = held_changes.of_directory(*here)
        count = of_members(connection, organization_id, members, acting)
        count += of_newcomers(connection, organization_id, people, acting)
    emit({"count": count}, as_json=as_json)
