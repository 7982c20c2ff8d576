"""What an explanation says, of the present or of the past: roles, and the way that led to each."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from provisioning.ids import WorkspaceId
from provisioning.reconcile.facts import RoleMode
from provisioning.store import mappings
from provisioning.store.explanations import Edge
from provisioning.store.memberships import HeldRole, Member


@dataclass(frozen=True, slots=True)
class RoleReason:
    """One role the person has, with its source; or lacks, with what stands in the way."""

    role: str
    why: str
    source: HeldRole | None = None
    workspace_id: WorkspaceId | None = None
    """Where; None: in the whole organization."""
    workspace: str | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """`member` is None when the organization has no such member; `reasons` then say why."""

    member: Member | None
    reasons: tuple[str, ...]
    held: tuple[RoleReason, ...]
    lacking: tuple[RoleReason, ...]


def why(
    role: HeldRole, people: Sequence[str], edges: Sequence[Edge], directories: Mapping[str, str]
) -> str:
    """The sentence of a role that is held; `directories` are names by id."""
    if role.source_type == "default":
        return "every member of the organization has it"
    if role.source_type == "direct":
        return "granted by hand"
    names = path(people, str(role.group_id), edges)
    through = " → ".join(names) if names else repr(str(role.group_name))
    directory = directories.get(role.directory_id or "", str(role.directory_id))
    group = f"group {through} of directory {directory!r}"
    return f"member of {group}, which mapping {role.mapping_id} gives it"


def lacking(
    member: Member,
    declared: Sequence[mappings.Mapping],
    people: Sequence[str],
    edges: Sequence[Edge],
    role_mode: RoleMode,
) -> Iterable[RoleReason]:
    """The roles of mappings that the member has not, each with what stands in the way."""
    held = {role.mapping_id for role in member.roles}
    roles = {(role.role, role.workspace_id) for role in member.roles}
    for mapping in declared:
        if mapping.id in held or (mapping.role, mapping.workspace_id) in roles:
            continue
        if mapping.group_id is None:
            why = f"mapping {mapping.id} waits for a group named {mapping.group_name!r}"
        elif path(people, mapping.group_id, edges) is None:
            why = (
                f"not a member of group {mapping.group_name!r}, which mapping {mapping.id} gives it"
            )
        elif member.status == "removed":
            why = "removed: what groups gave was taken back"
        elif role_mode == "highest":
            why = f"mapping {mapping.id} gives it, but a role of higher rank is held (role_mode)"
        else:
            why = f"mapping {mapping.id} gives it, and that has not been settled yet, or is parked"
        yield RoleReason(mapping.role, why, None, mapping.workspace_id, mapping.workspace)


def path(people: Sequence[str], group_id: str, edges: Sequence[Edge]) -> list[str] | None:
    """The names of the groups from the person up to `group_id`, the shortest way; None: no way."""
    ways: deque[tuple[str, list[str]]] = deque((person, []) for person in people)
    seen = set(people)
    while ways:
        here, names = ways.popleft()
        for edge in edges:
            if edge.member != here or edge.group_id in seen:
                continue
            way = [*names, repr(edge.group_name)]
            if edge.group_id == group_id:
                return way
            seen.add(edge.group_id)
            ways.append((edge.group_id, way))
    return None
