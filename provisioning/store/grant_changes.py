"""Writes what a plan says of grants."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from provisioning.ids import OrganizationId
from provisioning.reconcile.actions import GrantRole, RevokeRole
from provisioning.store.bulk import BulkStatement, insertion
from provisioning.store.sql import Statement

_INSERT = insertion(
    "grants",
    {
        "id": "text",
        "membership_id": "text",
        "role_id": "text",
        "source_type": "text",
        "source_id": "text",
        "workspace_id": "text",
        "group_id": "text",
    },
    shared={"organization_id": ":organization_id", "created_at": ":now"},
)
_RESTORE = BulkStatement(
    """
    UPDATE grants SET revoked_at = NULL, group_id = COALESCE(r.group_id, grants.group_id)
    FROM {rows}
    WHERE grants.organization_id || '' = :organization_id AND grants.id = r.id
    """,
    {"id": "text", "group_id": "text"},
)
_REVOKE = Statement(
    """
    UPDATE grants SET revoked_at = :now
    WHERE organization_id = :organization_id AND id = ANY(:ids)
    """
)


def write(
    connection: Connection,
    organization_id: OrganizationId,
    given: Sequence[GrantRole],
    revoked: Sequence[RevokeRole],
    now: datetime,
) -> None:
    """The memberships are there already."""
    here = {"organization_id": organization_id}
    _RESTORE.run(connection, [_row(action) for action in given if not action.is_new], here)
    new = [_row(action) for action in given if action.is_new]
    _INSERT.run(connection, new, {**here, "now": now})
    if revoked:
        ids = [action.grant_id for action in revoked]
        _REVOKE.run(connection, {**here, "now": now, "ids": ids})


def _row(action: GrantRole) -> dict[str, Any]:
    return {
        "id": action.grant_id,
        "membership_id": action.membership_id,
        "role_id": action.role_id,
        "source_type": action.source_type,
        "source_id": action.source_id,
        "workspace_id": action.workspace_id or "",
        "group_id": action.group_id,
    }
