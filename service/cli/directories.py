"""`provisioning directory …`."""

from dataclasses import asdict
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer

from provisioning import bearer_secrets, directories
from provisioning.clock import now
from provisioning.ids import DirectoryId, OrganizationId, TokenId
from provisioning.reconcile.facts import KeptRoles as Roles
from provisioning.store import directories as store
from provisioning.store.directories import Directory
from service import settings
from service.cli.options import KeptRoles, OrganizationOption
from service.cli.output import AsJson, emit
from service.cli.plans import DryRun, draw_up
from service.cli.runtime import actor, changing, looking, looking_into

app = typer.Typer(no_args_is_help=True, help="Directories: one per connected IdP.")

Days = Annotated[
    int | None,
    typer.Option(
        min=1, max=bearer_secrets.MOST_DAYS, help="Until the token expires; never if left out."
    ),
]


class Type(StrEnum):
    """Whose directory it is."""

    OKTA = "okta"
    ENTRA = "entra"
    GENERIC = "generic"


class People(StrEnum):
    """What becomes of whom no other directory knows."""

    LADDER = "ladder"
    KEEP = "keep"


@app.command()
def create(
    organization: OrganizationOption,
    directory_type: Annotated[Type, typer.Option("--type", help="The IdP.")],
    name: Annotated[
        str | None, typer.Option(help="Shown to people; the IdP's name if left out.")
    ] = None,
    expires_in_days: Days = None,
    as_json: AsJson = False,
) -> None:
    """A directory with its first token, which is shown this once."""
    moment = now()
    with changing() as connection:
        created = directories.create(
            connection,
            OrganizationId(organization),
            directory_type.value,
            name or directory_type.value.capitalize(),
            moment,
            actor=actor(),
        )
        token, secret = directories.issue_token(
            connection, created, moment, _expiry(expires_in_days), actor=actor()
        )
    emit({**_shown(created), "token": secret, "token_id": token.id}, as_json=as_json)


@app.command(name="list")
def list_all(
    organization: OrganizationOption,
    as_json: AsJson = False,
) -> None:
    """The directories of an organization."""
    with looking_into(organization) as (connection, key):
        found = store.of_organization(connection, key)
    emit([_shown(directory) for directory in found], as_json=as_json, title="directories")


@app.command()
def tokens(directory: str, as_json: AsJson = False) -> None:
    """What may be shown of a directory's tokens: the last four characters, the last use."""
    with looking() as connection:
        found = directories.get(connection, DirectoryId(directory))
        issued = directories.tokens(connection, found)
    emit([asdict(token) for token in issued], as_json=as_json, title="tokens")


@app.command(name="rotate-token")
def rotate_token(directory: str, expires_in_days: Days = None, as_json: AsJson = False) -> None:
    """A further token. The old one works on until it is revoked, so there is no downtime."""
    with changing() as connection:
        found = directories.get(connection, DirectoryId(directory))
        token, secret = directories.issue_token(
            connection, found, now(), _expiry(expires_in_days), actor=actor()
        )
    emit({**_shown(found), "token": secret, "token_id": token.id}, as_json=as_json)


@app.command(name="revoke-token")
def revoke_token(directory: str, token_id: str, as_json: AsJson = False) -> None:
    """Ends a token; within a second no web process takes it any more."""
    with changing() as connection:
        found = directories.get(connection, DirectoryId(directory))
        directories.revoke_token(connection, found, TokenId(token_id), now(), actor=actor())
    emit({"directory_id": found.id, "token_id": token_id, "revoked": True}, as_json=as_json)


@app.command()
def schedule(
    directory: str,
    every: Annotated[
        int | None, typer.Option(help="Seconds between two resyncs; never if left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """How often everybody is looked at again without being asked."""
    with changing() as connection:
        found = directories.get(connection, DirectoryId(directory))
        changed = directories.update(
            connection,
            found.organization_id,
            found.id,
            {"resync_interval_seconds": every},
            actor=actor(),
            now=now(),
        )
    emit(_shown(changed), as_json=as_json)


@app.command()
def disconnect(
    directory: str,
    people: Annotated[
        People, typer.Option(help="ladder: they leave by the leaving policy; keep: they stay.")
    ] = People.LADDER,
    roles: Annotated[
        KeptRoles, typer.Option(help="Of who is kept, those that groups gave: direct, or drop.")
    ] = KeptRoles.DIRECT,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Its IdP is told 404. Whom another directory knows stays, and so does the last owner."""
    kept: Roles | None = roles.value if people is People.KEEP else None
    if dry_run:
        change = {"type": "disconnect", "people": people.value, "roles": roles.value}
        draw_up(directory, change, as_json=as_json)
        return
    with changing() as connection:
        found = directories.get(connection, DirectoryId(directory))
        directories.delete(
            connection,
            found.organization_id,
            found.id,
            actor=actor(),
            now=now(),
            kept_roles=kept,
        )
    emit({"id": found.id, "disconnected": True, "people": people.value}, as_json=as_json)


def _shown(directory: Directory) -> dict[str, Any]:
    base = settings.read().public_url
    return {**asdict(directory), "scim_base_url": f"{base}/scim/v2/{directory.id}"}


def _expiry(days: int | None) -> Any:
    return None if days is None else now() + timedelta(days=days)
