"""Seats: members, suspended ones as well, and invitations that may still be accepted."""

from datetime import datetime

from sqlalchemy import Connection

from provisioning.ids import OrganizationId
from provisioning.store.sql import Statement

_TAKEN = Statement(
    """
    SELECT (
        SELECT count(*) FROM memberships
        WHERE organization_id = :organization_id AND status <> 'removed'
    ) + (
        SELECT count(*) FROM invitations
        WHERE organization_id = :organization_id AND status = 'pending' AND expires_at > :now
    )
    """
)


def taken(connection: Connection, organization_id: OrganizationId, now: datetime) -> int:
    """How many; exact while the caller holds the lock of the organization."""
    bound = {"organization_id": organization_id, "now": now}
    return int(_TAKEN.run(connection, bound).scalar_one())
