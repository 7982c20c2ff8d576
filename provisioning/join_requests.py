"""
Joining by approval: whoever signs in with a proven address of a domain that asks for it waits for
an administrator of the organization, who lets them in with a role, or declines.
"""

from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection, Engine

from provisioning import ids, newcomers, one_by_one, organizations
from provisioning.context import Acting
from provisioning.errors import NotFound, Refused
from provisioning.events import Draft
from provisioning.ids import JoinRequestId, MembershipId, OrganizationId
from provisioning.join_request_endings import end, expired, told
from provisioning.newcomers import Newcomer
from provisioning.store import accounts, domains, events, periodic_jobs, roles, syncs
from provisioning.store import join_requests as store
from provisioning.store.domains import Domain
from provisioning.store.engine import transaction
from provisioning.store.join_requests import JoinRequest
from provisioning.store.users import User

LIFETIME = timedelta(days=30)
REST = timedelta(days=30)
"""So long who was declined is not heard again."""
LIMIT = 1000
"""Pending ones of an organization: anybody with an address of the domain may ask."""
INTERVAL = timedelta(minutes=1)
_ACTOR = "worker:expire_join_requests"


def ask(
    connection: Connection, domain: Domain, account: User, email: str, by: Acting
) -> list[Draft]:
    """
    What is to be told, last in the transaction; nothing when the person waits already. The caller
    holds the lock of the organization's drain, and has seen that they have never been a member.
    Raises `Refused` for who was declined lately, and when too many wait, and `Collision` when the
    account has gone meanwhile.
    """
    organization_id = domain.organization_id
    last = store.last_of(connection, organization_id, account.id, by.now)
    if last is not None and last.status == "pending":
        return []
    if last is not None and last.status == "declined" and by.now < _heard_again(last):
        raise Refused("join_request_declined", "an administrator has declined the person's request")
    if store.count_pending(connection, organization_id, by.now) >= LIMIT:
        raise Refused("join_request_limit_reached", f"{LIMIT} people wait for a decision already")
    accounts.hold(connection, [account.id])
    drafts = [] if last is None else expired(connection, organization_id, [last.id], by.now)
    made = JoinRequest(
        id=JoinRequestId(ids.new(ids.JOIN_REQUEST)),
        organization_id=organization_id,
        user_id=account.id,
        email=email,
        display_name=account.profile.display_name,
        domain=domain.name,
        status="pending",
        expires_at=by.now + LIFETIME,
        created_at=by.now,
    )
    store.insert(connection, made)
    return [*drafts, told(made, None)]


def get(
    connection: Connection,
    organization_id: OrganizationId,
    request_id: JoinRequestId,
    now: datetime,
) -> JoinRequest:
    """Raises `NotFound`."""
    found = store.get(connection, organization_id, request_id, now)
    if found is None:
        raise NotFound("join request", request_id)
    return found


def approve(
    connection: Connection,
    organization_id: OrganizationId,
    request_id: JoinRequestId,
    role: str | None,
    by: Acting,
    *,
    organization_limit: int | None = None,
) -> MembershipId:
    """
    With the role of this name, else the one that the domain gives, else the default one: whose
    membership it is. Raises `NotFound`, and `Refused` unless it is pending and the domain is still
    the organization's, and as for whoever is added by hand.
    """
    before = _pending(connection, organization_id, request_id, by.now)
    domain = domains.by_name(connection, organization_id, before.domain)
    if domain is None or domain.state != "verified":
        raise Refused(
            "domain_not_verified",
            f"{before.domain} is not verified now: its addresses say nothing of who somebody is",
        )
    if role is None and domain.auto_join_role_id is not None:
        role = roles.name(connection, organization_id, domain.auto_join_role_id)
    # Told last, and ended first: not withdrawn because the person is a member now.
    drafts = end(connection, before, "approved", by)
    newcomer = Newcomer(
        user_id=before.user_id,
        roles=None if role is None else [role],
        proven_email=before.email,
    )
    membership_id = newcomers.add(
        connection,
        organization_id,
        newcomer,
        by,
        only_here=False,
        organization_limit=organization_limit,
    )
    events.append(connection, organization_id, drafts, actor=by.actor, now=by.now)
    return membership_id


def decline(
    connection: Connection,
    organization_id: OrganizationId,
    request_id: JoinRequestId,
    by: Acting,
) -> None:
    """The person may ask again after `REST`. Raises `NotFound`, and `Refused` unless pending."""
    before = _pending(connection, organization_id, request_id, by.now)
    drafts = end(connection, before, "declined", by)
    events.append(connection, organization_id, drafts, actor=by.actor, now=by.now)


def expire(engine: Engine, now: datetime) -> int:
    """How many; 0 when it is not due. They could not be approved any more already."""
    with transaction(engine) as connection:
        if not periodic_jobs.claim(
            connection, "expire_join_requests", now, INTERVAL - timedelta(seconds=1)
        ):
            return 0
        waiting = store.organizations_with_overdue(connection, now)
    return one_by_one.each(waiting, partial(_expire_all, engine, now))


def _expire_all(engine: Engine, now: datetime, organization_id: OrganizationId) -> int:
    """As many as there are: an organization has no more than `LIMIT` that are pending."""
    with transaction(engine) as connection:
        syncs.wait(connection, organization_id)
        overdue = store.overdue(connection, organization_id, now)
        drafts = expired(connection, organization_id, overdue, now)
        events.append(connection, organization_id, drafts, actor=_ACTOR, now=now)
    return len(drafts)


def _heard_again(declined: JoinRequest) -> datetime:
    return (declined.ended_at or declined.created_at) + REST


def _pending(
    connection: Connection,
    organization_id: OrganizationId,
    request_id: JoinRequestId,
    now: datetime,
) -> JoinRequest:
    organizations.get(connection, organization_id)
    syncs.wait(connection, organization_id)
    found = get(connection, organization_id, request_id, now)
    if found.status != "pending":
        raise Refused("join_request_not_pending", f"the request is {found.status}")
    return found
