"""
Whom a run has to look at: who may not be as the directories say, and for whom something else is
foreseen than the policies say. It may name too many, and must never name too few.
"""

from datetime import datetime

from sqlalchemy import Connection

from provisioning.ids import DirectoryId, DirectoryUserId, OrganizationId
from provisioning.reconcile.leaving import is_foreseen
from provisioning.store import drift, leavers, leaving_policies


def differing(
    connection: Connection,
    organization_id: OrganizationId,
    directory_id: DirectoryId,
    after: str,
    upto: str,
    now: datetime,
) -> list[DirectoryUserId]:
    """
    Of the people a directory knows, or has deleted, with ids behind `after` and not behind `upto`;
    in the order of their ids.
    """
    place = (connection, organization_id, directory_id, after, upto)
    found = drift.differing(*place)
    policies = leaving_policies.of_organization(connection, organization_id)
    if not policies:  # nor has there ever been one: nothing is foreseen for anybody
        return found
    unforeseen = {
        one.directory_user_id
        for one in leavers.among(*place)
        if one.elsewhere
        or one.removed_at is None
        or not is_foreseen(policies, directory_id, one.removed_at, one.step, now)
    }
    return sorted(unforeseen.union(found))
