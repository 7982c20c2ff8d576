"""Group to role. Declared by name for convenience, kept by id for safety."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from provisioning import ids, organizations
from provisioning.context import Context
from provisioning.errors import NotFound
from provisioning.events import Draft, EventType, former_values
from provisioning.folding import fold
from provisioning.ids import DirectoryGroupId, MappingId, OrganizationId, RoleId, WorkspaceId
from provisioning.store import (
    directory_groups,
    directory_news,
    events,
    kept_roles,
    mapping_growths,
    mappings,
    notes,
    removed_mappings,
    role_uses,
    syncs,
    workspaces,
)
from provisioning.store.directories import Directory
from provisioning.store.mappings import Mapping, Move


def declare(
    connection: Connection,
    directory: Directory,
    group_name: str,
    role: str,
    *,
    actor: str,
    now: datetime,
    workspace_id: WorkspaceId | None = None,
) -> Mapping:
    """
    The group of this displayName gives its members the role, in the whole organization or in one
    workspace. If there is no such group yet, the first one of the name will; after that the name
    may change. Declaring it twice changes nothing. Raises `NotFound` for the role and the
    workspace.
    """
    context = _context(directory, actor, now)
    # Without it a drain could look for waiting mappings after we looked for the group, and before
    # we commit: the group would be there, and the mapping would wait for ever.
    syncs.wait(connection, directory.organization_id)
    group = directory_groups.get(
        connection, context, fold(group_name), column="display_name_folded", with_references=False
    )
    group_id = None if group is None else DirectoryGroupId(group.id)
    return _declare(connection, context, group_name, group_id, role, workspace_id)


def declare_by_id(
    connection: Connection,
    directory: Directory,
    group_id: DirectoryGroupId,
    role: str,
    *,
    actor: str,
    now: datetime,
    workspace_id: WorkspaceId | None = None,
) -> Mapping:
    """As `declare`, for a group that is there. Raises `NotFound` for it."""
    context = _context(directory, actor, now)
    syncs.wait(connection, directory.organization_id)  # for a drain that is binding the same
    names = directory_groups.names(connection, context, [group_id])
    if group_id not in names:
        raise NotFound("group", group_id)
    return _declare(connection, context, names[group_id], group_id, role, workspace_id)


def _declare(
    connection: Connection,
    context: Context,
    group_name: str,
    group_id: DirectoryGroupId | None,
    role: str,
    workspace_id: WorkspaceId | None,
) -> Mapping:
    role_id = organizations.role(connection, context.organization_id, role)
    if workspace_id is not None and not workspaces.get(
        connection, context.organization_id, workspace_id
    ):
        raise NotFound("workspace", workspace_id)
    target = (group_name, group_id, role_id, workspace_id)
    known = mappings.find(connection, context, *target)
    news: Sequence[Draft] = ()
    if known is None:
        if group_id is not None:
            introduced = _introduce(connection, context, group_id)
            if introduced is None:
                return _declare(connection, context, group_name, None, role, workspace_id)
            news = introduced
        mapping_id = MappingId(ids.new(ids.MAPPING))
        mappings.insert(connection, context, mapping_id, *target)
        if group_id is not None:
            notes.add(connection, context, "group_members", group_id)
            mapping_growths.begin(connection, context, mapping_id, group_id)
    found = mappings.find(connection, context, *target)
    if found is None:
        raise NotFound("mapping", group_name)
    if group_id is not None and found.group_id != group_id:
        # It waits for this name since its group was deleted: the drain gives it the group.
        notes.add(connection, context, "group", group_id)
    if known is None:
        _tell(connection, context, *news, _draft("group_role_mapping.created", found, None))
    return found


def _introduce(
    connection: Connection, context: Context, group_id: DirectoryGroupId
) -> Sequence[Draft] | None:
    """
    What is told before a mapping names the group: no event names one that nobody has heard of, and
    nobody here waits for the drain. None if that came too late: the IdP has deleted it already.
    """
    here = (connection, context.organization_id)
    news = directory_news.introduction(*here, group_id)
    if news and news[0].type == "directory_group.created":
        directory_news.note_untold_members(*here, [group_id], context.now)
    return news


def of_organization(connection: Connection, organization_id: OrganizationId) -> list[Mapping]:
    """All mappings of all its directories, oldest first."""
    return mappings.of_organization(connection, organization_id)


def remove(
    connection: Connection,
    directory: Directory,
    mapping_id: MappingId,
    *,
    actor: str,
    now: datetime,
) -> None:
    """
    The people in the group lose what it gave them, and so do those whom a guard keeps in it, or who
    are still to be removed. Raises `NotFound`.
    """
    context = _context(directory, actor, now)
    syncs.wait(connection, directory.organization_id)  # for a drain that is binding it
    for mapping in mappings.of_organization(connection, directory.organization_id):
        if mapping.id == mapping_id and mapping.directory_id == directory.id:
            _tell(connection, context, _take_back(connection, context, mapping))
            return
    raise NotFound("mapping", mapping_id)


def replace_role(
    connection: Connection,
    organization_id: OrganizationId,
    role_id: RoleId,
    other_id: RoleId,
    at: datetime,
) -> list[Draft]:
    """What to tell. Nobody is noted: the caller looks at whole directories again."""
    before = {
        mapping.id: mapping
        for mapping in mappings.of_organization(connection, organization_id)
        if mapping.role_id == role_id
    }
    moved = role_uses.move_mappings(connection, organization_id, role_id, other_id)
    after = {m.id: m for m in mappings.of_organization(connection, organization_id)}
    drafts = []
    for mapping_id, was in before.items():
        former = _shown(was)
        if mapping_id in moved:
            changed = former_values(former, _shown(after[mapping_id]))
            drafts.append(_draft("group_role_mapping.updated", after[mapping_id], changed))
        else:
            removed_mappings.remember(connection, organization_id, mapping_id, at)
            mapping_growths.forget(connection, organization_id, mapping_id)
            drafts.append(_draft("group_role_mapping.deleted", was, former))
    return drafts


def remove_all(
    connection: Connection, directory: Directory, *, actor: str, now: datetime
) -> list[Draft]:
    """Of a directory that goes: what to tell. The caller keeps drains away."""
    context = _context(directory, actor, now)
    return [
        _remove(connection, context, mapping)
        for mapping in mappings.of_organization(connection, directory.organization_id)
        if mapping.directory_id == directory.id
    ]


def remove_of_workspace(
    connection: Connection,
    organization_id: OrganizationId,
    workspace_id: WorkspaceId,
    *,
    actor: str,
    now: datetime,
) -> list[Draft]:
    """Of a workspace that goes: what to tell. The caller keeps drains away."""
    drafts = []
    for mapping in mappings.of_organization(connection, organization_id):
        if mapping.workspace_id == workspace_id:
            context = Context(
                organization_id=organization_id,
                directory_id=mapping.directory_id,
                actor=actor,
                now=now,
            )
            drafts.append(_take_back(connection, context, mapping))
    return drafts


def _take_back(connection: Connection, context: Context, mapping: Mapping) -> Draft:
    """What it gave as well, even if its directory is disconnected before a drain comes to it."""
    removed_mappings.remember(connection, context.organization_id, mapping.id, context.now)
    return _remove(connection, context, mapping)


def _remove(connection: Connection, context: Context, mapping: Mapping) -> Draft:
    mappings.delete(connection, context, mapping.id)
    kept_roles.note_keepers(connection, context.organization_id, mapping.id, context.now)
    if mapping.group_id is not None:
        notes.add(connection, context, "group_members", mapping.group_id)
    return _draft("group_role_mapping.deleted", mapping, _shown(mapping))


@dataclass(frozen=True, slots=True)
class Moves:
    """What a drain makes of mappings whose groups came or went."""

    freed: Sequence[Move] = ()
    bound: Sequence[Move] = ()

    @property
    def groups(self) -> list[str]:
        """Those that give a role now."""
        return [move.after.group_id for move in self.bound if move.after.group_id is not None]

    def told(self, news: Sequence[Draft]) -> list[Draft]:
        """With what is told of the groups: a mapping never names one that is not there."""
        freed, bound = map(_moved, self.freed), map(_moved, self.bound)
        return [*freed, *news, *bound]


def move(
    connection: Connection, organization_id: OrganizationId, group_ids: Sequence[str]
) -> Moves:
    """
    What has become of `group_ids`, in a drain: mappings of deleted groups wait for a name again,
    and those that wait for one get the group that has it.
    """
    freed = mappings.free(connection, organization_id, group_ids)
    return Moves(freed, mappings.bind(connection, organization_id, group_ids))


def move_again(
    connection: Connection, organization_id: OrganizationId, group_ids: Sequence[str], moves: Moves
) -> Moves:
    """
    `moves`, when it is known what will be told of `group_ids`: IdPs do not wait for the drain, and
    may have deleted one meanwhile. A mapping that was given that one has just kept waiting.
    """
    late = mappings.free(connection, organization_id, group_ids)
    lost = {move.before.id for move in late}
    had = {move.before.id for move in moves.bound}
    return Moves(
        [*moves.freed, *(move for move in late if move.before.id not in had)],
        [move for move in moves.bound if move.before.id not in lost],
    )


def _moved(move: Move) -> Draft:
    previous = former_values(_shown(move.before), _shown(move.after))
    return _draft("group_role_mapping.updated", move.after, previous)


def _shown(mapping: Mapping) -> dict[str, Any]:
    return {
        "id": mapping.id,
        "directory_id": mapping.directory_id,
        "group": {"id": mapping.group_id, "display_name": mapping.group_name},
        "role": {"id": mapping.role_id, "name": mapping.role},
        "workspace": None
        if mapping.workspace_id is None
        else {"id": mapping.workspace_id, "name": mapping.workspace},
    }


def _draft(event_type: EventType, mapping: Mapping, previous: dict[str, Any] | None) -> Draft:
    return Draft(event_type, _shown(mapping), previous, {"directory_id": mapping.directory_id})


def _tell(connection: Connection, context: Context, *drafts: Draft) -> None:
    events.append(connection, context.organization_id, drafts, actor=context.actor, now=context.now)


def _context(directory: Directory, actor: str, now: datetime) -> Context:
    return Context(
        organization_id=directory.organization_id,
        directory_id=directory.id,
        actor=actor,
        now=now,
    )
