"""`provisioning domain …`."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from provisioning import domains
from provisioning.clock import now
from provisioning.context import Acting
from provisioning.domain_proofs import Challenge, instructions
from provisioning.email_domains import unicode_name
from provisioning.errors import NotFound
from provisioning.ids import OrganizationId
from provisioning.store import directories
from provisioning.store import domains as store
from provisioning.store.domains import Domain
from service.cli import plans
from service.cli.output import AsJson, emit
from service.cli.runtime import actor, changing, looking, looking_into

app = typer.Typer(
    no_args_is_help=True, help="E-mail domains: what organizations may say of addresses."
)

OrganizationOption = Annotated[str, typer.Option(help="The organization's id.")]
Name = Annotated[str, typer.Argument(help="As acme.com.")]


@app.command()
def add(
    organization: OrganizationOption,
    name: Name,
    *,
    account_label: Annotated[
        bool,
        typer.Option(
            "--account-label",
            help="The TXT record has a place of its own, to be delegated beside other accounts'.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Claims a domain, and says what to publish."""
    with changing() as connection:
        made = domains.claim(
            connection,
            OrganizationId(organization),
            name,
            _acting(),
            with_account_label=account_label,
        )
    emit(_shown(made), as_json=as_json)


@app.command(name="list")
def list_all(organization: OrganizationOption, as_json: AsJson = False) -> None:
    """All domains of an organization, oldest first."""
    with looking_into(organization) as (connection, key):
        found = store.all_of(connection, key)
    emit([_row(one) for one in found], as_json=as_json, title="domains")


@app.command()
def check(organization: OrganizationOption, name: Name, as_json: AsJson = False) -> None:
    """Has a worker look at once; shows what to publish, and what was seen last."""
    wanted = OrganizationId(organization)
    with changing() as connection:
        found = domains.by_name(connection, wanted, name)
        if found.state != "verified" or found.proof_missing_since or found.proof_unseen_since:
            found = domains.check(connection, wanted, found.id, _acting())
    emit(_shown(found), as_json=as_json)


@app.command()
def verify(
    organization: OrganizationOption,
    name: Name,
    note: Annotated[str, typer.Option(help="Why it is believed.")],
    dry_run: plans.DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Verified without a proof, on your word."""
    wanted = OrganizationId(organization)
    if dry_run:
        with looking() as connection:
            claimed = domains.by_name(connection, wanted, name)
            known = directories.of_organization(connection, wanted)
        if not known:
            raise NotFound("directory of organization", wanted)
        change = {"type": "verify_domain", "domain_id": claimed.id, "note": note}
        plans.draw_up(known[0].id, change, as_json=as_json)
        return
    with changing() as connection:
        found = domains.by_name(connection, wanted, name)
        verified = domains.verify_manually(connection, wanted, found.id, note, _acting())
    emit(_row(verified), as_json=as_json)


@app.command()
def delete(organization: OrganizationOption, name: Name, as_json: AsJson = False) -> None:
    """It speaks for no address any more; who has joined by it stays."""
    wanted = OrganizationId(organization)
    with changing() as connection:
        found = domains.by_name(connection, wanted, name)
        domains.delete(connection, wanted, found.id, _acting())
    emit({"id": found.id, "name": found.name, "deleted": True}, as_json=as_json)


def _acting() -> Acting:
    return Acting(actor=actor(), now=now())


def _row(domain: Domain) -> dict[str, Any]:
    return {
        "id": domain.id,
        "name": domain.name,
        "unicode_name": unicode_name(domain.name),
        "state": domain.state,
        "method": domain.method,
        "verified_at": domain.verified_at,
        "proof_missing_since": domain.proof_missing_since,
        "last_seen_at": domain.last_seen_at,
        "proof_unseen_since": domain.proof_unseen_since,
        "expires_at": domain.expires_at,
    }


def _shown(domain: Domain) -> dict[str, Any]:
    seen: Any = domain.last_check or {"observations": []}
    return {
        **_row(domain),
        "instructions": [
            asdict(one)
            for one in instructions(Challenge(domain.name, domain.token, domain.account_label))
        ],
        "last_seen": [one["sentence"] for one in seen["observations"]],
        "next_check_at": domain.next_at,
    }
