"""
Who has which domain, held still while somebody acts on it. Whoever reads it and writes accounts by
what it is shares a lock of the name; whoever changes it has that lock alone: the accounts that were
written meanwhile are there when it looks for them, and nobody writes any before it has committed.

A lock of the name, not of the rows that claim it: a claim may be made, and vouched for, between
what is read and what is written. In one order, and all that a transaction needs at once, or two
that verify would wait for each other. SQLite has one writer at a time, and needs none of it.
"""

from collections.abc import Collection, Iterable
from zlib import crc32

from sqlalchemy import Connection

from provisioning.email_domains import domain_of
from provisioning.ids import OrganizationId
from provisioning.store.sql import Statement

_SPACE = 0x646F6D73  # "doms", apart from whatever else is locked by number
_LOCKS = 1024
"""
Names share them: PostgreSQL has room for some thousands, and a directory may have people of as many
domains.
"""
_TAKE = Statement(
    """
    SELECT CASE WHEN asked.number = ANY(CAST(:alone AS int[]))
        THEN pg_advisory_xact_lock(:space, asked.number)
        ELSE pg_advisory_xact_lock_shared(:space, asked.number) END
    FROM (SELECT unnest(CAST(:locks AS int[])) AS number ORDER BY 1) AS asked
    """
)
_ADDRESSES = Statement(
    """
    SELECT DISTINCT substring(email from '@[^@]*$') AS domain FROM directory_users
    WHERE organization_id = :organization_id AND deleted_at IS NULL AND email IS NOT NULL
    """
)


def share(connection: Connection, names: Iterable[str]) -> None:
    """Until the transaction ends nobody gets, or loses, one of these names."""
    _take(connection, (), names)


def take(connection: Connection, names: Collection[str]) -> None:
    """
    Whoever has read who has one of these names has written what follows, and nobody else reads it
    before the transaction has ended.
    """
    _take(connection, names, ())


def take_with_people(
    connection: Connection, names: Collection[str], organization_id: OrganizationId
) -> None:
    """Likewise; and shared all those of addresses in the organization's directories."""
    if connection.dialect.name == "postgresql":
        found = _ADDRESSES.run(connection, {"organization_id": organization_id})
        _take(connection, names, filter(None, (domain_of(row.domain) for row in found)))


def _take(connection: Connection, alone: Iterable[str], shared: Iterable[str]) -> None:
    mine = {_lock(name) for name in alone}
    locks = sorted(mine.union(map(_lock, shared)))
    if locks and connection.dialect.name == "postgresql":
        _TAKE.run(connection, {"space": _SPACE, "alone": sorted(mine), "locks": locks})


def _lock(name: str) -> int:
    return crc32(name.encode()) % _LOCKS
