"""Members as the plan knows them: status, marks, what is held of them, and every grant."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from provisioning.ids import MembershipId, OrganizationId, UserId
from provisioning.reconcile.facts import Grant, Loss, Membership, Parked
from provisioning.store import profiles
from provisioning.store.removed_mappings import GIVING_NOW, MAPPING_OF_GRANT
from provisioning.store.sql import Statement
from provisioning.store.types import moment

# Who waits for what happens to others, and so is looked at whenever anybody is.
_LAST_OWNERS = Statement(
    """
    SELECT m.user_id FROM parked_changes p JOIN memberships m ON m.id = p.membership_id
    WHERE p.organization_id = :organization_id AND p.reason = 'last_owner'
    """
)
# A release that knows no `removed_at` may have removed them: then it is when the row was written.
_MEMBERSHIPS = Statement(
    """
    SELECT m.id, m.user_id, m.status, m.told_profile, m.suspended_by_admin_at, m.directory_managed,
        m.break_glass, m.lost_by_directory_id, m.lost_at,
        p.wanted_status, p.reason, p.directory_id, p.decision, p.decided_by, p.said,
        CASE WHEN m.status = 'removed' THEN COALESCE(m.removed_at, m.updated_at) END
    FROM memberships m LEFT JOIN parked_changes p ON p.membership_id = m.id
    WHERE m.organization_id = :organization_id AND m.user_id = ANY(:users) AND m.purged_at IS NULL
    """
)
_GRANTS = Statement(
    f"""
    SELECT g.id, g.membership_id, g.role_id, g.source_type, g.source_id, g.revoked_at, g.group_id,
        d.directory_id, w.id, w.name, {GIVING_NOW}, g.source_type <> 'mapping' OR p.id IS NOT NULL
    FROM grants g {MAPPING_OF_GRANT}
    LEFT JOIN workspaces w ON w.id = g.workspace_id
    WHERE g.organization_id = :organization_id AND g.membership_id = ANY(:memberships)
    """
)


def last_owners(connection: Connection, organization_id: OrganizationId) -> list[UserId]:
    """Those of whom a change waits until there is another owner."""
    rows = _LAST_OWNERS.run(connection, {"organization_id": organization_id})
    return [UserId(row.user_id) for row in rows]


def of(
    connection: Connection, organization_id: OrganizationId, users: Sequence[UserId]
) -> tuple[list[Membership], dict[MembershipId, Parked]]:
    """And what waits of them."""
    found: list[Membership] = []
    parked: dict[MembershipId, Parked] = {}
    bound = {"organization_id": organization_id, "users": list(users)}
    for row in _MEMBERSHIPS.run(connection, bound):
        membership = Membership(
            id=row[0],
            user_id=row[1],
            status=row[2],
            told=profiles.decoded(row[3]),
            kept_out=row[4] is not None,
            managed=bool(row[5]),
            break_glass=bool(row[6]),
            lost=None if row[8] is None else Loss(row[7], moment(row[8])),
            removed_at=None if row[15] is None else moment(row[15]),
        )
        found.append(membership)
        if row[10] is not None:
            parked[membership.id] = Parked(*row[9:15])
    return found, parked


def grants(
    connection: Connection, organization_id: OrganizationId, memberships: Sequence[MembershipId]
) -> Iterator[Grant]:
    """Revoked ones keep their id for a return."""
    bound = {"organization_id": organization_id, "memberships": list(memberships)}
    for row in _GRANTS.run(connection, bound):
        yield Grant(
            id=row[0],
            membership_id=row[1],
            role_id=row[2],
            source_type=row[3],
            source_id=row[4],
            revoked=row[5] is not None,
            group_id=row[6],
            directory_id=row[7],
            workspace_id=row[8],
            workspace_name=row[9],
            revoked_at=None if row[5] is None else moment(row[5]),
            giving=row[10],
            declared=bool(row[11]),
        )
