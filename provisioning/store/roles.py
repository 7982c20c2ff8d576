"""Roles: built in for everybody, or an organization's own."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, or_, select

from provisioning.ids import OrganizationId, RoleId
from provisioning.permissions import Role, RoleBook
from provisioning.reconcile import facts
from provisioning.store.admin_tables import role_permissions
from provisioning.store.organization_tables import organizations
from provisioning.store.role_tables import roles
from provisioning.store.sql import Statement
from provisioning.store.types import moment

_BOOK = Statement(
    """
    SELECT o.roles_version, r.id, r.organization_id, r.name, r.rank, r.display_name,
        r.description, r.extends_role_id, r.created_at, r.updated_at, r.deleted_at,
        (SELECT string_agg(p.permission, ' ') FROM role_permissions p WHERE p.role_id = r.id)
            AS permissions
    FROM organizations o
    JOIN roles r ON r.organization_id IS NULL OR r.organization_id = o.id
    WHERE o.id = :organization_id AND o.deleted_at IS NULL AND (
        r.deleted_at IS NULL OR EXISTS (
            SELECT 1 FROM grants g WHERE g.organization_id = o.id AND g.role_id = r.id
                AND g.revoked_at IS NULL))
    ORDER BY r.id
    """
)


def book(connection: Connection, organization_id: OrganizationId) -> RoleBook | None:
    """All roles with their version, by one statement; None when there is no such organization."""
    rows = _BOOK.run(connection, {"organization_id": organization_id}).all()
    return RoleBook(rows[0].roles_version, map(_read, rows)) if rows else None


def of_organization(
    connection: Connection, organization_id: OrganizationId
) -> dict[RoleId, facts.Role]:
    """Every role that the organization can grant, or that somebody in it has still."""
    found = book(connection, organization_id)
    return {} if found is None else _by_id(found.held())


def grantable(connection: Connection, organization_id: OrganizationId) -> dict[RoleId, facts.Role]:
    """Every role that the organization can grant."""
    found = book(connection, organization_id)
    return {} if found is None else _by_id(found.living())


def _by_id(roles: Sequence[Role]) -> dict[RoleId, facts.Role]:
    return {one.id: facts.Role(one.name, one.rank) for one in roles}


def find(connection: Connection, organization_id: OrganizationId, name: str) -> RoleId | None:
    """The role of this name that the organization can grant; nobody deletes it meanwhile."""
    found = connection.scalar(
        _grantable(organization_id)
        .where(roles.c.name == name)
        .with_for_update(read=True, key_share=True)
    )
    return None if found is None else RoleId(found)


def name(connection: Connection, organization_id: OrganizationId, role_id: RoleId) -> str:
    """Of a role of the organization, or one built in; also when it was deleted."""
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
        _grantable(organization_id)
        .add_columns(roles.c.name)
        .order_by(roles.c.rank.desc(), roles.c.name)
    )
    return [row.name for row in rows]


def insert(connection: Connection, role: Role) -> None:
    """Raises `Taken` for the name."""
    connection.execute(roles.insert().values(**_values(role)))
    _insert_permissions(connection, role)
    _turn_page(connection, role)


def update(connection: Connection, role: Role) -> None:
    """All of it; the caller holds the organization's lock."""
    connection.execute(
        roles.update()
        .where(roles.c.id == role.id, roles.c.organization_id == role.organization_id)
        .values(**_values(role))
    )
    connection.execute(
        role_permissions.delete().where(
            role_permissions.c.role_id == role.id,
            role_permissions.c.permission.not_in(role.permissions),
        )
    )
    known = connection.scalars(
        select(role_permissions.c.permission).where(role_permissions.c.role_id == role.id)
    )
    _insert_permissions(connection, role, known.all())
    _turn_page(connection, role)


def lock(connection: Connection, organization_id: OrganizationId, role_id: RoleId) -> None:
    """Whoever is granting the role ends first; whoever comes later finds what becomes of it."""
    connection.execute(
        select(roles.c.id)
        .where(roles.c.id == role_id, roles.c.organization_id == organization_id)
        .with_for_update()
    )


def _grantable(organization_id: OrganizationId) -> Select[*tuple[Any, ...]]:
    return select(roles.c.id).where(
        roles.c.deleted_at.is_(None),
        or_(roles.c.organization_id.is_(None), roles.c.organization_id == organization_id),
    )


def _insert_permissions(connection: Connection, role: Role, known: Sequence[str] = ()) -> None:
    new = [
        {"role_id": role.id, "permission": permission}
        for permission in role.permissions
        if permission not in known
    ]
    if new:
        connection.execute(role_permissions.insert(), new)


def _turn_page(connection: Connection, role: Role) -> None:
    """In the transaction of the change: who has read this version knows all of it."""
    connection.execute(
        organizations.update()
        .where(organizations.c.id == role.organization_id)
        .values(roles_version=organizations.c.roles_version + 1)
    )


def _values(role: Role) -> dict[str, Any]:
    return {column.name: getattr(role, column.name) for column in roles.c}


def _read(row: Any) -> Role:
    return Role(
        id=row.id,
        organization_id=row.organization_id,
        name=row.name,
        rank=row.rank,
        permissions=tuple(sorted((row.permissions or "").split())),
        display_name=row.display_name,
        description=row.description,
        extends_role_id=row.extends_role_id,
        created_at=None if row.created_at is None else moment(row.created_at),
        updated_at=None if row.updated_at is None else moment(row.updated_at),
        deleted_at=None if row.deleted_at is None else moment(row.deleted_at),
    )
