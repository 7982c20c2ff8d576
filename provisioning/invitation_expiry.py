"""Tells of invitations whose time is over: nobody could accept them any more already."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection, Engine

from provisioning import one_by_one
from provisioning.events import Draft
from provisioning.ids import OrganizationId
from provisioning.reconcile.facts import Invitation
from provisioning.reconcile.telling import invitation_told
from provisioning.store import events, invitations, periodic_jobs, roles, syncs
from provisioning.store.engine import transaction

INTERVAL = timedelta(minutes=1)
_ACTOR = "worker:expire_invitations"
_AT_ONCE = 500


def expire(engine: Engine, now: datetime) -> int:
    """How many; 0 when it is not due."""
    with transaction(engine) as connection:
        if not periodic_jobs.claim(
            connection, "expire_invitations", now, INTERVAL - timedelta(seconds=1)
        ):
            return 0
        waiting = invitations.organizations_with_overdue(connection, now)
    return one_by_one.each(waiting, partial(_expire_all, engine, now))


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


def _expire_all(engine: Engine, now: datetime, organization_id: OrganizationId) -> int:
    total = 0
    while True:
        with transaction(engine) as connection:
            syncs.wait(connection, organization_id)
            overdue = invitations.all_overdue(connection, organization_id, now, _AT_ONCE)
            told = end(connection, overdue)
            events.append(connection, organization_id, told, actor=_ACTOR, now=now)
        total += len(overdue)
        if len(overdue) < _AT_ONCE:
            return total
