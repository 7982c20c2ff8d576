"""Writes what a plan says of users: organizations share their rows."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from provisioning.reconcile.actions import CreateUser, UpdateUser
from provisioning.store.awaited_addresses import awaited
from provisioning.store.bulk import BulkStatement, insertion
from provisioning.store.sql import Statement

_PROFILE = {
    "email": "text",
    "display_name": "text",
    "given_name": "text",
    "family_name": "text",
}
_RELEASE_ADDRESSES = Statement("UPDATE users SET email_key = NULL WHERE id = ANY(:ids)")
_UPDATE_USERS = BulkStatement(
    """
    UPDATE users SET email = r.email, email_key = r.email_key, display_name = r.display_name,
        given_name = r.given_name, family_name = r.family_name,
        awaited_email_key = r.awaited_email_key,
        authority_directory_id = r.authority_directory_id, updated_at = :now
    FROM {rows} WHERE users.id = r.id
    """,
    {
        "id": "text",
        "email_key": "text",
        "awaited_email_key": "text",
        "authority_directory_id": "text",
        **_PROFILE,
    },
)
_INSERT_USERS = insertion(
    "users",
    {
        "id": "text",
        "email_key": "text",
        "awaited_email_key": "text",
        "authority_directory_id": "text",
        "provisioned_by": "text",
        **_PROFILE,
    },
    shared={"created_at": ":now", "updated_at": ":now"},
)


def write(
    connection: Connection,
    updates: Sequence[UpdateUser],
    creations: Sequence[CreateUser],
    now: datetime,
) -> None:
    """Addresses are released before they are claimed: two people may swap theirs."""
    if updates:
        _RELEASE_ADDRESSES.run(connection, {"ids": [action.user_id for action in updates]})
    updated = [
        {
            "id": action.user_id,
            "email_key": action.email_key,
            "awaited_email_key": awaited(action.profile.email, action.email_key),
            "authority_directory_id": action.authority_directory_id,
            **action.profile.tree(),
        }
        for action in updates
    ]
    _UPDATE_USERS.run(connection, updated, {"now": now})
    created = [
        {
            "id": action.user_id,
            "email_key": action.email_key,
            "awaited_email_key": awaited(action.profile.email, action.email_key),
            "authority_directory_id": action.authority_directory_id,
            "provisioned_by": action.provisioned_by,
            **action.profile.tree(),
        }
        for action in sorted(creations, key=lambda action: action.email_key or "")
    ]
    _INSERT_USERS.run(connection, created, {"now": now})
