"""
Which organizations have had which domain. Whoever has a name after somebody else gets no people
along with it: the accounts that the former organization knows are not for the next one.
"""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection

from provisioning.ids import OrganizationId, UserId
from provisioning.store.sql import Statement

_RECORD = Statement(
    """
    INSERT INTO domain_holdings (name, organization_id) VALUES (:name, :organization_id)
    ON CONFLICT (name, organization_id) DO NOTHING
    """
)
_KNOWN_BEFORE = Statement(
    """
    SELECT DISTINCT m.user_id, h.name FROM domain_holdings h
    JOIN domains d ON d.name = h.name AND d.organization_id = :organization_id
        AND d.state = 'verified'
    JOIN memberships m ON m.organization_id = h.organization_id
    WHERE h.organization_id <> :organization_id AND m.user_id = ANY(:users)
    """
)
_IS_LEFT_BEHIND = Statement(
    """
    SELECT EXISTS (
        SELECT 1 FROM domain_holdings h
        JOIN memberships m ON m.organization_id = h.organization_id AND m.user_id = :user_id
        WHERE h.name = :name AND NOT EXISTS (
            SELECT 1 FROM domains d
            WHERE d.name = h.name AND d.organization_id = h.organization_id
                AND d.state = 'verified'
        )
    )
    """
)


def record(connection: Connection, name: str, organization_id: OrganizationId) -> None:
    """The organization has the name; that it had it stays."""
    _RECORD.run(connection, {"name": name, "organization_id": organization_id})


def known_before(
    connection: Connection, organization_id: OrganizationId, users: Sequence[UserId]
) -> dict[UserId, frozenset[str]]:
    """Of those whom former holders of the organization's verified names know: which names."""
    found: defaultdict[UserId, set[str]] = defaultdict(set)
    bound = {"organization_id": organization_id, "users": list(users)}
    for user_id, name in _KNOWN_BEFORE.run(connection, bound):
        found[user_id].add(name)
    return {user_id: frozenset(names) for user_id, names in found.items()}


def is_left_behind(connection: Connection, user_id: UserId, name: str) -> bool:
    """
    Whether an organization that knows the account has had the name, and has it no more, however it
    went: an address of it no longer shows who somebody is.
    """
    bound = {"user_id": user_id, "name": name}
    return bool(_IS_LEFT_BEHIND.run(connection, bound).scalar_one())
