"""
Requests to join. One whose time is over is read as expired, whether or not the row says so yet.
Whoever changes the status of one holds the lock of the organization's drain (`syncs.wait`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, Select, and_, func, or_, select

from provisioning.ids import JoinRequestId, OrganizationId, UserId
from provisioning.store.join_request_tables import join_requests
from provisioning.store.pages import Cut, Page, page
from provisioning.store.people_tables import users
from provisioning.store.rows import Rows
from provisioning.store.sql import Statement

JoinRequestStatus = Literal["pending", "approved", "declined", "expired", "withdrawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinRequest:
    """`email` is the address by which the person asked; the name is the account's."""

    id: JoinRequestId
    organization_id: OrganizationId
    user_id: UserId
    email: str
    display_name: str | None
    domain: str
    status: JoinRequestStatus
    expires_at: datetime
    created_at: datetime
    ended_at: datetime | None = None
    decided_by: str | None = None


_WITHDRAW = Statement(
    """
    UPDATE join_requests SET status = 'withdrawn', ended_at = :now
    WHERE organization_id = :organization_id AND user_id = ANY(:users) AND status = 'pending'
        AND expires_at > :now
    RETURNING id
    """
)
_EXPIRE = Statement(
    """
    UPDATE join_requests SET status = 'expired', ended_at = :now
    WHERE organization_id = :organization_id AND id = ANY(:ids) AND status = 'pending'
        AND expires_at <= :now
    RETURNING id
    """
)
_CLOSE = Statement(
    """
    UPDATE join_requests
    SET status = CASE WHEN expires_at <= :now THEN 'expired' ELSE 'withdrawn' END, ended_at = :now
    WHERE organization_id = :organization_id AND status = 'pending'
    RETURNING id
    """
)
_FORGET = Statement(
    """
    UPDATE join_requests SET email = ''
    WHERE organization_id = :organization_id AND user_id = ANY(:users)
    """
)
_FORGET_EVERYWHERE = Statement("UPDATE join_requests SET email = '' WHERE user_id = ANY(:users)")
# What a member once asked stays: by its id the events are found when the person is purged.
_FORGET_ENDED = Statement(
    """
    DELETE FROM join_requests
    WHERE organization_id = :organization_id AND ended_at < :before AND NOT EXISTS (
        SELECT 1 FROM memberships m
        WHERE m.organization_id = join_requests.organization_id
            AND m.user_id = join_requests.user_id AND m.purged_at IS NULL
    )
    RETURNING id
    """
)
_COLUMNS = (*join_requests.c, users.c.display_name)


def insert(connection: Connection, made: JoinRequest) -> None:
    """Of somebody who has none that is pending."""
    values = {column.name: getattr(made, column.name) for column in join_requests.c}
    connection.execute(join_requests.insert().values(**values))


def end(
    connection: Connection,
    request: JoinRequest,
    status: JoinRequestStatus,
    now: datetime,
    decided_by: str | None = None,
) -> None:
    """It is `status` from now on."""
    connection.execute(
        join_requests.update()
        .where(
            join_requests.c.organization_id == request.organization_id,
            join_requests.c.id == request.id,
        )
        .values(status=status, ended_at=now, decided_by=decided_by)
    )


def get(
    connection: Connection,
    organization_id: OrganizationId,
    request_id: JoinRequestId,
    now: datetime,
) -> JoinRequest | None:
    """None when the organization has no such request."""
    row = connection.execute(
        _of(organization_id).where(join_requests.c.id == request_id)
    ).one_or_none()
    return None if row is None else _read(row, now)


def last_of(
    connection: Connection, organization_id: OrganizationId, user_id: UserId, now: datetime
) -> JoinRequest | None:
    """What the person has asked last, whatever became of it."""
    query = _of(organization_id).where(join_requests.c.user_id == user_id)
    row = connection.execute(query.order_by(join_requests.c.id.desc()).limit(1)).one_or_none()
    return None if row is None else _read(row, now)


def count_pending(connection: Connection, organization_id: OrganizationId, now: datetime) -> int:
    """How many wait for a decision."""
    query = select(func.count()).where(
        join_requests.c.organization_id == organization_id,
        _PENDING,
        join_requests.c.expires_at > now,
    )
    return connection.execute(query).scalar_one()


def listing(
    connection: Connection,
    organization_id: OrganizationId,
    status: JoinRequestStatus | None,
    now: datetime,
    cut: Cut,
) -> Page[JoinRequest]:
    """Oldest first; those that have this status, if one is given."""
    query = _of(organization_id)
    over = and_(_PENDING, join_requests.c.expires_at <= now)
    if status == "expired":
        query = query.where(or_(join_requests.c.status == "expired", over))
    elif status == "pending":
        query = query.where(_PENDING, join_requests.c.expires_at > now)
    elif status is not None:
        query = query.where(join_requests.c.status == status)
    return page(connection, query, join_requests.c.id, cut, lambda row: _read(row, now))


