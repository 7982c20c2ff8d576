"""Connections as signing in reads them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, select

from provisioning.ids import ConnectionId, OrganizationId
from provisioning.store.admin_tables import connections


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInConnection:
    """How people of the organization sign in; `external_id` is the product's own id of it."""

    id: ConnectionId
    organization_id: OrganizationId
    display_name: str
    provider: str
    protocol: str
    external_id: str | None
    assign_membership_on_login: bool


def get(
    connection: Connection, connection_id: ConnectionId, organization_id: OrganizationId | None
) -> SignInConnection | None:
    """With an organization only one of its own."""
    query = _all().where(connections.c.id == connection_id)
    if organization_id is not None:
        query = query.where(connections.c.organization_id == organization_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else SignInConnection(**row._mapping)  # noqa: SLF001 - SQLAlchemy's API


def of_organizations(
    connection: Connection, organization_ids: Sequence[OrganizationId]
) -> list[SignInConnection]:
    """Oldest first."""
    query = _all().where(connections.c.organization_id.in_(organization_ids))
    rows = connection.execute(query.order_by(connections.c.id))
    return [SignInConnection(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's API


def _all() -> Select[Any]:
    c = connections.c
    return select(
        c.id,
        c.organization_id,
        c.display_name,
        c.provider,
        c.protocol,
        c.external_id,
        c.assign_membership_on_login,
    )
