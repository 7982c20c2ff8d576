"""Who says who a user is: directories, and the issuers by which the person signs in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from provisioning.ids import OrganizationId, UserId
from provisioning.store.sql import Statement
from provisioning.store.types import moment


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenIdentity:
    """`source_id` is of the directory or the issuer, by whom the person is `external_id`."""

    user_id: UserId
    type: Literal["directory", "issuer"]
    organization_id: OrganizationId | None
    source_id: str
    external_id: str | None
    is_present: bool
    """Whether the directory still knows the person."""
    last_seen_at: datetime | None
    """When the directory last wrote, or the person last signed in."""


# A directory's word first, then what the person has shown.
_SEEN = Statement(
    """
    SELECT i.user_id, 'directory' AS type, i.organization_id, i.directory_id AS source_id,
        i.external_id, d.deleted_at IS NULL AS is_present, d.updated_at AS last_seen_at,
        i.id
    FROM identities i JOIN directory_users d ON d.id = i.directory_user_id
    WHERE i.user_id = ANY(:users) AND (:everywhere OR i.organization_id = :only)
    UNION ALL
    SELECT s.user_id, 'issuer', r.organization_id, s.issuer_id, s.subject, TRUE,
        s.last_sign_in_at, s.id
    FROM sign_in_identities s JOIN issuers r ON r.id = s.issuer_id
    WHERE s.user_id = ANY(:users) AND (:everywhere OR r.organization_id = :only)
    ORDER BY 2, 8
    """
)


def of_users(
    connection: Connection, users: Sequence[UserId], only: OrganizationId | None
) -> list[SeenIdentity]:
    """With `only`, what that organization's directories and issuers say."""
    bound = {"users": list(users), "everywhere": only is None, "only": only or ""}
    return [
        SeenIdentity(
            user_id=row.user_id,
            type=row.type,
            organization_id=row.organization_id,
            source_id=row.source_id,
            external_id=row.external_id,
            is_present=bool(row.is_present),
            last_seen_at=None if row.last_seen_at is None else moment(row.last_seen_at),
        )
        for row in _SEEN.run(connection, bound)
    ]
