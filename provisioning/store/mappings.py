"""Which group gives which role: keyed by the group's id, whatever its name becomes."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import NamedTuple

from sqlalchemy import Connection, column, select, text

from provisioning.context import Context
from provisioning.folding import fold
from provisioning.ids import (
    DirectoryGroupId,
    DirectoryId,
    MappingId,
    OrganizationId,
    RoleId,
    WorkspaceId,
)
from provisioning.store import mapping_growths
from provisioning.store.notes import tenant
from provisioning.store.pages import Cut, Page, page
from provisioning.store.sql import Statement


@dataclass(frozen=True, slots=True)
class Mapping:
    """`group_id` is None while no group of the declared name has been seen."""

    id: MappingId
    directory_id: DirectoryId
    group_id: DirectoryGroupId | None
    group_name: str
    role_id: RoleId
    role: str
    workspace_id: WorkspaceId | None
    """Where the role holds; None: in the whole organization."""
    workspace: str | None


class Move(NamedTuple):
    """A mapping that got a group, or lost it."""

    before: Mapping
    after: Mapping


_INSERT = Statement(
    """
    INSERT INTO mappings (id, organization_id, directory_id, group_id, group_name,
        group_name_folded, role_id, workspace_id, created_at)
    VALUES (:id, :organization_id, :directory_id, :group_id, :group_name,
        :group_name_folded, :role_id, :workspace_id, :now)
    """
)


def insert(
    connection: Connection,
    context: Context,
    mapping_id: MappingId,
    group_name: str,
    group_id: DirectoryGroupId | None,
    role_id: RoleId,
    workspace_id: WorkspaceId | None,
) -> None:
    """Raises `Taken` when the group gives the role already."""
    _INSERT.run(
        connection,
        {
            **tenant(context),
            "id": mapping_id,
            "group_id": group_id,
            "group_name": group_name,
            "group_name_folded": fold(group_name),
            "role_id": role_id,
            "workspace_id": workspace_id or "",
            "now": context.now,
        },
    )


_SELECT = """
    SELECT p.id, p.directory_id, p.group_id,
        COALESCE(g.display_name, p.group_name) AS group_name, p.role_id, r.name AS role,
        w.id AS workspace_id, w.name AS workspace
    FROM mappings p JOIN roles r ON r.id = p.role_id
    LEFT JOIN workspaces w ON w.id = p.workspace_id
    LEFT JOIN directory_groups g ON g.id = p.group_id
    WHERE p.organization_id = :organization_id
"""
_LIST = Statement(f"{_SELECT} ORDER BY p.id")
_FIND = Statement(
    f"""
    {_SELECT} AND p.directory_id = :directory_id AND p.role_id = :role_id
        AND p.workspace_id = :workspace_id
        AND (p.group_id = :group_id OR (
            (p.group_id IS NULL OR g.deleted_at IS NOT NULL) AND p.group_name_folded = :name))
    ORDER BY g.deleted_at IS NULL AND p.group_id IS NOT NULL DESC, p.id LIMIT 1
    """
)


def of_organization(connection: Connection, organization_id: OrganizationId) -> list[Mapping]:
    """All mappings, oldest first."""
    rows = _LIST.run(connection, {"organization_id": organization_id})
    return [Mapping(*row) for row in rows]


_LISTED = (
    text(_SELECT).columns(*(column(field.name) for field in fields(Mapping))).subquery("listed")
)


def listing(
    connection: Connection, organization_id: OrganizationId, directory_id: DirectoryId, cut: Cut
) -> Page[Mapping]:
    """The mappings of one directory."""
    query = (
        select(_LISTED)
        .where(_LISTED.c.directory_id == directory_id)
        .params(organization_id=organization_id)
    )
    return page(connection, query, _LISTED.c.id, cut, lambda row: Mapping(*row))


def find(
    connection: Connection,
    context: Context,
    group_name: str,
    group_id: DirectoryGroupId | None,
    role_id: RoleId,
    workspace_id: WorkspaceId | None,
) -> Mapping | None:
    """The mapping of this group, or of this declared name, to this role in this place."""
    bound = {
        **tenant(context),
        "group_id": group_id,
        "name": fold(group_name),
        "role_id": role_id,
        "workspace_id": workspace_id or "",
    }
    row = _FIND.run(connection, bound).one_or_none()
    return None if row is None else Mapping(*row)


_DELETE = Statement(
    """
    DELETE FROM mappings
    WHERE organization_id = :organization_id AND directory_id = :directory_id AND id = :id
    """
)


def delete(connection: Connection, context: Context, mapping_id: MappingId) -> None:
    """The caller leaves a note for the people in its group."""
    if _DELETE.run(connection, {**tenant(context), "id": mapping_id}).rowcount:
        mapping_growths.forget(connection, context.organization_id, mapping_id)


_GONE = Statement(f"{_SELECT} AND p.group_id = ANY(:ids) AND g.deleted_at IS NOT NULL")
_FREE = Statement(
    """
    UPDATE mappings SET group_id = NULL,
        group_name = (SELECT g.display_name FROM directory_groups g WHERE g.id = mappings.group_id),
        group_name_folded =
            (SELECT g.display_name_folded FROM directory_groups g WHERE g.id = mappings.group_id)
    WHERE organization_id = :organization_id AND id = ANY(:ids)
    """
)
# The group may have been given the role under another name, and two mappings may wait for one name
# (each was bound to a group that had it): the oldest gets the group, the others go on waiting.
_BINDING = """
    UPDATE mappings SET group_id = (
        SELECT g.id FROM directory_groups g
        WHERE g.directory_id = mappings.directory_id AND g.deleted_at IS NULL AND {named}
    )
    WHERE organization_id = :organization_id AND group_id IS NULL AND EXISTS (
        SELECT 1 FROM directory_groups g
        WHERE g.directory_id = mappings.directory_id AND g.deleted_at IS NULL AND {named}
            AND NOT EXISTS (
                SELECT 1 FROM mappings other
                WHERE other.directory_id = mappings.directory_id
                    AND other.role_id = mappings.role_id
                    AND other.workspace_id = mappings.workspace_id
                    AND (other.group_id = g.id OR (
                        other.group_id IS NULL AND other.id < mappings.id
                        AND other.group_name_folded = mappings.group_name_folded))
            )
    )
    RETURNING id, group_name
