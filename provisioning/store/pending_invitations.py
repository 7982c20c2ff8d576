"""Invitations as signing in meets them: those that the person may still accept."""

from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import Connection, select

from provisioning.errors import Collision
from provisioning.ids import InvitationId, OrganizationId, RoleId, UserId
from provisioning.store.admin_tables import invitations
from provisioning.store.organization_tables import organizations


@dataclass(frozen=True, slots=True)
class PendingInvitation:
    id: InvitationId
    organization_id: OrganizationId
    role_ids: tuple[RoleId, ...]


def of_email(
    connection: Connection,
    email_key: str,
    organization_id: OrganizationId | None,
    now: datetime,
) -> list[PendingInvitation]:
    """To the folded address, by organization; with `organization_id`, into that one alone."""
    table = invitations
    query = (
        select(table.c.id, table.c.organization_id, table.c.role_ids)
        .join(organizations, organizations.c.id == table.c.organization_id)
        .where(
            table.c.email_key == email_key,
            table.c.status == "pending",
            table.c.expires_at > now,
            organizations.c.deleted_at.is_(None),
        )
        .order_by(table.c.organization_id)
    )
    if organization_id is not None:
        query = query.where(table.c.organization_id == organization_id)
    return [
        PendingInvitation(row.id, row.organization_id, tuple(orjson.loads(row.role_ids)))
        for row in connection.execute(query)
    ]


def accept(
    connection: Connection, invitation: PendingInvitation, user_id: UserId, now: datetime
) -> None:
    """Raises `Collision` when it was accepted or revoked at this moment."""
    table = invitations
    accepted = connection.execute(
        table.update()
        .where(
            table.c.id == invitation.id,
            table.c.organization_id == invitation.organization_id,
            table.c.status == "pending",
        )
        .values(
            status="accepted",
            accepted_at=now,
            accepted_user_id=user_id,
            token_hash=None,
            updated_at=now,
        )
    )
    if accepted.rowcount == 0:
        raise Collision
