"""Writes what a plan says of users: organizations share their rows."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection

from provisioning.errors import Collision
from provisioning.ids import OrganizationId, UserId
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
        authority_directory_id = r.authority_directory_id, updated_at = :now,
        email_vouched_by = CASE WHEN r.claims THEN :organization_id ELSE email_vouched_by END
    FROM {rows} WHERE users.id = r.id
    """,
    {
        "id": "text",
        "email_key": "text",
        "awaited_email_key": "text",
        "authority_directory_id": "text",
        "claims": "boolean",
        **_PROFILE,
    },
)
_INSERT_USERS = insertion(
    "users",
    {
        "id": "text",
        "email_key": "text",
        "email_vouched_by": "text",
        "awaited_email_key": "text",
        "authority_directory_id": "text",
        "provisioned_by": "text",
        **_PROFILE,
    },
    shared={"created_at": ":now", "updated_at": ":now"},
)

_HOLD = Statement(
    "SELECT id FROM users WHERE id = ANY(:ids) AND deleted_at IS NULL ORDER BY id FOR KEY SHARE"
)


def hold(connection: Connection, users: Collection[UserId]) -> None:
    """
    Nobody deletes or purges them before the transaction ends. Raises `Collision` when somebody has
    done so since they were read: what was to be theirs is somebody else's.
    """
    if users and len(_HOLD.run(connection, {"ids": sorted(users)}).all()) < len(users):
        raise Collision


def write(
    connection: Connection,
    organization_id: OrganizationId,
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
            "claims": action.claims,
            **action.profile.tree(),
        }
        for action in updates
    ]
    _UPDATE_USERS.run(connection, updated, {"organization_id": organization_id, "now": now})
    created = [
        {
            "id": action.user_id,
            "email_key": action.email_key,
            "email_vouched_by": _vouching(organization_id, action),
            "awaited_email_key": awaited(action.profile.email, action.email_key),
            "authority_directory_id": action.authority_directory_id,
            "provisioned_by": action.provisioned_by,
            **action.profile.tree(),
        }
        for action in sorted(creations, key=lambda action: action.email_key or "")
    ]
    _INSERT_USERS.run(connection, created, {"now": now})


def _vouching(organization_id: OrganizationId, made: CreateUser) -> OrganizationId | None:
    return None if made.email_key is None or made.is_proven else organization_id
