"""Writes what a plan says of identities: which user a directory user is."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from provisioning.ids import OrganizationId
from provisioning.reconcile.actions import Identify
from provisioning.store.bulk import BulkStatement, insertion

_INSERT = insertion(
    "identities",
    {
        "id": "text",
        "user_id": "text",
        "directory_id": "text",
        "directory_user_id": "text",
        "external_id": "text",
        "user_name_folded": "text",
    },
    shared={"organization_id": ":organization_id", "created_at": ":now"},
)
# The directory user that the identity was of until now is a tombstone, and nobody's any more: it
# says whose it was, for the day on which everything of that person goes. (`|| ''`: ADR 32)
_REMEMBER_FORMER = BulkStatement(
    """
    UPDATE directory_users SET former_user_id = r.user_id
    FROM {rows} JOIN identities i ON i.id = r.id
    WHERE directory_users.organization_id || '' = :organization_id
        AND directory_users.id = i.directory_user_id AND i.directory_user_id <> r.directory_user_id
    """,
    {"id": "text", "user_id": "text", "directory_user_id": "text"},
)
_POINT = BulkStatement(
    """
    UPDATE identities SET directory_user_id = r.directory_user_id, external_id = r.external_id,
        user_name_folded = r.user_name_folded
    FROM {rows}
    WHERE identities.organization_id || '' = :organization_id AND identities.id = r.id
    """,
    {
        "id": "text",
        "directory_user_id": "text",
        "external_id": "text",
        "user_name_folded": "text",
    },
)


def write(
    connection: Connection,
    organization_id: OrganizationId,
    identified: Sequence[Identify],
    now: datetime,
) -> None:
    """The users are there already."""
    here = {"organization_id": organization_id}
    known = [_row(action) for action in identified if not action.is_new]
    _REMEMBER_FORMER.run(connection, known, here)
    _POINT.run(connection, known, here)
    new = [_row(action) for action in identified if action.is_new]
    _INSERT.run(connection, new, {**here, "now": now})


def _row(action: Identify) -> dict[str, Any]:
    return {
        "id": action.identity_id,
        "user_id": action.user_id,
        "directory_id": action.directory_user.directory_id,
        "directory_user_id": action.directory_user.id,
        "external_id": action.directory_user.external_id,
        "user_name_folded": action.directory_user.user_name_folded,
    }
