"""`provisioning api-key …`: the first key of the admin API comes from here."""

from dataclasses import asdict
from datetime import timedelta
from functools import partial
from typing import Annotated, Any

import typer

from provisioning import api_keys, bearer_secrets
from provisioning.clock import now
from provisioning.context import Acting
from provisioning.ids import ApiKeyId, OrganizationId
from provisioning.store import api_keys as store
from provisioning.store.api_keys import ApiKey
from service.cli.listing import everything
from service.cli.output import AsJson, emit
from service.cli.runtime import actor, changing, looking

app = typer.Typer(no_args_is_help=True, help="API keys: who may use the admin API, and for what.")


@app.command()
def create(
    name: Annotated[str, typer.Option(help="What it is for.")],
    scope: Annotated[
        list[str], typer.Option(help="e.g. read:organizations, or * for everything; repeatable.")
    ],
    organization: Annotated[
        str | None, typer.Option(help="The key then sees nothing of any other organization.")
    ] = None,
    expires_in_days: Annotated[
        int | None, typer.Option(min=1, max=bearer_secrets.MOST_DAYS, help="Never if left out.")
    ] = None,
    requests_per_minute: Annotated[
        int,
        typer.Option(
            min=1, max=api_keys.MOST_REQUESTS_PER_MINUTE, help="Counted by each web process."
        ),
    ] = api_keys.REQUESTS_PER_MINUTE,
    as_json: AsJson = False,
) -> None:
    """A key; its secret is shown this once."""
    by = Acting(actor=actor(), now=now())
    with changing() as connection:
        key, secret = api_keys.create(
            connection,
            name,
            scope,
            by,
            organization_id=None if organization is None else OrganizationId(organization),
            expires_at=None if expires_in_days is None else by.now + timedelta(expires_in_days),
            requests_per_minute=requests_per_minute,
        )
    emit({**asdict(key), "key": secret}, as_json=as_json)


@app.command(name="list")
def list_all(as_json: AsJson = False) -> None:
    """What may be shown of the keys: the last four characters, the last use."""
    with looking() as connection:
        found = list(everything(partial(store.listing, connection, None)))
    shown = [asdict(key) if as_json else _row(key) for key in found]
    emit(shown, as_json=as_json, title="API keys")


@app.command()
def revoke(api_key_id: str, as_json: AsJson = False) -> None:
    """Within a second no web process takes it any more."""
    with changing() as connection:
        api_keys.revoke(connection, ApiKeyId(api_key_id), None, Acting(actor=actor(), now=now()))
    emit({"id": api_key_id, "revoked": True}, as_json=as_json)


def _row(key: ApiKey) -> dict[str, Any]:
    """What fits in a line: of an organization's key the organization is the more telling."""
    return {
        "id": key.id,
        "name": f"{key.name} …{key.last_four}",
        "scopes": key.scopes,
        "of": key.organization_id,
        "ends": key.revoked_at or key.expires_at,
    }
