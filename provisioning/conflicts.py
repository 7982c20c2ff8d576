"""
An address of an account that the organization does not know, or has let go while others know it:
the IdP has its 201, the person no access yet, and an administrator of the product decides.
"""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection

from provisioning import organizations
from provisioning.context import Context
from provisioning.errors import NotFound
from provisioning.events import Draft
from provisioning.ids import ConflictId, OrganizationId
from provisioning.reconcile.facts import Decision
from provisioning.store import conflicts, events, notes, syncs
from provisioning.store.conflicts import OpenConflict, State


def still_open(
    connection: Connection, organization_id: OrganizationId, state: State = "open"
) -> list[OpenConflict]:
    """Oldest first. Raises `NotFound` for the organization."""
    organizations.get(connection, organization_id)
    return conflicts.still_open(connection, organization_id, state)


def decide(
    connection: Connection,
    organization_id: OrganizationId,
    conflict_id: ConflictId,
    decision: Decision,
    *,
    actor: str,
    now: datetime,
) -> None:
    """
    `link`: the person is the account's; `keep_apart`: somebody else, who gets an account that does
    not speak for the address. The drain does it, and tells it as done by `actor`. Raises
    `NotFound`.
    """
    waiting = conflicts.decide(connection, organization_id, conflict_id, decision, actor)
    if not waiting:
        raise NotFound("open conflict", conflict_id)
    for directory_id, directory_user_id in waiting:
        context = Context(
            organization_id=organization_id, directory_id=directory_id, actor=actor, now=now
        )
        notes.add(connection, context, "user", directory_user_id)


def reject(
    connection: Connection,
    organization_id: OrganizationId,
    conflict_id: ConflictId,
    *,
    actor: str,
    now: datetime,
) -> None:
    """
    The person has no access, for as long as the same account has the address and nobody decides
    otherwise; the IdP goes on reading what it wrote. Raises `NotFound`.
    """
    # Without it a drain that has read another decision could still let the person in.
    syncs.wait(connection, organization_id)
    rejected = conflicts.reject(connection, organization_id, conflict_id, actor, now)
    if rejected is not None:
        draft = Draft("conflict.rejected", {"id": conflict_id, **asdict(rejected)})
        events.append(connection, organization_id, [draft], actor=actor, now=now)
