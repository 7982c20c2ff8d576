"""Connections of an organization: the IdPs through which its people sign in to the product."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from provisioning import ids, organizations
from provisioning.context import Acting
from provisioning.errors import NotFound, Refused
from provisioning.events import Draft, EventType, former_values
from provisioning.ids import ConnectionId, OrganizationId
from provisioning.store import connections, events
from provisioning.store.connections import Protocol, SignInConnection

LIMIT = 10
"""Auth0's limit of enabled connections per organization."""


def create(
    connection: Connection,
    organization_id: OrganizationId,
    by: Acting,
    *,
    display_name: str,
    provider: str,
    protocol: Protocol,
    external_id: str | None = None,
    assign_membership_on_login: bool = False,
) -> SignInConnection:
    """Raises `NotFound` for the organization, `Refused` beyond the limit, `Taken`."""
    # Two at once would both find room for one more, or tell the same former values.
    organizations.lock(connection, organization_id)
    if connections.count(connection, organization_id) >= LIMIT:
        raise Refused("connection_limit_reached", f"an organization has {LIMIT} at most")
    made = SignInConnection(
        id=ConnectionId(ids.new(ids.CONNECTION)),
        organization_id=organization_id,
        display_name=display_name,
        provider=provider,
        protocol=protocol,
        external_id=external_id,
        assign_membership_on_login=assign_membership_on_login,
        created_at=by.now,
        updated_at=by.now,
    )
    connections.insert(connection, made)
    _tell(connection, "connection.created", made, None, by)
    return made


def get(
    connection: Connection, only: OrganizationId | None, connection_id: ConnectionId
) -> SignInConnection:
    """With `only`, none but a connection of that organization. Raises `NotFound`."""
    found = connections.get(connection, only, connection_id)
    if found is None:
        raise NotFound("connection", connection_id)
    return found


def update(
    connection: Connection,
    organization_id: OrganizationId,
    connection_id: ConnectionId,
    changes: Mapping[str, Any],
    by: Acting,
) -> SignInConnection:
    """
    `changes` of `SignInConnection`'s fields; its protocol and provider are for ever. What is so
    already changes nothing. Raises `NotFound`, `Taken`.
    """
    organizations.lock(connection, organization_id)
    before = get(connection, organization_id, connection_id)
    wanted = replace(before, **changes)
    if wanted == before:
        return before
    after = replace(wanted, updated_at=by.now)
    connections.update(connection, after)
    previous = former_values(_shown(before), _shown(after))
    _tell(connection, "connection.updated", after, previous, by)
    return after


def delete(
    connection: Connection,
    organization_id: OrganizationId,
    connection_id: ConnectionId,
    by: Acting,
) -> None:
    """
    Nobody joins through it any more; who has stays. Raises `NotFound`, and `Refused` while an
    issuer of ID tokens is its.
    """
    organizations.lock(connection, organization_id)
    gone = get(connection, organization_id, connection_id)
    if connections.has_issuer(connection, gone):
        raise Refused("connection_in_use", "an issuer of ID tokens is of this connection")
    connections.delete(connection, gone)
    _tell(connection, "connection.deleted", gone, _shown(gone), by)


def _tell(
    connection: Connection,
    event_type: EventType,
    changed: SignInConnection,
    previous: dict[str, Any] | None,
    by: Acting,
) -> None:
    draft = Draft(event_type, _shown(changed), previous)
    events.append(connection, changed.organization_id, [draft], actor=by.actor, now=by.now)


def _shown(shown: SignInConnection) -> dict[str, Any]:
    return {
        "id": shown.id,
        "organization_id": shown.organization_id,
        "display_name": shown.display_name,
        "provider": shown.provider,
        "protocol": shown.protocol,
        "external_id": shown.external_id,
        "assign_membership_on_login": shown.assign_membership_on_login,
    }
