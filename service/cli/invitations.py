"""`provisioning invitation …`."""

from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from admin_api.invitation_models import Inviting
from provisioning import invitations
from provisioning.clock import now
from provisioning.context import Acting
from provisioning.errors import ProvisioningError
from provisioning.folding import fold
from provisioning.ids import InvitationId, OrganizationId
from provisioning.invitations import Issued, Wish
from provisioning.reconcile.facts import Invitation, InvitationStatus
from provisioning.store import invitations as store
from provisioning.store import roles
from service import mail, settings
from service.cli.listing import everything
from service.cli.options import EmailFilter, OrganizationOption
from service.cli.output import AsJson, emit
from service.cli.runtime import actor, changing, looking_into

app = typer.Typer(no_args_is_help=True, help="Invitations: who may join by their own consent.")

EmailOption = Annotated[
    bool, typer.Option("--email/--no-email", help="Without it you get the token, and bring it.")
]


class Status(StrEnum):
    """What can become of an invitation."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    EXPIRED = "expired"
    REVOKED = "revoked"


@app.command()
def create(
    organization: OrganizationOption,
    address: Annotated[str, typer.Argument(help="The person's e-mail address.")],
    role: Annotated[
        list[str] | None, typer.Option(help="Repeatable; the organization's default if left out.")
    ] = None,
    expires_in_days: Annotated[
        int, typer.Option(min=1, max=invitations.MOST_DAYS)
    ] = invitations.DAYS,
    email: EmailOption = True,
    as_json: AsJson = False,
) -> None:
    """By e-mail, or with a token that is shown this once."""
    wish = Wish(
        email=address,
        roles=tuple(role or ()),
        expires_in_days=expires_in_days,
        send_email=email,
        metadata={},
    )
    with changing() as connection:
        (outcome,) = invitations.invite(
            connection, OrganizationId(organization), [wish], _by(), sends_email=_sends_email()
        )
        if isinstance(outcome, ProvisioningError):
            raise outcome
        shown = _issued(connection, outcome)
    emit(shown, as_json=as_json)


@app.command(name="list")
def list_all(
    organization: OrganizationOption,
    status: Annotated[Status | None, typer.Option(help="Only these.")] = None,
    email: EmailFilter = None,
    as_json: AsJson = False,
) -> None:
    """Oldest first; never their tokens."""
    wanted: InvitationStatus | None = None if status is None else status.value
    email_key = None if email is None else fold(email)
    with looking_into(organization) as (connection, key):
        listing = partial(store.listing, connection, key, wanted, email_key, now())
        shown = _shown(connection, key, list(everything(listing)))
    emit(shown, as_json=as_json, title="invitations")


@app.command()
def resend(
    organization: OrganizationOption,
    invitation: str,
    expires_in_days: Annotated[
        int | None, typer.Option(min=1, max=invitations.MOST_DAYS, help="From now.")
    ] = None,
    email: EmailOption = True,
    as_json: AsJson = False,
) -> None:
    """With a new token; the former one opens nothing any more. Once a minute at most."""
    with changing() as connection:
        again = invitations.resend(
            connection,
            OrganizationId(organization),
            InvitationId(invitation),
            _by(),
            send_email=email,
            expires_in_days=expires_in_days,
            sends_email=_sends_email(),
        )
        shown = _issued(connection, again)
    emit(shown, as_json=as_json)


@app.command()
def revoke(organization: OrganizationOption, invitation: str, as_json: AsJson = False) -> None:
    """Nobody can accept it any more."""
    key = OrganizationId(organization)
    with changing() as connection:
        revoked = invitations.revoke(connection, key, InvitationId(invitation), _by())
        (shown,) = _shown(connection, key, [revoked])
    emit(shown, as_json=as_json)


def _by() -> Acting:
    return Acting(actor=actor(), now=now())


def _sends_email() -> bool:
    return mail.sender(settings.read()) is not None


def _issued(connection: Connection, issued: Issued) -> dict[str, Any]:
    (shown,) = _shown(connection, issued.invitation.organization_id, [issued.invitation])
    way = Inviting(settings.read().invitation_url, _sends_email())
    return {**shown, "token": issued.token, "url": way.url_of(issued.token)}


def _shown(
    connection: Connection, organization_id: OrganizationId, found: Sequence[Invitation]
) -> list[dict[str, Any]]:
    known = roles.of_organization(connection, organization_id)
    return [
        {
            "id": one.id,
            "organization_id": one.organization_id,
            "email": one.email,
            "status": one.status,
            "roles": [known[role_id].name for role_id in one.role_ids if role_id in known],
            "resent_count": one.resent_count,
            "expires_at": one.expires_at,
            "created_at": one.created_at,
            "accepted_at": one.accepted_at,
            "accepted_user_id": one.accepted_user_id,
        }
        for one in found
    ]
