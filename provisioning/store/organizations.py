"""Organizations: the tenants."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select

from provisioning.ids import OrganizationId, RoleId
from provisioning.reconcile.facts import RoleMode
from provisioning.store.tables import (
    event_counters,
    organization_syncs,
    organizations,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    id: OrganizationId
    display_name: str
    default_role_id: RoleId
    role_mode: RoleMode
    created_at: datetime
    updated_at: datetime


def insert(connection: Connection, organization: Organization) -> None:
    """With its counter and its lock, which every organization has."""
    connection.execute(
        organizations.insert().values(
            id=organization.id,
            display_name=organization.display_name,
            default_role_id=organization.default_role_id,
            role_mode=organization.role_mode,
            created_at=organization.created_at,
            updated_at=organization.updated_at,
        )
    )
    connection.execute(event_counters.insert().values(organization_id=organization.id))
    connection.execute(organization_syncs.insert().values(organization_id=organization.id))


def get(connection: Connection, organization_id: OrganizationId) -> Organization | None:
    """None when there is no such organization."""
    return _one(connection, _select(organization_id))


def lock(connection: Connection, organization_id: OrganizationId) -> Organization | None:
    """Until the transaction ends nobody else changes it: what an event calls former was so."""
    return _one(connection, _select(organization_id).with_for_update(key_share=True))


def all_of_them(connection: Connection) -> list[Organization]:
    """Oldest first."""
    rows = connection.execute(select(organizations).order_by(organizations.c.id))
    return [Organization(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's API


def update_roles(connection: Connection, organization: Organization) -> None:
    """Default role and role mode. The caller leaves a note for every directory."""
    connection.execute(
        organizations.update()
        .where(organizations.c.id == organization.id)
        .values(
            default_role_id=organization.default_role_id,
            role_mode=organization.role_mode,
            updated_at=organization.updated_at,
        )
    )


def _select(organization_id: OrganizationId) -> Select[Any]:
    return select(organizations).where(organizations.c.id == organization_id)


def _one(connection: Connection, query: Select[Any]) -> Organization | None:
    row = connection.execute(query).one_or_none()
    return None if row is None else Organization(**row._mapping)  # noqa: SLF001 - SQLAlchemy's API
