"""
Addresses of domains that another organization has proven: no other one's word gives them to an
account. Accounts that held one by such a word, from before the proof, let it go.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from provisioning.email_domains import domain_of, is_within, unicode_name
from provisioning.folding import fold
from provisioning.ids import OrganizationId
from provisioning.store import awaited_addresses
from provisioning.store.sql import Statement

# Locked whatever their state: who verifies one meanwhile waits until what is read here has led to
# rows, and looks at those (`release`). Nothing else waits: only a key is held.
_CLAIMED = Statement(
    """
    SELECT name, state FROM domains
    WHERE name = ANY(:names) AND organization_id <> :organization_id
    ORDER BY id FOR KEY SHARE
    """
)
_LOCK = Statement(
    """
    SELECT id FROM domains WHERE organization_id = :organization_id AND name = :name FOR UPDATE
    """
)
# Neither those of an organization that has had the name before, whose people they are, nor whom
# the new holder itself has taken in.
_VOUCHED = Statement(
    """
    SELECT u.id, u.email, u.email_key FROM users u
    WHERE (u.email_key LIKE :written OR u.email_key LIKE :folded)
        AND u.email_vouched_by <> :organization_id
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
_RELEASE = Statement(
    """
    UPDATE users SET email_key = NULL, awaited_email_key = email_key, updated_at = :now
    WHERE id = ANY(:users)
    """
)
# Once through those who wait, however many names an organization had that goes.
_AWAITING = Statement(
    """
    SELECT u.id, u.email, u.awaited_email_key FROM users u
    WHERE u.awaited_email_key IS NOT NULL AND u.awaited_email_key LIKE ANY(:patterns)
    """,
    sqlite="""
    SELECT u.id, u.email, u.awaited_email_key FROM users u
    WHERE u.awaited_email_key IS NOT NULL AND EXISTS (
        SELECT 1 FROM json_each(:patterns) p WHERE u.awaited_email_key LIKE p.value
    )
    """,
)


def names(
    connection: Connection, organization_id: OrganizationId, emails: Iterable[str | None]
) -> frozenset[str]:
    """Those domains of the addresses, as written, that another organization has verified."""
    asked = {domain_of(email) for email in emails} - {None}
    if not asked:
        return frozenset()
    bound = {"organization_id": organization_id, "names": sorted(filter(None, asked))}
    found = _CLAIMED.run(connection, bound)
    return frozenset(row.name for row in found if row.state == "verified")


def lock(connection: Connection, organization_id: OrganizationId, name: str) -> None:
    """
    Before the domain becomes verified, or is no more: whoever has read what it was has written
    what follows.
    """
    _LOCK.run(connection, {"organization_id": organization_id, "name": name})


def release(
    connection: Connection, organization_id: OrganizationId, name: str, now: datetime
) -> None:
    """
    The organization has verified the name: accounts that hold an address of it by the word of
    another one alone are shown with it only. Whoever waited for one looks again.
    """
    bound = {**_patterns(name), "organization_id": organization_id, "name": name}
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
    patterns = [pattern for name in gone for pattern in _patterns(name).values()]
    waiting = {
        row.id: row.awaited_email_key
        for row in _AWAITING.run(connection, {"patterns": patterns})
        if is_within(row.email, frozenset(gone))
    }
    awaited_addresses.wake(connection, waiting, (), now)


def _patterns(name: str) -> dict[str, str]:
    """A domain has no sign that LIKE knows; folded addresses have it as people write it, too."""
    return {"written": f"%@{name}", "folded": f"%@{fold(unicode_name(name))}"}
