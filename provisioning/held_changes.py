"""
What an administrator says of changes that a guard holds: release them, and the drain does what the
directory wants; or reject them, and the person stays although the directory says out.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from provisioning import directories, organizations
from provisioning.context import Acting
from provisioning.errors import NotFound, Refused
from provisioning.events import Draft
from provisioning.ids import DirectoryId, MembershipId, OrganizationId
from provisioning.reconcile.facts import HoldReason
from provisioning.reconcile.guards_told import shown_change, shown_membership
from provisioning.store import events, held_changes, syncs
from provisioning.store.held_changes import Decided


def of_directory(
    connection: Connection, organization_id: OrganizationId, directory_id: DirectoryId
) -> list[MembershipId]:
    """
    Whom its breaker holds, and nobody has decided about; no drain changes it until the transaction
    ends. Raises `NotFound`.
    """
    directories.within(connection, organization_id, directory_id)
    syncs.wait(connection, organization_id)
    return held_changes.undecided(connection, organization_id, directory_id)


def release(
    connection: Connection,
    organization_id: OrganizationId,
    membership_ids: Sequence[MembershipId],
    acting: Acting,
) -> int:
    """
    How many about whom that had not been said. Raises `NotFound` for one of which nothing is held,
    and `Refused` for the last owner, whom nobody releases but another owner's coming.
    """
    found = _held(connection, organization_id, membership_ids)
    last_owners = [key for key, reason in found.items() if reason == "last_owner"]
    if last_owners:
        raise Refused(
            "last_owner",
            f"{last_owners[0]} is the last active owner's, and goes when there is another one",
        )
    decided = held_changes.decide(
        connection,
        organization_id,
        membership_ids,
        "released",
        decided_by=acting.actor,
        now=acting.now,
    )
    return len(decided)


def reject(
    connection: Connection,
    organization_id: OrganizationId,
    membership_ids: Sequence[MembershipId],
    acting: Acting,
) -> int:
    """
    Until the directory wants something else, or somebody releases it after all. How many about
    whom that had not been said. Raises `NotFound` for one of which nothing is held.
    """
    _held(connection, organization_id, membership_ids)
    decided = held_changes.decide(
        connection,
        organization_id,
        membership_ids,
        "rejected",
        decided_by=acting.actor,
        now=acting.now,
    )
    drafts = [_rejected(organization_id, one, acting.actor) for one in decided]
    events.append(connection, organization_id, drafts, actor=acting.actor, now=acting.now)
    return len(decided)


def _held(
    connection: Connection, organization_id: OrganizationId, membership_ids: Sequence[MembershipId]
) -> dict[MembershipId, HoldReason]:
    organizations.get(connection, organization_id)
    syncs.wait(connection, organization_id)  # a drain may be about to do, or undo, one of them
    found = held_changes.reasons(connection, organization_id, membership_ids)
    for key in membership_ids:
        if key not in found:
            raise NotFound("held change of membership", key)
    return found


def _rejected(organization_id: OrganizationId, one: Decided, actor: str) -> Draft:
    membership = shown_membership(
        organization_id,
        one.membership_id,
        one.status,
        one.suspended_by,
        {"id": one.user_id, **one.profile.tree()},
        break_glass=one.break_glass,
    )
    data = {**shown_change(membership, one.reason, one.wanted_status), "decided_by": actor}
    context = {} if one.directory_id is None else {"directory_id": one.directory_id}
    return Draft("change.rejected", data, None, context)
