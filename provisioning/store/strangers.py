"""Whom directories have brought and let go without their ever having been members: tombstones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from provisioning.ids import DirectoryId, OrganizationId
from provisioning.store.sql import Statement
from provisioning.store.types import moment

_KEEPING_FOR_A_WHILE = Statement(
    """
    SELECT DISTINCT p.organization_id FROM leaving_policies p
    JOIN organizations o ON o.id = p.organization_id AND o.deleted_at IS NULL
    WHERE p.retention_seconds IS NOT NULL ORDER BY p.organization_id
    """
)
_DIRECTORIES = Statement(
    "SELECT id, deleting_at FROM directories WHERE organization_id = :organization_id ORDER BY id"
)
# Nobody's, and no earlier tombstone of somebody's who came back before it was written down whose
# they are; and told of.
_GONE = """
    SELECT d.id FROM directory_users d
    WHERE d.organization_id = :organization_id AND d.directory_id = :directory_id AND {gone}
        AND d.former_user_id IS NULL AND d.told_version = d.version
        AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.directory_user_id = d.id)
        AND NOT EXISTS (
            SELECT 1 FROM identities i
            WHERE i.directory_id = d.directory_id AND i.external_id = d.external_id)
        AND NOT EXISTS (
            SELECT 1 FROM identities i
            WHERE i.directory_id = d.directory_id AND i.user_name_folded = d.user_name_folded)
    ORDER BY d.id LIMIT :most
"""
_DELETED = Statement(_GONE.format(gone="d.deleted_at <= :before"))
_DISCONNECTED = Statement(_GONE.format(gone="TRUE"))


@dataclass(frozen=True, slots=True)
class KnownDirectory:
    """`deleting_at`: since when it knows nobody any more."""

    id: DirectoryId
    deleting_at: datetime | None


def organizations(connection: Connection) -> list[OrganizationId]:
    """Those with a policy by which anybody is purged."""
    return [row.organization_id for row in _KEEPING_FOR_A_WHILE.run(connection, {})]


def directories(connection: Connection, organization_id: OrganizationId) -> list[KnownDirectory]:
    """Of the organization, and be they deleted."""
    return [
        KnownDirectory(row.id, None if row.deleting_at is None else moment(row.deleting_at))
        for row in _DIRECTORIES.run(connection, {"organization_id": organization_id})
    ]


def gone(
    connection: Connection,
    organization_id: OrganizationId,
    directory: KnownDirectory,
    before: datetime,
    most: int,
) -> Sequence[str]:
    """The directory users who were let go by then, with it or one by one."""
    bound = {"organization_id": organization_id, "directory_id": directory.id, "most": most}
    if directory.deleting_at is not None and directory.deleting_at <= before:
        return [row.id for row in _DISCONNECTED.run(connection, bound)]
    return [row.id for row in _DELETED.run(connection, {**bound, "before": before})]
