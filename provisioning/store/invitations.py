"""
Invitations. Whoever changes the status of one holds the lock of the organization's drain
(`syncs.wait`), since drains accept them, too. One whose time is over is read as expired, whether
or not the row says so yet.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, or_, select

from provisioning.ids import InvitationId, OrganizationId
from provisioning.reconcile.facts import Invitation, InvitationStatus
from provisioning.store.admin_tables import invitations
from provisioning.store.json_columns import decoded, encoded
from provisioning.store.organization_tables import organizations
from provisioning.store.pages import Cut, Page, page
from provisioning.store.sql import Statement, among

_COLUMNS = [column for column in invitations.c if column.name != "token_hash"]
_JSON = ("role_ids", "metadata")
_MEMBERS = Statement(
    """
    SELECT u.email_key FROM users u JOIN memberships m ON m.user_id = u.id
    WHERE u.email_key = ANY(:keys) AND m.organization_id = :organization_id
        AND m.status <> 'removed'
    """
)


def insert(connection: Connection, made: Sequence[tuple[Invitation, str | None]]) -> None:
    """Each with the hash of its token, if it has one already."""
    if made:
        rows = [
            {**_values(invitation), "token_hash": token_hash} for invitation, token_hash in made
        ]
        connection.execute(invitations.insert(), rows)


def update(connection: Connection, changed: Invitation) -> None:
    """What can become of an invitation; its token stays."""
    values = _values(changed)
    connection.execute(
        invitations.update()
        .where(
            invitations.c.id == changed.id,
            invitations.c.organization_id == changed.organization_id,
        )
        .values(**{name: values[name] for name in ("status", *_RESENT)})
    )


_RESENT = ("resent_count", "expires_at", "updated_at", "token_shown")


def set_token(
    connection: Connection,
    organization_id: OrganizationId,
    invitation_id: InvitationId,
    token_hash: str | None,
) -> None:
    """The former one opens nothing any more."""
    connection.execute(
        invitations.update()
        .where(invitations.c.id == invitation_id, invitations.c.organization_id == organization_id)
        .values(token_hash=token_hash)
    )


def get(
    connection: Connection,
    organization_id: OrganizationId,
    invitation_id: InvitationId,
    now: datetime,
) -> Invitation | None:
    """None when the organization has no such invitation."""
    query = select(*_COLUMNS).where(
        invitations.c.organization_id == organization_id, invitations.c.id == invitation_id
    )
    return _one(connection, query, now)


def by_token(
    connection: Connection, token_hash: str, only: OrganizationId | None, now: datetime
) -> Invitation | None:
    """The one whose latest token this is; with `only`, if it is of that organization."""
    query = (
        select(*_COLUMNS)
        .join(organizations, organizations.c.id == invitations.c.organization_id)
        .where(invitations.c.token_hash == token_hash, organizations.c.deleted_at.is_(None))
    )
    if only is not None:
        query = query.where(invitations.c.organization_id == only)
    return _one(connection, query, now)


def pending(
    connection: Connection,
    organization_id: OrganizationId,
    email_keys: Collection[str],
    now: datetime,
) -> list[Invitation]:
    """To these addresses, of those that may still be accepted."""
    query = _at(connection, organization_id, email_keys).where(invitations.c.expires_at > now)
    return [_read(row, now) for row in connection.execute(query)]


def to_address(
    connection: Connection, email_key: str, only: OrganizationId | None, now: datetime
) -> list[Invitation]:
    """Of any organization, or of `only`, those that may still be accepted; by organization."""
    query = (
        select(*_COLUMNS)
        .join(organizations, organizations.c.id == invitations.c.organization_id)
        .where(
            invitations.c.email_key == email_key,
            _PENDING,
            invitations.c.expires_at > now,
            organizations.c.deleted_at.is_(None),
        )
        .order_by(invitations.c.organization_id)
    )
    if only is not None:
        query = query.where(invitations.c.organization_id == only)
    return [_read(row, now) for row in connection.execute(query)]


def overdue(
    connection: Connection,
    organization_id: OrganizationId,
    email_keys: Collection[str],
    now: datetime,
) -> list[Invitation]:
    """To these addresses, of those whose time is over, and whose rows do not say so yet."""
    query = _at(connection, organization_id, email_keys).where(invitations.c.expires_at <= now)
    return [_read(row, now) for row in connection.execute(query)]


def all_overdue(
    connection: Connection, organization_id: OrganizationId, now: datetime, limit: int
) -> list[Invitation]:
    """To whatever address; the longest overdue first."""
    query = (
        select(*_COLUMNS)
        .where(
            invitations.c.organization_id == organization_id,
            _PENDING,
            invitations.c.expires_at <= now,
        )
        .order_by(invitations.c.expires_at)
        .limit(limit)
    )
    return [_read(row, now) for row in connection.execute(query)]


def organizations_with_overdue(connection: Connection, now: datetime) -> list[OrganizationId]:
    """In which the time of an invitation is over, and its row does not say so yet."""
    query = select(invitations.c.organization_id).distinct()
    rows = connection.execute(query.where(_PENDING, invitations.c.expires_at <= now))
    return sorted(row.organization_id for row in rows)


def mark_expired(
    connection: Connection, organization_id: OrganizationId, ids: Sequence[InvitationId]
) -> None:
    """`updated_at` stays: it is when the invitation was sent."""
    connection.execute(
        invitations.update()
        .where(invitations.c.organization_id == organization_id, invitations.c.id.in_(ids))
        .values(status="expired")
    )


def mark_revoked(
    connection: Connection,
    organization_id: OrganizationId,
    ids: Sequence[InvitationId],
    now: datetime,
) -> None:
    """At one stroke."""
    connection.execute(
        invitations.update()
        .where(invitations.c.organization_id == organization_id, invitations.c.id.in_(ids))
        .values(status="revoked", updated_at=now)
    )


def members(
    connection: Connection, organization_id: OrganizationId, email_keys: Collection[str]
) -> set[str]:
    """Those of the addresses that are a member's, or of one who is suspended."""
    bound = {"organization_id": organization_id, "keys": sorted(email_keys)}
    return {row.email_key for row in _MEMBERS.run(connection, bound)}


