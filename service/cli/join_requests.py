"""`provisioning join-request …`."""

from dataclasses import asdict
from enum import StrEnum
from functools import partial
from typing import Annotated

import typer

from provisioning import join_requests
from provisioning.clock import now
from provisioning.context import Acting
from provisioning.ids import JoinRequestId, OrganizationId
from provisioning.store import join_requests as store
from provisioning.store.join_requests import JoinRequestStatus
from service.cli.listing import everything
from service.cli.options import OrganizationOption
from service.cli.output import AsJson, emit
from service.cli.runtime import actor, changing, looking_into

app = typer.Typer(
    no_args_is_help=True, help="Join requests: people who signed in, and wait for approval."
)

_COLUMNS = ("id", "email", "display_name", "status", "created_at", "expires_at", "decided_by")


class Status(StrEnum):
    """What can become of a request."""

    PENDING = "pending"
    APPROVED = "approved"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@app.command(name="list")
def list_all(
    organization: OrganizationOption,
    status: Annotated[Status | None, typer.Option(help="Only these.")] = None,
    as_json: AsJson = False,
) -> None:
    """Oldest first."""
    wanted: JoinRequestStatus | None = None if status is None else status.value
    with looking_into(organization) as (connection, key):
        listing = partial(store.listing, connection, key, wanted, now())
        shown = [asdict(one) for one in everything(listing)]
    if not as_json:
        shown = [{name: one[name] for name in _COLUMNS} for one in shown]
    emit(shown, as_json=as_json, title="join requests")


@app.command()
def approve(
    organization: OrganizationOption,
    request: str,
    role: Annotated[
        str | None, typer.Option(help="The domain's, else the default one, if left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Makes the person a member."""
    key = JoinRequestId(request)
    with changing() as connection:
        membership_id = join_requests.approve(
            connection, OrganizationId(organization), key, role, _by()
        )
    emit({"id": key, "membership_id": membership_id}, as_json=as_json)


@app.command()
def decline(organization: OrganizationOption, request: str, as_json: AsJson = False) -> None:
    """The person stays out, and is heard again after thirty days."""
    key = JoinRequestId(request)
    with changing() as connection:
        join_requests.decline(connection, OrganizationId(organization), key, _by())
    emit({"id": key, "declined": True}, as_json=as_json)


def _by() -> Acting:
    return Acting(actor=actor(), now=now())
