"""
Mappings that an administrator has removed, and what they gave with them. Those of a directory that
is disconnected go, too; who is kept has what they gave, and there the two must not be confused.
"""

from datetime import datetime

from sqlalchemy import Connection

from provisioning.ids import MappingId, OrganizationId
from provisioning.store.sql import Statement

MAPPING_OF_GRANT = """
    LEFT JOIN mappings p ON g.source_type = 'mapping' AND p.id = g.source_id
        AND p.organization_id = g.organization_id
    LEFT JOIN removed_mappings removed ON removed.mapping_id = g.source_id
        AND removed.organization_id = g.organization_id
    LEFT JOIN directory_groups d ON d.id = g.group_id
    LEFT JOIN directories home ON home.id = d.directory_id
"""
"""Of grants `g`."""
GIVING_NOW = """
    CASE WHEN g.source_type <> 'mapping' THEN NULL
        WHEN p.id IS NOT NULL THEN p.role_id
        WHEN removed.mapping_id IS NULL AND (d.id IS NULL OR home.deleting_at IS NOT NULL)
            THEN g.role_id
    END
"""
"""The role; NULL: none, or of no mapping."""
_REMEMBER = Statement(
    """
    INSERT INTO removed_mappings (mapping_id, organization_id, removed_at)
    VALUES (:mapping_id, :organization_id, :now)
    ON CONFLICT (mapping_id) DO NOTHING
    """
)


def remember(
    connection: Connection, organization_id: OrganizationId, mapping_id: MappingId, now: datetime
) -> None:
    """For good: who is kept years later is not to get it back."""
    bound = {"organization_id": organization_id, "mapping_id": mapping_id, "now": now}
    _REMEMBER.run(connection, bound)