def listing(
    connection: Connection,
    organization_id: OrganizationId,
    status: InvitationStatus | None,
    email_key: str | None,
    now: datetime,
    cut: Cut,
) -> Page[Invitation]:
    """Those of the organization that have this status and address, where they are given."""
    query = select(*_COLUMNS).where(invitations.c.organization_id == organization_id)
    if email_key is not None:
        query = query.where(invitations.c.email_key == email_key)
    overdue_now = and_(_PENDING, invitations.c.expires_at <= now)
    if status == "expired":
        query = query.where(or_(invitations.c.status == "expired", overdue_now))
    elif status == "pending":
        query = query.where(_PENDING, invitations.c.expires_at > now)
    elif status is not None:
        query = query.where(invitations.c.status == status)
    return page(connection, query, invitations.c.id, cut, lambda row: _read(row, now))


_PENDING = invitations.c.status == "pending"


def _at(
    connection: Connection, organization_id: OrganizationId, email_keys: Collection[str]
) -> Select[Any]:
    return select(*_COLUMNS).where(
        invitations.c.organization_id == organization_id,
        among(connection, invitations.c.email_key, email_keys),
        _PENDING,
    )


def _one(connection: Connection, query: Select[Any], now: datetime) -> Invitation | None:
    row = connection.execute(query).one_or_none()
    return None if row is None else _read(row, now)


def _values(invitation: Invitation) -> dict[str, Any]:
    return encoded(asdict(invitation), *_JSON)


def _read(row: Row[*tuple[Any, ...]], now: datetime) -> Invitation:
    values = decoded(row, *_JSON)
    is_over = values["status"] == "pending" and values["expires_at"] <= now
    return Invitation(**{**values, "status": "expired" if is_over else values["status"]})
