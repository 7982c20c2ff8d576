"""Which grants a person is to have, each with its source (pure)."""

from collections.abc import Iterable, Mapping, Sequence

from provisioning.ids import DirectoryUserId, RoleId, WorkspaceId
from provisioning.reconcile.facts import DirectoryUser, Facts, Grant, MappedRole, SourceType

Source = tuple[RoleId, SourceType, str, WorkspaceId]
"""
What makes a grant the same grant: its role, where it comes from and where it holds; an empty
workspace is the whole organization.
"""
EVERYWHERE = WorkspaceId("")
DIRECT: SourceType = "direct"


def source_of(grant: Grant) -> Source:
    """Of a grant, live or revoked."""
    return _source(grant, grant.role_id)


def source_now(grant: Grant) -> Source:
    """Of a grant that stays: an administrator may have its mapping give another role since."""
    return _source(grant, grant.giving or grant.role_id)


def renewed(facts: Facts, grant: Grant) -> Source:
    """Of a grant that stays: likewise, or the organization may have another default role."""
    return default(facts) if grant.source_type == "default" else source_now(grant)


def _source(grant: Grant, role_id: RoleId) -> Source:
    place = grant.workspace_id or EVERYWHERE
    return (role_id, grant.source_type, grant.source_id, place)


def managed(facts: Facts, held: Iterable[Grant]) -> set[Source]:
    """
    Of grants those that reconcile has given, and nobody has taken back. The default role is the one
    of now.
    """
    live = [grant for grant in held if not grant.revoked]
    sources = {source_now(grant) for grant in live if grant.giving is not None}
    return sources | {default(facts) for grant in live if grant.source_type == "default"}


def wanted(
    facts: Facts,
    present: Iterable[DirectoryUser],
    mapped: Mapping[DirectoryUserId, Sequence[MappedRole]],
) -> set[Source]:
    """The roles of every mapped group, and the default one; nothing for who has left."""
    living = [user for user in present if not user.deleted]
    if not living:
        return set()
    sources = {default(facts)}
    for user in living:
        sources |= {
            (role.role_id, "mapping", role.mapping_id, role.workspace_id or EVERYWHERE)
            for role in mapped.get(user.id, ())
        }
    return counting(facts, sources)


def default(facts: Facts) -> Source:
    """What every member has."""
    return (facts.default_role_id, "default", "", EVERYWHERE)


def counting(facts: Facts, sources: set[Source]) -> set[Source]:
    """
    In role mode `highest` only the roles of the highest rank, in the organization and in each
    workspace.
    """
    if facts.role_mode != "highest":
        return sources
    top: dict[WorkspaceId, int] = {}
    for role_id, _, _, place in sources:
        rank = facts.roles[role_id].rank
        top[place] = max(top.get(place, rank), rank)
    return {one for one in sources if facts.roles[one[0]].rank == top[one[3]]}
