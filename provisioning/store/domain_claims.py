"""How many domains an organization has claimed in the present hour, given up or not."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from provisioning.ids import OrganizationId
from provisioning.store.sql import Statement

HOUR = timedelta(hours=1)

# An hour begins with its first claim.
_COUNT = Statement(
    """
    INSERT INTO domain_claims (organization_id, since, claims) VALUES (:organization_id, :now, 1)
    ON CONFLICT (organization_id) DO UPDATE SET
        since = CASE WHEN domain_claims.since <= :before THEN excluded.since
            ELSE domain_claims.since END,
        claims = CASE WHEN domain_claims.since <= :before THEN 1 ELSE domain_claims.claims + 1 END
    RETURNING claims
    """
)


def count(connection: Connection, organization_id: OrganizationId, now: datetime) -> int:
    """With the one that is about to be made. Undone with the transaction, as that one is."""
    bound = {"organization_id": organization_id, "now": now, "before": now - HOUR}
    return int(_COUNT.run(connection, bound).scalar_one())
