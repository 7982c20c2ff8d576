"""How long people are kept who leave: of an organization, and of directories of their own."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from provisioning.ids import DirectoryId, OrganizationId
from provisioning.reconcile.facts import LeavingPolicy
from provisioning.store.sql import Statement
from provisioning.store.types import moment

_OF_ORGANIZATION = Statement(
    """
    SELECT directory_id, grace_seconds, retention_seconds, changed_at FROM leaving_policies
    WHERE organization_id = :organization_id
    """
)
_PUT = Statement(
    """
    INSERT INTO leaving_policies
        (organization_id, directory_id, grace_seconds, retention_seconds, changed_at)
    VALUES (:organization_id, :directory_id, :grace_seconds, :retention_seconds, :changed_at)
    ON CONFLICT (organization_id, directory_id) DO UPDATE SET
        grace_seconds = excluded.grace_seconds, retention_seconds = excluded.retention_seconds,
        changed_at = excluded.changed_at
    """
)
# Whom a policy is about: who has left, or is about to. Each with a note.
_NOTE_LEAVERS = Statement(
    """
    INSERT INTO notes (organization_id, directory_id, kind, key, created_at)
    SELECT m.organization_id, '', 'user', m.user_id, :now FROM memberships m
    WHERE m.organization_id = :organization_id AND m.purged_at IS NULL AND (
        m.status = 'removed'
        OR EXISTS (SELECT 1 FROM leaving_steps s WHERE s.membership_id = m.id)
    )
    """
)


def of_organization(
    connection: Connection, organization_id: OrganizationId
) -> dict[DirectoryId | None, LeavingPolicy]:
    """
    By directory; that of None is the organization's, for those that are not here. A directory that
    inherits it again does so from a day on.
    """
    rows = _OF_ORGANIZATION.run(connection, {"organization_id": organization_id}).all()
    policies: dict[DirectoryId | None, LeavingPolicy] = {
        row.directory_id or None: LeavingPolicy(
            row.grace_seconds, row.retention_seconds, moment(row.changed_at)
        )
        for row in rows
        if row.grace_seconds is not None
    }
    general = policies.get(None)
    for row in rows:
        if row.grace_seconds is None:
            changed_at = moment(row.changed_at)
            inherited = general or LeavingPolicy(0, None, changed_at)
            since = max(inherited.changed_at, changed_at)
            policies[row.directory_id] = replace(inherited, changed_at=since, inherited=True)
    return policies


def put(
    connection: Connection,
    organization_id: OrganizationId,
    directory_id: DirectoryId | None,
    grace_seconds: int | None,
    retention_seconds: int | None,
    now: datetime,
) -> None:
    """Instead of the one there was; without `grace_seconds` the directory inherits one."""
    bound = {
        "organization_id": organization_id,
        "directory_id": directory_id or "",
        "grace_seconds": grace_seconds,
        "retention_seconds": retention_seconds,
        "changed_at": now,
    }
    _PUT.run(connection, bound)


def note_leavers(connection: Connection, organization_id: OrganizationId, now: datetime) -> None:
    """So that what is foreseen for them follows the policy."""
    _NOTE_LEAVERS.run(connection, {"organization_id": organization_id, "now": now})
