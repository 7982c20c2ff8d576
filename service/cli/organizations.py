"""`provisioning organization …`."""

from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, Any

import typer

from provisioning import organizations
from provisioning.clock import now
from provisioning.ids import OrganizationId
from provisioning.store import organizations as store
from provisioning.store.organizations import Organization
from service.cli.output import AsJson, emit
from service.cli.runtime import actor, changing, looking

app = typer.Typer(no_args_is_help=True, help="Organizations: the tenants.")


class Mode(StrEnum):
    """How the roles of several groups add up."""

    UNION = "union"
    HIGHEST = "highest"


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Shown to people.")], as_json: AsJson = False
) -> None:
    """A new organization."""
    with changing() as connection:
        created = organizations.create(connection, name, now(), actor=actor())
    emit(_shown(created), as_json=as_json)


@app.command(name="list")
def list_all(as_json: AsJson = False) -> None:
    """All organizations, oldest first."""
    with looking() as connection:
        found = store.all_of_them(connection)
    emit([_shown(organization) for organization in found], as_json=as_json, title="organizations")


@app.command()
def show(organization: str, as_json: AsJson = False) -> None:
    """One organization."""
    with looking() as connection:
        found = organizations.get(connection, OrganizationId(organization))
    emit(_shown(found), as_json=as_json)


@app.command(name="set")
def set_roles(
    organization: str,
    default_role: Annotated[str | None, typer.Option(help="The role every member has.")] = None,
    role_mode: Annotated[
        Mode | None, typer.Option(help="union: all roles of all groups; highest: the top rank's.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """How groups turn into roles. Everybody is looked at again."""
    with changing() as connection:
        found = organizations.set_roles(
            connection,
            OrganizationId(organization),
            default_role=default_role,
            role_mode=None if role_mode is None else role_mode.value,
            actor=actor(),
            now=now(),
        )
    emit(_shown(found), as_json=as_json)


def _shown(organization: Organization) -> dict[str, Any]:
    shown = asdict(organization)
    shown["default_role"] = str(shown.pop("default_role_id")).removeprefix("role_")
    return shown
