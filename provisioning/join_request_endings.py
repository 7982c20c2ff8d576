"""
How requests to join end, and are told: decided, over, or withdrawn because the person is a member
by another way, or is nobody any more, or because the organization is not.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from provisioning.context import Acting
from provisioning.events import Draft, EventType, former_values
from provisioning.ids import JoinRequestId, OrganizationId, UserId
from provisioning.reconcile.actions import Action, CreateMembership, SetStatus
from provisioning.store import events, join_requests
from provisioning.store.join_requests import JoinRequest, JoinRequestStatus

_EVENTS: Mapping[JoinRequestStatus, EventType] = {
    "pending": "join_request.created",
    "approved": "join_request.approved",
    "declined": "join_request.declined",
    "expired": "join_request.expired",
    "withdrawn": "join_request.withdrawn",
}


def told(request: JoinRequest, before: JoinRequest | None) -> Draft:
    """What has become of it; `before` None: it is new."""
    data = _shown(request)
    previous = None if before is None else former_values(_shown(before), data)
    return Draft(_EVENTS[request.status], data, previous)


def joined(actions: Sequence[Action]) -> set[UserId]:
    """Who may be a member by them that was none before."""
    return {one.user_id for one in actions if isinstance(one, CreateMembership | SetStatus)}


def withdrawn(
    connection: Connection,
    organization_id: OrganizationId,
    members: Collection[UserId],
    now: datetime,
) -> list[Draft]:
    """
    The requests of people who have just become members are no more; what is to be told of it. The
    caller holds the lock of the organization's drain.
    """
    return _told(join_requests.withdraw(connection, organization_id, members, now))


def expired(
    connection: Connection,
    organization_id: OrganizationId,
    ids: Collection[JoinRequestId],
    now: datetime,
) -> list[Draft]:
    """Those whose time is over, and whose rows do not say so yet; likewise."""
    return _told(join_requests.expire(connection, organization_id, ids, now))


def closed(connection: Connection, organization_id: OrganizationId, now: datetime) -> list[Draft]:
    """Those of an organization that goes; likewise."""
    return _told(join_requests.close(connection, organization_id, now))


def _told(ended: Sequence[JoinRequest]) -> list[Draft]:
    """Of what was pending until now."""
    return [told(one, replace(one, status="pending", decided_by=None)) for one in ended]


def end(
    connection: Connection, before: JoinRequest, status: JoinRequestStatus, by: Acting
) -> list[Draft]:
    """One that is pending, or should have ended; what is to be told of it."""
    decided_by = by.actor if status in {"approved", "declined"} else None
    join_requests.end(connection, before, status, by.now, decided_by)
    return _told([replace(before, status=status, ended_at=by.now, decided_by=decided_by)])


def withdraw_of_user(connection: Connection, user_id: UserId, by: Acting) -> None:
    """
    Whose account goes; in every organization, whose drains' locks the caller holds. Last in the
    transaction.
    """
    pending = join_requests.of_user(connection, user_id)
    join_requests.forget_everywhere(connection, [user_id])
    for before in pending:
        drafts = end(connection, before, "withdrawn", by)
        events.append(connection, before.organization_id, drafts, actor=by.actor, now=by.now)


def _shown(request: JoinRequest) -> dict[str, Any]:
    return {
        "id": request.id,
        "organization_id": request.organization_id,
        "user": {
            "id": request.user_id,
            "email": request.email,
            "display_name": request.display_name,
        },
        "domain": request.domain,
        "status": request.status,
        "expires_at": request.expires_at,
        "decided_by": request.decided_by,
    }
