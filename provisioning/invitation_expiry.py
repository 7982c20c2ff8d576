"""Tells of invitations whose time is over: nobody could accept them any more already."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from provisioning.events import Draft
from provisioning.reconcile.facts import Invitation
from provisioning.reconcile.telling import invitation_told
from provisioning.store import events, invitations, periodic_jobs, roles, syncs
from provisioning.store.engine import transaction

INTERVAL = timedelta(minutes=1)
_ACTOR = "worker:expire_invitations"
_AT_ONCE = 500
_TRANSACTIONS = 100
"""A minute later it goes on."""


def expire(engine: Engine, now: datetime) -> int:
    """How many; 0 when it is not due. Each organization has a transaction of its own."""
    with transaction(engine) as connection:
        if not periodic_jobs.claim(
            connection, "expire_invitations", now, INTERVAL - timedelta(seconds=1)
        ):
            return 0
    total = 0
    for _ in range(_TRANSACTIONS):
        with transaction(engine) as connection:
            done = _expire_of_one(connection, now)
        if not done:
            break
        total += done
    return total


def end(connection: Connection, overdue: Sequence[Invitation]) -> list[Draft]:
    """
    They are all of one organization, if there are any; the caller holds the lock of its drain, and
    tells.
    """
    if not overdue:
        return []
    organization_id = overdue[0].organization_id
    invitations.mark_expired(connection, organization_id, [one.id for one in overdue])
    known = roles.of_organization(connection, organization_id)
    return [invitation_told(one, known, replace(one, status="pending")) for one in overdue]


def _expire_of_one(connection: Connection, now: datetime) -> int:
    found = invitations.overdue_anywhere(connection, now, _AT_ONCE)
    if not found:
        return 0
    organization_id = found[0].organization_id
    syncs.wait(connection, organization_id)
    # Read again under the lock: one of them may have been sent again meanwhile.
    keys = {one.email_key for one in found if one.organization_id == organization_id}
    overdue = invitations.overdue(connection, organization_id, keys, now)
    told = end(connection, overdue)
    events.append(connection, organization_id, told, actor=_ACTOR, now=now)
    return len(overdue)
