"""
What is personal of people who never became members: whom a directory has brought, and nobody has
let in; who has asked to join in vain. There is no membership to purge, so it goes by itself.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from provisioning.ids import DirectoryId, OrganizationId
from provisioning.reconcile.facts import LeavingPolicy
from provisioning.reconcile.leaving import NOTICE
from provisioning.store import erasure, join_requests, leaving_policies, strangers, syncs
from provisioning.store.engine import reading, transaction
from provisioning.store.traces import Traces

_AT_ONCE = 500


def forget_requests(connection: Connection, before: datetime, now: datetime) -> None:
    """To join, those that ended before, but for members': the rows, and whom their events name."""
    for organization_id, ids in join_requests.forget(connection, before).items():
        erasure.redact_events(connection, organization_id, ids, now)


def forget_gone(engine: Engine, now: datetime) -> None:
    """
    Whom a directory has let go again, when the retention of its policy is over. What is told of
    their being held has no names in it, and stays.
    """
    with reading(engine) as connection:
        keeping = strangers.organizations(connection)
    for organization_id in keeping:
        while _forget_some(engine, organization_id, now):
            pass


def _forget_some(engine: Engine, organization_id: OrganizationId, now: datetime) -> bool:
    """Whether there may be more."""
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
    return len(found) == _AT_ONCE


def _let_go_before(
    policies: dict[DirectoryId | None, LeavingPolicy], directory_id: DirectoryId, now: datetime
) -> datetime | None:
    """None: nobody is due, as for members."""
    policy = policies.get(directory_id) or policies.get(None)
    if policy is None or policy.retention_seconds is None or now < policy.changed_at + NOTICE:
        return None
    return now - timedelta(seconds=policy.retention_seconds)
