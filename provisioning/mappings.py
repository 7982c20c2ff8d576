"""Group to role. Declared by name for convenience, kept by id for safety."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from provisioning import ids, mapping_events, organizations
from provisioning.context import Context
from provisioning.errors import Invalid, NotFound
from provisioning.events import Draft
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
from provisioning.store.mappings import Mapping

NAME_BYTES = 1024
"""Of UTF-8: no directory has a group with a longer name."""


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
    workspace, `Invalid` for a name that no group can have.
    """
    _check_name(group_name)
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


def _check_name(group_name: str) -> None:
    if not group_name.strip() or len(group_name.encode()) > NAME_BYTES:
        raise Invalid("group", f"must be the name of a group: 1 to {NAME_BYTES} bytes, not blank")


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
        _tell(connection, context, *news, mapping_events.created(found))
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
        if mapping_id in moved:
            drafts.append(mapping_events.updated(was, after[mapping_id]))
        else:
            removed_mappings.remember(connection, organization_id, mapping_id, at)
            mapping_growths.forget(connection, organization_id, mapping_id)
            drafts.append(mapping_events.deleted(was))
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
    return mapping_events.deleted(mapping)


def _tell(connection: Connection, context: Context, *drafts: Draft) -> None:
    events.append(connection, context.organization_id, drafts, actor=context.actor, now=context.now)


def _context(directory: Directory, actor: str, now: datetime) -> Context:
    return Context(
        organization_id=directory.organization_id,
        directory_id=directory.id,
        actor=actor,
        now=now,
    )
