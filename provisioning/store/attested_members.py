"""Members as two sides compare them: in the order of their users, a part at a time."""

from itertools import groupby

from sqlalchemy import Connection

from provisioning.holdings import Holding
from provisioning.ids import OrganizationId
from provisioning.store.sql import Statement

_PART = Statement(
    """
    SELECT m.user_id, m.status, r.name, g.workspace_id
    FROM (
        SELECT id, user_id, status FROM memberships
        WHERE organization_id = :organization_id AND user_id > :after
            AND (:through = '' OR user_id <= :through) AND status <> 'removed'
        ORDER BY user_id LIMIT :limit
    ) m
    LEFT JOIN grants g ON g.membership_id = m.id AND g.organization_id = :organization_id
        AND g.revoked_at IS NULL AND m.status = 'active'
    LEFT JOIN roles r ON r.id = g.role_id
    ORDER BY m.user_id
    """
)


def part(
    connection: Connection,
    organization_id: OrganizationId,
    after: str | None,
    through: str | None,
    limit: int,
) -> list[Holding]:
    """The first ones behind the user `after`, and no further than the user `through`."""
    bound = {
        "organization_id": organization_id,
        "after": after or "",
        "through": through or "",
        "limit": limit,
    }
    rows = _PART.run(connection, bound).all()
    return [
        Holding.of(
            user_id,
            status,
            [f"{row[3]}/{row[2]}" if row[3] else row[2] for row in held if row[2] is not None],
        )
        for (user_id, status), held in groupby(rows, key=lambda row: (row[0], row[1]))
    ]
