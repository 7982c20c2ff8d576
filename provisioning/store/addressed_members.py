"""
Members by their e-mail address, found by the indexes of the accounts' addresses: an organization's
hundred thousand people are not gone through, whatever the database thinks of their number
(ADR-0032).
"""

from sqlalchemy import Connection

from provisioning.folding import fold
from provisioning.ids import MembershipId, OrganizationId
from provisioning.store import profiles
from provisioning.store.sql import Statement

# Three ways to them, each by an index of its own: what a former release wrote is not folded. The
# membership is looked up for each: as a join it would be PostgreSQL's to read everybody's.
_ACCOUNTS = Statement(
    """
    WITH shown AS MATERIALIZED (
        SELECT u.id, u.email FROM users u WHERE u.email_key = :email_key
        UNION ALL
        SELECT u.id, u.email FROM users u WHERE u.awaited_email_key = :email_key
        UNION ALL
        SELECT u.id, u.email FROM users u
        WHERE u.email IS NOT NULL AND coalesce(u.email_key, u.awaited_email_key) IS NULL
    )
    SELECT s.email, (
        SELECT m.id FROM memberships m
        WHERE m.organization_id = :organization_id AND m.user_id = s.id AND m.purged_at IS NULL
    ) AS membership_id
    FROM shown s
    """
)
_REMOVED = Statement(
    """
    SELECT id, told_profile FROM memberships
    WHERE id = ANY(:ids) AND organization_id || '' = :organization_id AND status = 'removed'
    """
)


def with_account(
    connection: Connection, organization_id: OrganizationId, email_key: str
) -> list[MembershipId]:
    """Whose account speaks for the folded address, or is shown with it; by id."""
    bound = {"organization_id": organization_id, "email_key": email_key}
    return sorted(
        row.membership_id
        for row in _ACCOUNTS.run(connection, bound)
        if row.membership_id is not None and fold(row.email) == email_key
    )


def shown_with(
    connection: Connection, organization_id: OrganizationId, email_key: str
) -> list[MembershipId]:
    """
    Whom the organization is shown with the folded address. An address that an account has got
    since the person left is no business of the organization's.
    """
    found = with_account(connection, organization_id, email_key)
    if not found:
        return found
    removed = _REMOVED.run(connection, {"ids": found, "organization_id": organization_id})
    told = {row.id: profiles.decoded(row.told_profile) for row in removed}
    unlike = {key for key, known in told.items() if known and fold(known.email or "") != email_key}
    return [key for key in found if key not in unlike]
