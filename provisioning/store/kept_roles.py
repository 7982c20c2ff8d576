"""
Who keeps what a mapping gives without being in its group: a guard holds them, or they wait until a
grace period ends. What becomes of the mapping concerns them, too, and no note about the group finds
them.
"""

from datetime import datetime

from sqlalchemy import Connection

from provisioning.ids import DirectoryUserId, MappingId, OrganizationId
from provisioning.store.sql import Statement

KEPT = """(
        SELECT membership_id FROM parked_changes WHERE organization_id = :organization_id
        UNION
        SELECT membership_id FROM leaving_steps
        WHERE organization_id = :organization_id AND step = 'remove'
    )"""
_KEEPERS = f"""
    FROM {KEPT} AS kept
    JOIN grants g ON g.membership_id = kept.membership_id AND g.organization_id = :organization_id
        AND g.source_type = 'mapping' AND g.source_id = :mapping_id AND g.revoked_at IS NULL
    JOIN memberships m ON m.id = g.membership_id
    JOIN identities i ON i.user_id = m.user_id AND i.organization_id = g.organization_id
"""
_SELECT = Statement(f"SELECT DISTINCT i.directory_user_id {_KEEPERS} ORDER BY i.directory_user_id")
_NOTE = Statement(
    f"""
    INSERT INTO notes (organization_id, directory_id, kind, key, created_at)
    SELECT DISTINCT g.organization_id, i.directory_id, 'user', i.directory_user_id, :now {_KEEPERS}
    """
)


def keepers(
    connection: Connection, organization_id: OrganizationId, mapping_id: MappingId
) -> list[DirectoryUserId]:
    """As their directories know them; some of them may be in the group as well."""
    bound = {"organization_id": organization_id, "mapping_id": mapping_id}
    return [row.directory_user_id for row in _SELECT.run(connection, bound)]


def note_keepers(
    connection: Connection, organization_id: OrganizationId, mapping_id: MappingId, now: datetime
) -> None:
    """A note for each of them."""
    bound = {"organization_id": organization_id, "mapping_id": mapping_id, "now": now}
    _NOTE.run(connection, bound)
