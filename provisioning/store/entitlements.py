"""What somebody may do, as claims say it: organizations, role names and permissions."""

from dataclasses import dataclass

from sqlalchemy import Connection

from provisioning.ids import MembershipId, OrganizationId, UserId
from provisioning.reconcile.facts import Status
from provisioning.store.sql import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """A membership, seen from the person."""

    organization_id: OrganizationId
    display_name: str
    name: str
    slug: str | None
    membership_id: MembershipId
    status: Status


_BELONGINGS = Statement(
    """
    SELECT o.id AS organization_id, o.display_name, COALESCE(o.name, o.id) AS name, o.slug,
        m.id AS membership_id, m.status
    FROM memberships m JOIN organizations o ON o.id = m.organization_id AND o.deleted_at IS NULL
    WHERE m.user_id = :user_id ORDER BY m.id
    """
)
_ROLES = Statement(
    """
    SELECT r.name FROM grants g JOIN roles r ON r.id = g.role_id
    WHERE g.organization_id = :organization_id AND g.membership_id = :membership_id
        AND g.revoked_at IS NULL AND g.workspace_id = ''
    GROUP BY r.name, r.rank ORDER BY r.rank DESC, r.name
    """
)
# UNION, not UNION ALL: roles that extend each other in a circle end where nobody new comes.
_PERMISSIONS = Statement(
    """
    WITH RECURSIVE held (role_id) AS (
        SELECT role_id FROM grants
        WHERE organization_id = :organization_id AND membership_id = :membership_id
            AND revoked_at IS NULL AND workspace_id = ''
        UNION
        SELECT r.extends_role_id FROM held JOIN roles r ON r.id = held.role_id
        WHERE r.extends_role_id IS NOT NULL
    )
    SELECT DISTINCT p.permission FROM held JOIN role_permissions p ON p.role_id = held.role_id
    ORDER BY p.permission
    """
)


def belongings(connection: Connection, user_id: UserId) -> list[Belonging]:
    """All organizations of the person, also those that have suspended or removed them."""
    return [
        Belonging(**row._mapping)  # noqa: SLF001 - SQLAlchemy's API
        for row in _BELONGINGS.run(connection, {"user_id": user_id})
    ]


def role_names(
    connection: Connection, organization_id: OrganizationId, membership_id: MembershipId
) -> tuple[str, ...]:
    """Those that hold in the whole organization, the highest rank first."""
    bound = {"organization_id": organization_id, "membership_id": membership_id}
    return tuple(row.name for row in _ROLES.run(connection, bound))


def permissions(
    connection: Connection, organization_id: OrganizationId, membership_id: MembershipId
) -> tuple[str, ...]:
    """Of those roles and of what they extend, as they were given: `*` is not spelled out."""
    bound = {"organization_id": organization_id, "membership_id": membership_id}
    return tuple(row.permission for row in _PERMISSIONS.run(connection, bound))
