"""Connections: how the people of an organization sign in to the product."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, func, select

from provisioning.ids import ConnectionId, OrganizationId
from provisioning.store.admin_tables import connections, issuers
from provisioning.store.pages import Cut, Page, page

Protocol = Literal["oidc", "saml"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInConnection:
    """`external_id` is the product's own id of it."""

    id: ConnectionId
    organization_id: OrganizationId
    display_name: str
    provider: str
    protocol: Protocol
    external_id: str | None
    assign_membership_on_login: bool
    created_at: datetime
    updated_at: datetime


def insert(connection: Connection, made: SignInConnection) -> None:
    """Raises `Taken` for the external id."""
    connection.execute(connections.insert().values(**asdict(made)))


def update(connection: Connection, changed: SignInConnection) -> None:
    """All of it; the caller holds the organization's lock. Raises `Taken` as `insert` does."""
    connection.execute(
        connections.update()
        .where(
            connections.c.organization_id == changed.organization_id,
            connections.c.id == changed.id,
        )
        .values(**asdict(changed))
    )


def delete(connection: Connection, gone: SignInConnection) -> None:
    """Nothing may refer to it any more."""
    connection.execute(
        connections.delete().where(
            connections.c.organization_id == gone.organization_id, connections.c.id == gone.id
        )
    )


def get(
    connection: Connection, only: OrganizationId | None, connection_id: ConnectionId
) -> SignInConnection | None:
    """With `only`, none but a connection of that organization."""
    query = select(connections).where(connections.c.id == connection_id)
    if only is not None:
        query = query.where(connections.c.organization_id == only)
    row = connection.execute(query).one_or_none()
    return None if row is None else _read(row)


def count(connection: Connection, organization_id: OrganizationId) -> int:
    """How many the organization has."""
    query = select(func.count()).where(connections.c.organization_id == organization_id)
    return connection.execute(query).scalar_one()


def has_issuer(connection: Connection, asked: SignInConnection) -> bool:
    """Whether ID tokens of some issuer are taken as coming through it."""
    query = select(issuers.c.id).where(issuers.c.connection_id == asked.id).limit(1)
    return connection.scalar(query) is not None


def listing(
    connection: Connection, organization_id: OrganizationId, cut: Cut
) -> Page[SignInConnection]:
    """Those of the organization."""
    query = select(connections).where(connections.c.organization_id == organization_id)
    return page(connection, query, connections.c.id, cut, _read)


def of_organizations(
    connection: Connection, organization_ids: Sequence[OrganizationId]
) -> list[SignInConnection]:
    """Oldest first."""
    query = select(connections).where(connections.c.organization_id.in_(organization_ids))
    return [_read(row) for row in connection.execute(query.order_by(connections.c.id))]


def _read(row: Row[*tuple[Any, ...]]) -> SignInConnection:
    return SignInConnection(**row._mapping)  # noqa: SLF001 - SQLAlchemy's API
