"""Organizations: the tenants."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

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
    row = connection.execute(
        select(organizations).where(organizations.c.id == organization_id)
    ).one_or_none()
    return None if row is None else Organization(**row._mapping)  # noqa: SLF001 - SQLAlchemy's API


def all_of_them(connection: Connection) -> list[Organization]:
    """Oldest first."""
    rows = connection.execute(select(organizations).order_by(organizations.c.id))
    return [Organization(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's API


def set_roles(
    connection: Connection,
    organization_id: OrganizationId,
    *,
    default_role_id: RoleId | None,
    role_mode: RoleMode | None,
    now: datetime,
) -> None:
    """Sets what is not None. The caller leaves a note for every directory."""
    values = {"default_role_id": default_role_id, "role_mode": role_mode}
    connection.execute(
        organizations.update()
        .where(organizations.c.id == organization_id)
        .values(updated_at=now, **{k: v for k, v in values.items() if v is not None})
    )
