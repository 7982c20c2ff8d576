"""Group to role. Declared by name for convenience, kept by id for safety."""

from datetime import datetime

from sqlalchemy import Connection

from provisioning import ids, organizations
from provisioning.context import Context
from provisioning.errors import NotFound
from provisioning.folding import fold
from provisioning.ids import DirectoryGroupId, MappingId, OrganizationId
from provisioning.store import directory_groups, mappings, notes, syncs
from provisioning.store.directories import Directory
from provisioning.store.mappings import Mapping


def declare(
    connection: Connection,
    directory: Directory,
    group_name: str,
    role: str,
    *,
    actor: str,
    now: datetime,
) -> Mapping:
    """
    The group of this displayName gives its members the role. If there is no such group yet, the
    first one of the name will; after that the name may change. Declaring it twice changes nothing.
    """
    context = _context(directory, actor, now)
    # Without it a drain could look for waiting mappings after we looked for the group, and before
    # we commit: the group would be there, and the mapping would wait for ever.
    syncs.wait(connection, directory.organization_id)
    role_id = organizations.role(connection, directory.organization_id, role)
    group = directory_groups.get(
        connection, context, fold(group_name), column="display_name_folded", with_references=False
    )
    group_id = None if group is None else DirectoryGroupId(group.id)
    if mappings.find(connection, context, group_name, group_id, role_id) is None:
        mapping_id = MappingId(ids.new(ids.MAPPING))
        mappings.insert(connection, context, mapping_id, group_name, group_id, role_id)
        if group_id is not None:
            notes.add(connection, context, "group_members", group_id)
    found = mappings.find(connection, context, group_name, group_id, role_id)
    if found is None:
        raise NotFound("mapping", group_name)
    if group_id is not None and found.group_id != group_id:
        # It waits for this name since its group was deleted: the drain gives it the group.
        notes.add(connection, context, "group", group_id)
    return found


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
    """The people in the group lose what it gave them. Raises `NotFound`."""
    context = _context(directory, actor, now)
    syncs.wait(connection, directory.organization_id)  # for a drain that is binding it
    for mapping in mappings.of_organization(connection, directory.organization_id):
        if mapping.id == mapping_id and mapping.directory_id == directory.id:
            mappings.delete(connection, context, mapping_id)
            if mapping.group_id is not None:
                notes.add(connection, context, "group_members", mapping.group_id)
            return
    raise NotFound("mapping", mapping_id)


def _context(directory: Directory, actor: str, now: datetime) -> Context:
    return Context(
        organization_id=directory.organization_id,
        directory_id=directory.id,
        actor=actor,
        now=now,
    )
