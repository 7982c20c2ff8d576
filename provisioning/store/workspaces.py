"""Workspaces: parts of an organization with members and grants of their own."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from provisioning.ids import OrganizationId, WorkspaceId
from provisioning.store.admin_tables import workspaces
from provisioning.store.json_columns import decoded, encoded
from provisioning.store.pages import Cut, Page, page


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """`name` is for programs, `external_id` the product's own id of it."""

    id: WorkspaceId
    organization_id: OrganizationId
    name: str
    display_name: str
    external_id: str | None = None
    metadata: Mapping[str, str]
    version: int = 1
    created_at: datetime
    updated_at: datetime


_COLUMNS = [column for column in workspaces.c if column.name != "deleted_at"]


def insert(connection: Connection, workspace: Workspace) -> None:
    """Raises `Taken` for the name and the external id."""
    connection.execute(workspaces.insert().values(**_values(workspace)))


def update(connection: Connection, workspace: Workspace) -> None:
    """All of it; the caller holds the lock. Raises `Taken` as `insert` does."""
    connection.execute(workspaces.update().where(*_is(workspace)).values(**_values(workspace)))


def mark_deleted(connection: Connection, workspace: Workspace, now: datetime) -> None:
    """Its names are free at once."""
    connection.execute(
        workspaces.update().where(*_is(workspace)).values(deleted_at=now, updated_at=now)
    )


def get(
    connection: Connection, organization_id: OrganizationId, workspace_id: WorkspaceId
) -> Workspace | None:
    """None when the organization has no such workspace."""
    return _one(connection, _living(organization_id).where(workspaces.c.id == workspace_id))


def lock(
    connection: Connection, organization_id: OrganizationId, workspace_id: WorkspaceId
) -> Workspace | None:
    """Until the transaction ends nobody else changes it, or who is in it."""
    query = _living(organization_id).where(workspaces.c.id == workspace_id)
    return _one(connection, query.with_for_update(key_share=True))


def has_name(connection: Connection, organization_id: OrganizationId, name: str) -> bool:
    """Whether a living workspace of the organization has this name."""
    return _one(connection, _living(organization_id).where(workspaces.c.name == name)) is not None


def listing(
    connection: Connection,
    organization_id: OrganizationId,
    wanted: Mapping[str, str | None],
    cut: Cut,
) -> Page[Workspace]:
    """Those that have every value that is `wanted`: of `name` and `external_id`."""
    query = _living(organization_id)
    for name, value in wanted.items():
        if value is not None:
            query = query.where(workspaces.c[name] == value)
    return page(connection, query, workspaces.c.id, cut, _read)


def _living(organization_id: OrganizationId) -> Select[Any]:
    return select(*_COLUMNS).where(
        workspaces.c.organization_id == organization_id, workspaces.c.deleted_at.is_(None)
    )


def _is(workspace: Workspace) -> tuple[Any, ...]:
    return (
        workspaces.c.organization_id == workspace.organization_id,
        workspaces.c.id == workspace.id,
        workspaces.c.deleted_at.is_(None),
    )


def _one(connection: Connection, query: Select[Any]) -> Workspace | None:
    row = connection.execute(query).one_or_none()
    return None if row is None else _read(row)


def _values(workspace: Workspace) -> dict[str, Any]:
    return encoded(asdict(workspace), "metadata")


def _read(row: Row[*tuple[Any, ...]]) -> Workspace:
    return Workspace(**decoded(row, "metadata"))
