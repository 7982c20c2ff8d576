"""`provisioning organization …`."""

from enum import StrEnum
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from provisioning import organizations
from provisioning.clock import now
from provisioning.ids import OrganizationId
from provisioning.store import organizations as store
from provisioning.store import roles
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
        shown = _shown(connection, created)
    emit(shown, as_json=as_json)


@app.command(name="list")
def list_all(as_json: AsJson = False) -> None:
    """All organizations, oldest first."""
    with looking() as connection:
        found = [_shown(connection, one) for one in store.all_of_them(connection)]
    emit(found, as_json=as_json, title="organizations")


@app.command()
def show(organization: str, as_json: AsJson = False) -> None:
    """One organization."""
    with looking() as connection:
        found = organizations.get(connection, OrganizationId(organization))
        shown = _shown(connection, found)
    emit(shown, as_json=as_json)


class Scope(StrEnum):
    """What becomes of newcomers from outside the verified domains."""

    ACCEPT = "accept"
    HOLD = "hold"
    REFUSE = "refuse"


@app.command(name="set")
def set_policies(
    organization: str,
    default_role: Annotated[str | None, typer.Option(help="The role every member has.")] = None,
    role_mode: Annotated[
        Mode | None, typer.Option(help="union: all roles of all groups; highest: the top rank's.")
    ] = None,
    provisioning_scope: Annotated[
        Scope | None,
        typer.Option(
            help="People of directories, new and outside the verified domains: accept them, hold "
            "them for an administrator, or refuse them."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """How directories turn into members and roles. Everybody is looked at again."""
    given = {
        "default_role": default_role,
        "role_mode": role_mode,
        "provisioning_scope": provisioning_scope,
    }
    changes = {name: str(value) for name, value in given.items() if value is not None}
    with changing() as connection:
        found = organizations.update(
            connection, OrganizationId(organization), changes, actor=actor(), now=now()
        )
        shown = _shown(connection, found)
    emit(shown, as_json=as_json)


_COLUMNS = (
    "id",
    "name",
    "display_name",
    "role_mode",
    "provisioning_scope",
    "created_at",
    "updated_at",
)


def _shown(connection: Connection, organization: Organization) -> dict[str, Any]:
    role = roles.name(connection, organization.id, organization.default_role_id)
    shown = {name: getattr(organization, name) for name in _COLUMNS}
    return {**shown, "default_role": role}
