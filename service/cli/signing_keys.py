"""`provisioning signing-key …`: the keys that sign ID tokens and access tokens."""

from typing import Annotated, Any

import typer

from provisioning import signing_keys
from provisioning.clock import now
from provisioning.context import Acting
from provisioning.errors import Invalid
from provisioning.signing_keys import Vault
from provisioning.store.signing_keys import SigningKey
from service import secret_key
from service.cli.output import AsJson, emit
from service.cli.runtime import actor, changing, configured, looking, refusals

app = typer.Typer(no_args_is_help=True, help="Keys that sign ID tokens and access tokens.")


@app.command(name="list")
def list_all(as_json: AsJson = False) -> None:
    """In the order in which they sign; never their private halves."""
    with looking() as connection:
        found = signing_keys.listing(connection)
    emit([_shown(key) for key in found], as_json=as_json, title="signing keys")


@app.command()
def rotate(
    at_once: Annotated[
        bool,
        typer.Option(
            help="For a key that somebody else may have: the others, and all that they have "
            "signed, are believed no more."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """A new key: published now, it signs from tomorrow. Every 90 days this happens by itself."""
    with refusals():
        secret = secret_key.find(configured())
        if secret is None:
            raise Invalid("PROVISIONING_SECRET_KEY", "is needed to sign tokens")
    with changing() as connection:
        by = Acting(actor=actor(), now=now())
        made = signing_keys.rotate(connection, Vault(secret), by, at_once=at_once)
    emit(_shown(made), as_json=as_json)


def _shown(key: SigningKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "algorithm": key.algorithm,
        "created_at": key.created_at,
        "signs_from": key.signs_from,
        "retired_at": key.retired_at,
    }
