"""
What an administrator says of newcomers outside the scope: release them, and the drain lets them in;
or reject them, and they stay out although their directory knows them.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from provisioning import directories, organizations
from provisioning.context import Acting
from provisioning.errors import NotFound
from provisioning.events import Draft
from provisioning.ids import DirectoryId, DirectoryUserId, OrganizationId
from provisioning.reconcile.guards_told import REFUSED, shown_newcomer
from provisioning.store import events, held_newcomers, syncs


def of_directory(
    connection: Connection, organization_id: OrganizationId, directory_id: DirectoryId
) -> list[DirectoryUserId]:
    """
    Those of whom nobody has decided, and no policy; no drain changes it until the transaction ends.
    Raises `NotFound`.
    """
    directories.within(connection, organization_id, directory_id)
    syncs.wait(connection, organization_id)
    return held_newcomers.undecided(connection, organization_id, directory_id)


def release(
    connection: Connection,
    organization_id: OrganizationId,
    keys: Sequence[DirectoryUserId],
    acting: Acting,
) -> int:
    """How many of whom that had not been said. Raises `NotFound` for one who is not held."""
    _held(connection, organization_id, keys)
    decided = held_newcomers.decide(
        connection,
        organization_id,
        keys,
        "released",
        decided_by=acting.actor,
        now=acting.now,
    )
    return len(decided)


def reject(
    connection: Connection,
    organization_id: OrganizationId,
    keys: Sequence[DirectoryUserId],
    acting: Acting,
) -> int:
    """
    Until somebody releases them after all, or they are inside. How many of whom that had not been
    said. Raises `NotFound` for one who is not held.
    """
    _held(connection, organization_id, keys)
    decided = held_newcomers.decide(
        connection,
        organization_id,
        keys,
        "rejected",
        decided_by=acting.actor,
        now=acting.now,
    )
    drafts = [
        Draft(
            REFUSED,
            shown_newcomer(one.directory_user_id, one.directory_id, acting.actor),
            None,
            {"directory_id": one.directory_id},
        )
        for one in decided
    ]
    events.append(connection, organization_id, drafts, actor=acting.actor, now=acting.now)
    return len(decided)


def _held(
    connection: Connection, organization_id: OrganizationId, keys: Sequence[DirectoryUserId]
) -> None:
    organizations.get(connection, organization_id)
    syncs.wait(connection, organization_id)  # a drain may be about to let one of them in
    held = {one.directory_user_id for one in held_newcomers.of(connection, organization_id, keys)}
    for key in keys:
        if key not in held:
            raise NotFound("held newcomer", key)