def withdraw(
    connection: Connection,
    organization_id: OrganizationId,
    members: Collection[UserId],
    now: datetime,
) -> list[JoinRequest]:
    """The pending ones of people who are members now, by another way; they are no more."""
    if not members:
        return []
    bound = {"organization_id": organization_id, "users": sorted(members), "now": now}
    return _ended(connection, organization_id, _WITHDRAW.run(connection, bound))


def expire(
    connection: Connection,
    organization_id: OrganizationId,
    ids: Collection[JoinRequestId],
    now: datetime,
) -> list[JoinRequest]:
    """Those of them that are pending still, though their time is over; they are no more."""
    bound = {"organization_id": organization_id, "ids": sorted(ids), "now": now}
    return _ended(connection, organization_id, _EXPIRE.run(connection, bound))


def close(
    connection: Connection, organization_id: OrganizationId, now: datetime
) -> list[JoinRequest]:
    """All that are pending, of an organization that goes; they are no more."""
    bound = {"organization_id": organization_id, "now": now}
    return _ended(connection, organization_id, _CLOSE.run(connection, bound))


def _ended(
    connection: Connection, organization_id: OrganizationId, ended: Rows
) -> list[JoinRequest]:
    ids = [row.id for row in ended]
    if not ids:
        return []
    query = _of(organization_id).where(join_requests.c.id.in_(ids)).order_by(join_requests.c.id)
    return [_read(row, None) for row in connection.execute(query)]


def overdue(
    connection: Connection, organization_id: OrganizationId, now: datetime
) -> list[JoinRequestId]:
    """Those whose time is over, and whose rows do not say so yet; the longest overdue first."""
    query = select(join_requests.c.id).where(
        join_requests.c.organization_id == organization_id,
        _PENDING,
        join_requests.c.expires_at <= now,
    )
    return [row.id for row in connection.execute(query.order_by(join_requests.c.expires_at))]


def organizations_with_overdue(connection: Connection, now: datetime) -> list[OrganizationId]:
    """Which have such requests."""
    query = select(join_requests.c.organization_id).distinct()
    rows = connection.execute(query.where(_PENDING, join_requests.c.expires_at <= now))
    return sorted(row.organization_id for row in rows)


def of_user(connection: Connection, user_id: UserId) -> list[JoinRequest]:
    """In any organization, those that are pending or should have ended; by organization."""
    query = _all().where(join_requests.c.user_id == user_id, _PENDING)
    rows = connection.execute(query.order_by(join_requests.c.organization_id))
    return [_read(row, None) for row in rows]


def ids_of(
    connection: Connection, organization_id: OrganizationId, people: Sequence[UserId]
) -> list[JoinRequestId]:
    """All that these people have ever asked the organization."""
    query = select(join_requests.c.id).where(
        join_requests.c.organization_id == organization_id, join_requests.c.user_id.in_(people)
    )
    return [JoinRequestId(key) for key in connection.scalars(query.order_by(join_requests.c.id))]


def forget_addresses(
    connection: Connection, organization_id: OrganizationId, people: Sequence[UserId]
) -> None:
    """The rows stay, with their ids."""
    bound = {"organization_id": organization_id, "users": list(people)}
    _FORGET.run(connection, bound)


def forget_everywhere(connection: Connection, people: Sequence[UserId]) -> None:
    """The addresses, by whatever organization they were asked: whose accounts have gone."""
    _FORGET_EVERYWHERE.run(connection, {"users": list(people)})


def forget(
    connection: Connection, organization_id: OrganizationId, before: datetime
) -> list[JoinRequestId]:
    """Those that ended before, but for members': which they were."""
    bound = {"organization_id": organization_id, "before": before}
    return sorted(row.id for row in _FORGET_ENDED.run(connection, bound))


def organizations_with_ended(connection: Connection, before: datetime) -> list[OrganizationId]:
    """In which a request ended before; it may be a member's."""
    query = select(join_requests.c.organization_id).distinct()
    rows = connection.execute(query.where(join_requests.c.ended_at < before))
    return sorted(row.organization_id for row in rows)


_PENDING = join_requests.c.status == "pending"


def _all() -> Select[Any]:
    return select(*_COLUMNS).join_from(join_requests, users, users.c.id == join_requests.c.user_id)


def _of(organization_id: OrganizationId) -> Select[Any]:
    return _all().where(join_requests.c.organization_id == organization_id)


def _read(row: Row[*tuple[Any, ...]], now: datetime | None) -> JoinRequest:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's API
    is_over = now is not None and values["status"] == "pending" and values["expires_at"] <= now
    return JoinRequest(**{**values, "status": "expired" if is_over else values["status"]})
