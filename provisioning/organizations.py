"""Organizations, and how they turn groups into roles."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from provisioning import ids
from provisioning.context import Context
from provisioning.errors import Invalid, NotFound
from provisioning.events import Draft, former_values
from provisioning.ids import OrganizationId, RoleId
from provisioning.reconcile.facts import RoleMode
from provisioning.store import directories, events, notes, organizations, roles
from provisioning.store.organizations import Organization

DISPLAY_NAME_LIMIT = 200
DEFAULT_ROLE = "member"


def create(connection: Connection, display_name: str, now: datetime, *, actor: str) -> Organization:
    """With the built-in role `member` for everybody, and the union of all mapped roles."""
    if not display_name.strip() or len(display_name) > DISPLAY_NAME_LIMIT:
        raise Invalid("display_name", f"must be 1 to {DISPLAY_NAME_LIMIT} characters")
    organization_id = OrganizationId(ids.new(ids.ORGANIZATION))
    organization = Organization(
        id=organization_id,
        display_name=display_name,
        default_role_id=role(connection, organization_id, DEFAULT_ROLE),
        role_mode="union",
        created_at=now,
        updated_at=now,
    )
    organizations.insert(connection, organization)
    created = Draft("organization.created", _shown(connection, organization))
    events.append(connection, organization_id, [created], actor=actor, now=now)
    return organization


def get(connection: Connection, organization_id: OrganizationId) -> Organization:
    """Raises `NotFound`."""
    organization = organizations.get(connection, organization_id)
    if organization is None:
        raise NotFound("organization", organization_id)
    return organization


def role(connection: Connection, organization_id: OrganizationId, name: str) -> RoleId:
    """The id of a role by its name. Raises `Invalid` naming the roles there are."""
    found = roles.find(connection, organization_id, name)
    if found is None:
        known = ", ".join(roles.names(connection, organization_id))
        raise Invalid("role", f"no role {name!r}; there are: {known}")
    return found


def set_roles(
    connection: Connection,
    organization_id: OrganizationId,
    *,
    default_role: str | None,
    role_mode: RoleMode | None,
    actor: str,
    now: datetime,
) -> Organization:
    """
    Everybody in the organization's directories is looked at again; what is so already changes
    nothing. Raises `NotFound` for the organization, `Invalid` for the role.
    """
    before = organizations.lock(connection, organization_id)
    if before is None:
        raise NotFound("organization", organization_id)
    wanted = replace(
        before,
        default_role_id=(
            before.default_role_id
            if default_role is None
            else role(connection, organization_id, default_role)
        ),
        role_mode=role_mode or before.role_mode,
    )
    if wanted == before:
        return before
    after = replace(wanted, updated_at=now)
    organizations.update_roles(connection, after)
    for directory in directories.of_organization(connection, organization_id):
        context = Context(
            organization_id=organization_id, directory_id=directory.id, actor=actor, now=now
        )
        notes.add(connection, context, "directory", directory.id)
    data = _shown(connection, after)
    previous = former_values(_shown(connection, before), data)
    updated = Draft("organization.updated", data, previous)
    events.append(connection, organization_id, [updated], actor=actor, now=now)
    return after


def _shown(connection: Connection, organization: Organization) -> dict[str, Any]:
    role_id = organization.default_role_id
    return {
        "id": organization.id,
        "display_name": organization.display_name,
        "default_role": {"id": role_id, "name": roles.name(connection, organization.id, role_id)},
        "role_mode": organization.role_mode,
    }
