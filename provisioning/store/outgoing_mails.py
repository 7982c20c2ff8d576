"""The outbox of e-mail: written with the invitation that it brings, sent by a worker."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from provisioning import ids
from provisioning.ids import InvitationId, OrganizationId
from provisioning.store.admin_tables import outgoing_mails
from provisioning.store.sql import Statement
from provisioning.store.types import moment


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMail:
    """`attempts` before this one."""

    id: str
    organization_id: OrganizationId
    invitation_id: InvitationId
    attempts: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MailBacklog:
    """`given_up` counts invitations that are pending and whose latest mail never came to be."""

    waiting: int
    given_up: int


_COLUMNS = [outgoing_mails.c[name] for name in OutgoingMail.__slots__]


def insert(
    connection: Connection,
    organization_id: OrganizationId,
    invitation_ids: Sequence[InvitationId],
    now: datetime,
) -> None:
    """One for each, to be sent as soon as a worker looks."""
    rows = [
        {
            "id": ids.new(ids.MAIL),
            "organization_id": organization_id,
            "invitation_id": invitation_id,
            "next_at": now,
            "created_at": now,
        }
        for invitation_id in invitation_ids
    ]
    if rows:
        connection.execute(outgoing_mails.insert(), rows)


def cancel(
    connection: Connection, organization_id: OrganizationId, invitation_id: InvitationId
) -> None:
    """What has not been sent of the invitation never is. One that is on its way waits here."""
    connection.execute(
        outgoing_mails.update()
        .where(
            outgoing_mails.c.organization_id == organization_id,
            outgoing_mails.c.invitation_id == invitation_id,
            outgoing_mails.c.sent_at.is_(None),
        )
        .values(next_at=None)
    )


def cancel_all(
    connection: Connection, organization_id: OrganizationId, invitation_ids: Sequence[InvitationId]
) -> None:
    """Of these invitations, likewise."""
    connection.execute(
        outgoing_mails.update()
        .where(
            outgoing_mails.c.organization_id == organization_id,
            outgoing_mails.c.invitation_id.in_(invitation_ids),
            outgoing_mails.c.sent_at.is_(None),
        )
        .values(next_at=None)
    )


def due(connection: Connection, now: datetime) -> OutgoingMail | None:
    """The one that has waited longest, locked; of any organization."""
    row = connection.execute(
        select(*_COLUMNS)
        .where(outgoing_mails.c.sent_at.is_(None), outgoing_mails.c.next_at <= now)
        .order_by(outgoing_mails.c.next_at, outgoing_mails.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if row is None:
        return None
    return OutgoingMail(**{**row._mapping, "created_at": moment(row.created_at)})  # noqa: SLF001 - SQLAlchemy's API


def begin(connection: Connection, mail: OutgoingMail, next_at: datetime) -> None:
    """An attempt; without a word from it the next one is at `next_at`."""
    _set(connection, mail, attempts=mail.attempts + 1, next_at=next_at)


def mark_sent(connection: Connection, mail: OutgoingMail, now: datetime) -> None:
    """The server has taken it."""
    _set(connection, mail, sent_at=now, next_at=None, problem=None)


def mark_failed(connection: Connection, mail: OutgoingMail, problem: str) -> None:
    """It is tried again as `begin` has said."""
    _set(connection, mail, problem=problem)


def give_up(connection: Connection, mail: OutgoingMail, problem: str) -> None:
    """It stays as a row that says why."""
    _set(connection, mail, next_at=None, problem=problem)


def latest(
    connection: Connection, organization_id: OrganizationId, invitation_ids: Sequence[InvitationId]
) -> dict[InvitationId, tuple[datetime | None, str | None]]:
    """By invitation, of its latest mail: when it was sent, and what hindered it."""
    rows = connection.execute(
        select(outgoing_mails.c.invitation_id, outgoing_mails.c.sent_at, outgoing_mails.c.problem)
        .where(
            outgoing_mails.c.organization_id == organization_id,
            outgoing_mails.c.invitation_id.in_(invitation_ids),
        )
        .order_by(outgoing_mails.c.id)
    )
    return {row.invitation_id: (row.sent_at, row.problem) for row in rows}


_BACKLOG = Statement(
    """
    SELECT (
        SELECT count(*) FROM outgoing_mails WHERE sent_at IS NULL AND next_at IS NOT NULL
    ) AS waiting, (
        SELECT count(*) FROM invitations i JOIN outgoing_mails m ON m.invitation_id = i.id
        WHERE i.status = 'pending' AND i.expires_at > :now
            AND m.sent_at IS NULL AND m.next_at IS NULL AND m.problem IS NOT NULL
            AND NOT EXISTS (
                SELECT 1 FROM outgoing_mails later
                WHERE later.invitation_id = m.invitation_id AND later.created_at > m.created_at
            )
    ) AS given_up
    """
)


def backlog(connection: Connection, now: datetime) -> MailBacklog:
    """Over all organizations."""
    row = _BACKLOG.run(connection, {"now": now}).one()
    return MailBacklog(row.waiting, row.given_up)


def _set(connection: Connection, mail: OutgoingMail, **values: object) -> None:
    connection.execute(
        outgoing_mails.update()
        .where(
            outgoing_mails.c.id == mail.id,
            outgoing_mails.c.organization_id == mail.organization_id,
        )
        .values(**values)
    )
