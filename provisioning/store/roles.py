"""Roles: built in for everybody, or an organization's own."""

from sqlalchemy import Connection, or_, select

from provisioning.ids import OrganizationId, RoleId
from provisioning.store.tables import roles


def find(connection: Connection, organization_id: OrganizationId, name: str) -> RoleId | None:
    """The role of this name that the organization can grant."""
    found = connection.scalar(
        select(roles.c.id).where(
            roles.c.name == name,
            or_(roles.c.organization_id.is_(None), roles.c.organization_id == organization_id),
        )
    )
    return None if found is None else RoleId(found)


def name(connection: Connection, organization_id: OrganizationId, role_id: RoleId) -> str:
    """Of a role that the organization can grant."""
    return str(
        connection.execute(
            select(roles.c.name).where(
                roles.c.id == role_id,
                or_(roles.c.organization_id.is_(None), roles.c.organization_id == organization_id),
            )
        ).scalar_one()
    )


def names(connection: Connection, organization_id: OrganizationId) -> list[str]:
    """Highest rank first."""
    rows = connection.execute(
        select(roles.c.name)
        .where(or_(roles.c.organization_id.is_(None), roles.c.organization_id == organization_id))
        .order_by(roles.c.rank.desc(), roles.c.name)
    )
    return [row.name for row in rows]
