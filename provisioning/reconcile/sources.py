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
    place = grant.workspace_id or EVERYWHERE
    return (grant.role_id, grant.source_type, grant.source_id, place)


def managed(held: Mapping[Source, Grant], present: Sequence[DirectoryUser]) -> set[Source]:
    """Of grants those that reconcile has given, and nobody has taken back."""
    return {
        source
        for source, grant in held.items()
        if not grant.revoked and grant.source_type != DIRECT and is_given(grant, present)
    }


def is_given(grant: Grant, present: Sequence[DirectoryUser]) -> bool:
    """
    Unless an administrator has removed the mapping. Those of a directory that was disconnected have
    gone with it, which says nothing of what they gave.
    """
    gone = {user.directory_id for user in present if user.disconnected}
    return grant.declared or grant.directory_id in {None, *gone}


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
