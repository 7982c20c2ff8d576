"""What reconcile grants, revokes and renews of the grants that are its own (pure)."""

from collections.abc import Iterable, Iterator, Mapping

from provisioning import ids
from provisioning.ids import DirectoryGroupId, GrantId, MembershipId, UserId
from provisioning.reconcile.actions import Action, GrantRole
from provisioning.reconcile.facts import OWNER, Facts, Grant
from provisioning.reconcile.granting import revoking
from provisioning.reconcile.identify import NewId
from provisioning.reconcile.sources import DIRECT, Source, renewed, source_of

Groups = Mapping[str, DirectoryGroupId]
"""The group of each mapping that gives somebody a role."""


def groups_of(facts: Facts) -> Groups:
    """By the mappings' ids."""
    return {role.mapping_id: role.group_id for role in facts.mapped}


def renewing(
    facts: Facts,
    membership_id: MembershipId,
    user_id: UserId,
    held: Iterable[Grant],
    groups: Groups,
    new_id: NewId,
) -> Iterator[Action]:
    """
    Of grants that stay whatever the directories say: no role outlives what an administrator has put
    in its place. But whoever owns the organization goes on owning it.
    """
    own = {source_of(grant): grant for grant in held if grant.source_type != DIRECT}
    wanted = frozenset(
        source if grant.role_id == OWNER else renewed(facts, grant)
        for source, grant in own.items()
        if not grant.revoked
    )
    return regranting(membership_id, user_id, wanted, own, groups, new_id)


def regranting(
    membership_id: MembershipId,
    user_id: UserId,
    wanted: frozenset[Source],
    held: Mapping[Source, Grant],
    groups: Groups,
    new_id: NewId,
) -> Iterator[Action]:
    """Manual grants survive: reconcile owns only those whose source is not `direct`."""
    for role_id, source_type, source_id, place in sorted(wanted):
        grant = held.get((role_id, source_type, source_id, place))
        if grant is None or grant.revoked:
            yield GrantRole(
                grant_id=grant.id if grant else GrantId(new_id(ids.GRANT)),
                is_new=grant is None,
                membership_id=membership_id,
                user_id=user_id,
                role_id=role_id,
                source_type=source_type,
                source_id=source_id,
                group_id=groups.get(source_id) or _gave(held.values(), source_id),
                workspace_id=place or None,
            )
    unwanted = (
        grant
        for source, grant in sorted(held.items())
        if source not in wanted and grant.source_type != DIRECT and not grant.revoked
    )
    yield from revoking(user_id, unwanted)


def _gave(held: Iterable[Grant], mapping_id: str) -> DirectoryGroupId | None:
    """To somebody who has left the group, and keeps for a while what its mapping gives now."""
    given = [grant for grant in held if grant.source_id == mapping_id and grant.group_id]
    latest = max(given, key=lambda grant: (not grant.revoked, grant.id), default=None)
    return None if latest is None else latest.group_id
