"""The lock of an organization's drain, and how notes about many people become notes about each."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from provisioning.ids import DirectoryUserId, OrganizationId
from provisioning.store.nested_groups import INSIDE
from provisioning.store.sql import Statement

_LOCK = Statement(
    """
    SELECT organization_id FROM organization_syncs WHERE organization_id = :organization_id
    FOR UPDATE SKIP LOCKED
    """
)
_WAIT = Statement(
    """
    SELECT organization_id FROM organization_syncs WHERE organization_id = :organization_id
    FOR UPDATE
    """
)
_DRAINED = Statement(
    """
    UPDATE organization_syncs SET drained_at = :now WHERE organization_id = :organization_id
    """
)


def lock(connection: Connection, organization_id: OrganizationId) -> bool:
    """
    False when another drain holds it: that one looks for notes again before it ends. The lock and
    the writes live in one transaction, so a worker that dies has changed nothing.
    """
    found = _LOCK.run(connection, {"organization_id": organization_id}).one_or_none()
    return found is not None


def wait(connection: Connection, organization_id: OrganizationId) -> None:
    """
    No drain reads or writes until the transaction ends: for rare changes of what drains write, too.
    A drain that is turned away meanwhile is made up for by the next sweep.
    """
    _WAIT.run(connection, {"organization_id": organization_id}).one_or_none()


_BY_SIZE = Statement(
    """
    SELECT set_config('plan_cache_mode', 'force_custom_plan', TRUE), set_config('jit', 'off', TRUE)
    """
)


def plan_by_size(connection: Connection) -> None:
    """
    Until the transaction ends statements are planned for the lists they get. A plan made for any
    list takes it for a short one, and goes through it once for each row. Nor is one compiled that
    is used once: that takes longer than it does.
    """
    if connection.dialect.name == "postgresql":
        _BY_SIZE.run(connection, {})


def mark_drained(connection: Connection, organization_id: OrganizationId, now: datetime) -> None:
    """When the last batch was settled."""
    _DRAINED.run(connection, {"organization_id": organization_id, "now": now})


_EXPAND_GROUPS = Statement(
    f"""
    WITH RECURSIVE {INSIDE}
    INSERT INTO notes (organization_id, directory_id, kind, key, created_at)
    SELECT organization_id, directory_id, 'user', id, :now FROM directory_users
    WHERE organization_id = :organization_id AND id IN (SELECT member_id FROM inside)
    """
)
# Whom a directory has deleted is of interest as long as somebody is linked to it.
_OF_INTEREST = """
    (deleted_at IS NULL OR EXISTS (
        SELECT 1 FROM identities WHERE identities.directory_user_id = directory_users.id))
"""
_EXPAND_DIRECTORIES = Statement(
    f"""
    INSERT INTO notes (organization_id, directory_id, kind, key, created_at)
    SELECT organization_id, directory_id, 'user', id, :now FROM directory_users
    WHERE organization_id = :organization_id AND directory_id = ANY(:ids) AND {_OF_INTEREST}
    """
)
_PEOPLE_INSIDE = Statement(
    f"""
    WITH RECURSIVE {INSIDE}
    SELECT id FROM directory_users
    WHERE organization_id = :organization_id AND id IN (SELECT member_id FROM inside) ORDER BY id
    """
)


def people_inside(
    connection: Connection, organization_id: OrganizationId, ids: Sequence[str]
) -> list[DirectoryUserId]:
    """Everybody in these groups, directly or through groups inside them."""
    bound = {"organization_id": organization_id, "ids": list(ids)}
    return [row.id for row in _PEOPLE_INSIDE.run(connection, bound)]


def expand_groups(
    connection: Connection, organization_id: OrganizationId, ids: Sequence[str], now: datetime
) -> None:
    """A note for everybody in these groups, directly or through groups inside them."""
    bound = {"organization_id": organization_id, "ids": list(ids), "now": now}
    _EXPAND_GROUPS.run(connection, bound)


def expand_directories(
    connection: Connection, organization_id: OrganizationId, ids: Sequence[str], now: datetime
) -> None:
    """
    A note for everybody whom these directories know, or have deleted. Notes of whole directories
    are those of an earlier release that still works; this one begins runs.
    """
    bound = {"organization_id": organization_id, "ids": list(ids), "now": now}
    _EXPAND_DIRECTORIES.run(connection, bound)
