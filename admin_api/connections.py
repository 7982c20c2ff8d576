"""/v1/organizations/{organization_id}/connections."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from admin_api.access import needs
from admin_api.caller import Caller, Change
from admin_api.messages import Body, Listing, Paged, Shown, Time, changes_of, listing
from admin_api.organization_models import DisplayName, ExternalId
from provisioning import connections, organizations
from provisioning.ids import ConnectionId
from provisioning.store import connections as store
from provisioning.store.connections import Protocol, SignInConnection

router = APIRouter(prefix="/organizations/{organization_id}/connections", tags=["Sign-in"])

Reader = Annotated[Caller, Depends(needs("read:connections"))]
Creator = Annotated[Caller, Depends(needs("create:connections"))]
Updater = Annotated[Caller, Depends(needs("update:connections"))]
Deleter = Annotated[Caller, Depends(needs("delete:connections"))]


class NewConnection(Body):
    display_name: DisplayName
    provider: Annotated[
        str, Field(pattern=r"^[a-z0-9_-]{1,50}$", description="The IdP, as okta or entra.")
    ]
    protocol: Protocol
    external_id: ExternalId | None = None
    assign_membership_on_login: Annotated[
        bool, Field(strict=True, description="Who signs in through it becomes a member.")
    ] = False


class ChangedConnection(Body):
    """What is left out stays; null clears `external_id`, and leaves the rest."""

    display_name: DisplayName | None = None
    external_id: ExternalId | None = None
    assign_membership_on_login: Annotated[bool | None, Field(strict=True)] = None


class ShownConnection(Shown):
    id: str
    organization_id: str
    display_name: str
    provider: str
    protocol: str
    external_id: str | None
    assign_membership_on_login: bool
    created_at: Time
    updated_at: Time


@router.post("", status_code=201, response_model=ShownConnection, operation_id="create_connection")
def create(organization_id: str, body: NewConnection, caller: Creator) -> Response:
    """An IdP through which people of the organization sign in; ten at most."""
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Change:
        made = connections.create(connection, wanted, caller.acting, **body.model_dump())
        return Change(_shown(made), made.id, wanted)

    return caller.change(201, work)


@router.get("", operation_id="list_connections")
def list_all(organization_id: str, paging: Paged, caller: Reader) -> Listing[ShownConnection]:
    """Oldest first."""
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Listing[ShownConnection]:
        organizations.get(connection, wanted)
        found = store.listing(connection, wanted, paging.cut)
        return listing(found, [_shown(one) for one in found.items])

    return caller.read(work)


@router.get("/{connection_id}", operation_id="get_connection")
def get(organization_id: str, connection_id: str, caller: Reader) -> ShownConnection:
    """One of the organization."""
    wanted = caller.within(organization_id)
    return caller.read(lambda c: _shown(connections.get(c, wanted, ConnectionId(connection_id))))


@router.patch("/{connection_id}", response_model=ShownConnection, operation_id="update_connection")
def update(
    organization_id: str, connection_id: str, body: ChangedConnection, caller: Updater
) -> Response:
    """Whose it is and what it speaks is for ever."""
    wanted = caller.within(organization_id)
    changes = changes_of(body, {"external_id"})

    def work(connection: Connection) -> Change:
        changed = connections.update(
            connection, wanted, ConnectionId(connection_id), changes, caller.acting
        )
        return Change(_shown(changed), changed.id, wanted)

    return caller.change(200, work)


@router.delete(
    "/{connection_id}",
    status_code=204,
    response_class=Response,
    operation_id="delete_connection",
)
def delete(organization_id: str, connection_id: str, caller: Deleter) -> Response:
    """Nobody joins through it any more; who has stays."""
    wanted, key = caller.within(organization_id), ConnectionId(connection_id)
    return caller.remove(key, wanted, lambda c: connections.delete(c, wanted, key, caller.acting))


def _shown(connection: SignInConnection) -> ShownConnection:
    return ShownConnection(**asdict(connection))
