"""
Addresses of domains that another organization has proven: no other one's word gives them to an
account. Accounts that held one by such a word, from before the proof, let it go.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from provisioning.email_domains import domain_of, is_within
from provisioning.ids import OrganizationId
from provisioning.store import awaited_addresses, domain_locks
from provisioning.store.people_tables import EMAIL_DOMAIN, UNUSUAL_EMAIL
from provisioning.store.sql import Statement

_HELD = Statement(
    """
    SELECT name FROM domains
    WHERE name = ANY(:names) AND organization_id <> :organization_id AND state = 'verified'
    """
)
# By the domain of the folded address; which of them, and of those that tell it otherwise, are of
# the name as it is written is for `domain_of` to say.
_OF_DOMAINS = """
    SELECT id FROM users WHERE {domain} = ANY(:domains)
    UNION SELECT id FROM users WHERE {unusual} = 1
"""
_SUSPECTS = Statement(
    _OF_DOMAINS.format(domain=EMAIL_DOMAIN, unusual=UNUSUAL_EMAIL["postgresql"]),
    sqlite=_OF_DOMAINS.format(domain=EMAIL_DOMAIN, unusual=UNUSUAL_EMAIL["sqlite"]),
)
# Neither those of an organization that has had the name before, whose people they are, nor whom
# the new holder itself has taken in.
_VOUCHED = Statement(
    """
    SELECT u.id, u.email, u.email_key FROM users u
    WHERE u.id = ANY(:users) AND u.email_key IS NOT NULL AND u.email_vouched_by <> :organization_id
        AND NOT EXISTS (
            SELECT 1 FROM domain_holdings h
            WHERE h.name = :name AND h.organization_id = u.email_vouched_by
        )
        AND NOT EXISTS (
            SELECT 1 FROM memberships m
            WHERE m.user_id = u.id AND m.organization_id = :organization_id
                AND m.purged_at IS NULL
        )
    ORDER BY u.id FOR UPDATE OF u
    """
)
_AWAITING = Statement(
    """
    SELECT id, email, awaited_email_key FROM users
    WHERE id = ANY(:users) AND awaited_email_key IS NOT NULL
    """
)
_RELEASE = Statement(
    """
    UPDATE users SET email_key = NULL, awaited_email_key = email_key, updated_at = :now
    WHERE id = ANY(:users)
    """
)


def names(
    connection: Connection,
    organization_id: OrganizationId,
    emails: Iterable[str | None],
    *,
    held: bool = True,
) -> frozenset[str]:
    """
    Those domains of the addresses, as written, that another organization has verified; `held`:
    nobody gets or loses one before the transaction ends.
    """
    asked = sorted(filter(None, {domain_of(email) for email in emails}))
    if not asked:
        return frozenset()
    if held:
        domain_locks.share(connection, asked)
    return look_up(connection, organization_id, asked)


def look_up(
    connection: Connection, organization_id: OrganizationId, asked: Sequence[str]
) -> frozenset[str]:
    """Those of the names that another organization has verified; it may change at any time."""
    found = _HELD.run(connection, {"organization_id": organization_id, "names": asked})
    return frozenset(row.name for row in found)


def release(
    connection: Connection, organization_id: OrganizationId, name: str, now: datetime
) -> None:
    """
    The organization verifies the name, whose lock the caller has: accounts that hold an address of
    it by the word of another one alone are shown with it only. Whoever waited for one looks again.
    """
    suspects = _suspects(connection, [name])
    bound = {"users": suspects, "organization_id": organization_id, "name": name}
    released = {
        row.id: row.email_key
        for row in _VOUCHED.run(connection, bound)
        if domain_of(row.email) == name
    }
    if released:
        _RELEASE.run(connection, {"users": sorted(released), "now": now})
        awaited_addresses.wake(connection, released, (), now)


def wake(connection: Connection, gone: Sequence[str], now: datetime) -> None:
    """Nobody has these names any more: who is only shown with an address may hold it."""
    if not gone:
        return
    waiting = {
        row.id: row.awaited_email_key
        for row in _AWAITING.run(connection, {"users": _suspects(connection, gone)})
        if is_within(row.email, frozenset(gone))
    }
    awaited_addresses.wake(connection, waiting, (), now)


def _suspects(connection: Connection, names: Sequence[str]) -> list[str]:
    """The accounts that may hold, or be shown with, an address of one of these domains."""
    # Also with the final dot that DNS allows.
    domains = [*names, *(f"{name}." for name in names)]
    return [row.id for row in _SUSPECTS.run(connection, {"domains": domains})]