"""
_BIND = Statement(
    _BINDING.format(
        named="""g.display_name_folded = mappings.group_name_folded
            AND (g.told_version > 0 OR g.id = ANY(:ids))"""
    )
)
# Who declares a mapping when the group has another name already does not mean that one.
_BIND_FIRST_NAMES = Statement(
    _BINDING.format(
        named="""g.id = ANY(:ids) AND g.first_name_folded = mappings.group_name_folded
            AND mappings.created_at <= g.created_at"""
    )
)
_FIRST_NAMES = Statement(
    """
    SELECT directory_id, first_name_folded, min(id) AS id FROM directory_groups
    WHERE organization_id = :organization_id AND id = ANY(:ids) AND deleted_at IS NULL
        AND told_version = 0 AND first_name_folded IS NOT NULL
    GROUP BY directory_id, first_name_folded
    """
)


_THESE = Statement(f"{_SELECT} AND p.id = ANY(:ids) ORDER BY p.id")


def free(
    connection: Connection, organization_id: OrganizationId, group_ids: Sequence[str]
) -> list[Move]:
    """
    Mappings of those `group_ids` that are deleted wait for the name that the group had last: Okta
    unlinks a pushed group and pushes it again under the same name. The caller holds the
    organization's lock.
    """
    here = {"organization_id": organization_id}
    gone = [Mapping(*row) for row in _GONE.run(connection, {**here, "ids": list(group_ids)})]
    if gone:
        _FREE.run(connection, {**here, "ids": [mapping.id for mapping in gone]})
    return [Move(mapping, replace(mapping, group_id=None)) for mapping in gone]


def bind(
    connection: Connection, organization_id: OrganizationId, group_ids: Sequence[str]
) -> list[Move]:
    """
    Gives mappings that wait for a name the group that has it, at first sight: one of `group_ids`,
    which may have been renamed since, or one that is told already. One that came meanwhile has a
    note of its own. The caller holds the organization's lock.
    """
    here = {"organization_id": organization_id}
    these = {**here, "ids": list(group_ids)}
    renamed = [row.id for row in _FIRST_NAMES.run(connection, these)]
    named = list(_BIND_FIRST_NAMES.run(connection, {**here, "ids": renamed})) if renamed else []
    named += _BIND.run(connection, these)
    waited = {row.id: row.group_name for row in named}
    if not waited:
        return []
    present = [Mapping(*row) for row in _THESE.run(connection, {**here, "ids": sorted(waited)})]
    return [
        Move(replace(mapping, group_id=None, group_name=waited[mapping.id]), mapping)
        for mapping in present
    ]
