"""
What is personal of people who never became members: whom a directory has brought, and nobody has
let in; who has asked to join in vain. There is no membership to purge, so it goes by itself.
"""

from datetime import datetime, timedelta

from sqlalchemy import Engine

from provisioning import one_by_one
from provisioning.ids import DirectoryId, OrganizationId
from provisioning.reconcile.facts import LeavingPolicy
from provisioning.reconcile.leaving import NOTICE
from provisioning.store import erasure, join_requests, leaving_policies, strangers, syncs
from provisioning.store.engine import reading, transaction
from provisioning.store.traces import Traces

_AT_ONCE = 500


def forget_requests(engine: Engine, before: datetime, now: datetime) -> int:
    """To join, those that ended before, but for members': the rows, and whom their events name."""

    def forget(organization_id: OrganizationId) -> int:
        with transaction(engine) as connection:
            ids = join_requests.forget(connection, organization_id, before)
            erasure.redact_events(connection, organization_id, ids, now)
        return len(ids)

    with reading(engine) as connection:
        having = join_requests.organizations_with_ended(connection, before)
    return one_by_one.each(having, forget)


def forget_gone(engine: Engine, now: datetime) -> int:
    """
    Whom a directory has let go again, when the retention of its policy is over. What is told of
    their being held has no names in it, and stays.
    """

    def forget(organization_id: OrganizationId) -> int:
        total = 0
        while True:
            forgotten = _forget_some(engine, organization_id, now)
            total += forgotten
            if forgotten < _AT_ONCE:
                return total

    with reading(engine) as connection:
        keeping = strangers.organizations(connection)
    return one_by_one.each(keeping, forget)


def _forget_some(engine: Engine, organization_id: OrganizationId, now: datetime) -> int:
    """How many; there may be more when they are `_AT_ONCE`."""
    with transaction(engine) as connection:
        syncs.wait(connection, organization_id)
        policies = leaving_policies.of_organization(connection, organization_id)
        found: list[str] = []
        for directory in strangers.directories(connection, organization_id):
            before = _let_go_before(policies, directory.id, now)
            if before is not None and len(found) < _AT_ONCE:
                most = _AT_ONCE - len(found)
                found += strangers.gone(connection, organization_id, directory, before, most)
        if found:
            nobodys = Traces(
                users=(),
                memberships=(),
                directory_users=tuple(found),
                invitations=(),
                join_requests=(),
                addresses=(),
            )
            erasure.rows(connection, organization_id, nobodys, (), now)
    return len(found)


def _let_go_before(
    policies: dict[DirectoryId | None, LeavingPolicy], directory_id: DirectoryId, now: datetime
) -> datetime | None:
    """None: nobody is due, as for members."""
    policy = policies.get(directory_id) or policies.get(None)
    if policy is None or policy.retention_seconds is None or now < policy.changed_at + NOTICE:
        return None
    return now - timedelta(seconds=policy.retention_seconds)
