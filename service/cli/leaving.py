"""`provisioning leaving-policy …` and `provisioning leaving-step …`."""

from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

import typer

from provisioning import leaving_policies, leaving_steps
from provisioning.clock import now
from provisioning.context import Acting
from provisioning.ids import DirectoryId, LeavingStepId, OrganizationId
from provisioning.leaving_policies import Periods
from provisioning.store import leaving_steps as store
from provisioning.store.leaving_steps import Foreseen
from service.cli.listing import everything
from service.cli.options import KeptRoles, OrganizationOption
from service.cli.output import AsJson, emit
from service.cli.runtime import actor, changing, looking, looking_into

policies = typer.Typer(no_args_is_help=True, help="Leaving policies: how long leavers are kept.")
steps = typer.Typer(no_args_is_help=True, help="Leaving steps: what will become of whom, and when.")

DirectoryOption = Annotated[
    str | None, typer.Option(help="Of this directory; the organization's if left out.")
]
UserOption = Annotated[str | None, typer.Option(help="Only of the user of this id.")]


@policies.command()
def show(
    organization: OrganizationOption, directory: DirectoryOption = None, as_json: AsJson = False
) -> None:
    """What is in force."""
    with looking() as connection:
        found = leaving_policies.in_force(
            connection, OrganizationId(organization), _directory(directory)
        )
    emit(asdict(found), as_json=as_json)


@policies.command(name="set")
def put(
    organization: OrganizationOption,
    grace_seconds: Annotated[int, typer.Option(help="Suspended so long, then removed.")],
    directory: DirectoryOption = None,
    retention_seconds: Annotated[
        int | None, typer.Option(help="Removed so long, then purged; never if left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Both periods, whatever they were. No step comes earlier by it than in a day."""
    periods = Periods(grace_seconds=grace_seconds, retention_seconds=retention_seconds)
    with changing() as connection:
        changed = leaving_policies.put(
            connection, OrganizationId(organization), _directory(directory), periods, _acting()
        )
    emit(asdict(changed), as_json=as_json)


@policies.command()
def inherit(
    organization: OrganizationOption,
    directory: Annotated[str, typer.Option(help="The directory's id.")],
    as_json: AsJson = False,
) -> None:
    """From now on the organization's holds for the directory."""
    with changing() as connection:
        changed = leaving_policies.inherit(
            connection, OrganizationId(organization), DirectoryId(directory), _acting()
        )
    emit(asdict(changed), as_json=as_json)


@steps.command(name="list")
def list_all(
    organization: OrganizationOption, user: UserOption = None, as_json: AsJson = False
) -> None:
    """What is foreseen, in the order in which it was."""
    with looking_into(organization) as (connection, key):
        listing = partial(store.listing, connection, key, user_id=user)
        found = [_shown(one) for one in everything(listing)]
    emit(found, as_json=as_json, title="leaving steps")


@steps.command()
def postpone(
    organization: OrganizationOption,
    step: str,
    due_at: Annotated[datetime, typer.Option(help="In UTC.")],
    as_json: AsJson = False,
) -> None:
    """To another time to come."""
    with changing() as connection:
        moved = leaving_steps.put_off(
            connection,
            OrganizationId(organization),
            LeavingStepId(step),
            due_at.replace(tzinfo=UTC),
            _acting(),
        )
    emit(_shown(moved), as_json=as_json)


@steps.command()
def cancel(
    organization: OrganizationOption,
    step: str,
    roles: Annotated[
        KeptRoles, typer.Option(help="Of who is kept, those that groups gave: direct, or drop.")
    ] = KeptRoles.DIRECT,
    as_json: AsJson = False,
) -> None:
    """A removal: the person is kept, by hand. A purge: until it is postponed to a time."""
    with changing() as connection:
        leaving_steps.call_off(
            connection,
            OrganizationId(organization),
            LeavingStepId(step),
            roles.value,
            _acting(),
        )
    emit({"id": step, "cancelled": True}, as_json=as_json)


def _directory(directory: str | None) -> DirectoryId | None:
    return None if directory is None else DirectoryId(directory)


def _acting() -> Acting:
    return Acting(actor=actor(), now=now())


def _shown(found: Foreseen) -> dict[str, Any]:
    email = None if found.profile is None else found.profile.email
    return {**asdict(found.step), "user_id": found.user_id, "email": email}
