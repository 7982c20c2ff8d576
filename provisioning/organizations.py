"""Organizations: who they are, and how they turn groups into roles."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from provisioning import ids, join_request_endings, sync_runs
from provisioning.errors import Invalid, NotFound, Refused, Stale, UnknownRole
from provisioning.events import Draft, former_values
from provisioning.ids import OrganizationId, RoleId
from provisioning.naming import free_name
from provisioning.store import (
    directories,
    domain_locks,
    domains,
    events,
    organizations,
    roles,
    syncs,
    verified_elsewhere,
)
from provisioning.store.organizations import Organization

DISPLAY_NAME_LIMIT = 200
DEFAULT_ROLE = "member"
CREATOR_ROLE = "owner"
_DECIDING = ("default_role_id", "role_mode", "provisioning_scope")
"""Who is let in, and with which roles."""
_ROLES = {"default_role": "default_role_id", "creator_role": "creator_role_id"}


def create(
    connection: Connection,
    display_name: str,
    now: datetime,
    *,
    actor: str,
    properties: Mapping[str, Any] | None = None,
) -> Organization:
    """
    With the built-in role `member` for everybody, and the union of all mapped roles, unless
    `properties` say otherwise: any of `Organization`'s fields, roles by name as `default_role` and
    `creator_role`. Raises `Invalid`, and `Taken` for a name, slug or external id.
    """
    _check_display_name(display_name)
    given = dict(properties or {})
    organization_id = OrganizationId(ids.new(ids.ORGANIZATION))
    given.setdefault("default_role", DEFAULT_ROLE)
    given.setdefault("creator_role", CREATOR_ROLE)
    if given.get("name") is None:
        given["name"] = free_name(
            display_name, "organization", partial(organizations.has_name, connection)
        )
    organization = Organization(
        id=organization_id,
        display_name=display_name,
        created_at=now,
        updated_at=now,
        **{
            "role_mode": "union",
            "metadata": {},
            **_resolved(connection, organization_id, given),
        },
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


def by_external_id(connection: Connection, external_id: str) -> Organization:
    """Raises `NotFound`."""
    organization = organizations.by_external_id(connection, external_id)
    if organization is None:
        raise NotFound("organization", external_id)
    return organization


def role(connection: Connection, organization_id: OrganizationId, name: str) -> RoleId:
    """The id of a role by its name. Raises `UnknownRole` naming the roles there are."""
    found = roles.find(connection, organization_id, name)
    if found is None:
        raise UnknownRole(name, roles.names(connection, organization_id))
    return found


def update(
    connection: Connection,
    organization_id: OrganizationId,
    changes: Mapping[str, Any],
    *,
    actor: str,
    now: datetime,
    if_version: Collection[int] | None = None,
) -> Organization:
    """
    `changes` as the properties of `create`. What is so already changes nothing. Where roles or the
    scope change, everybody in the organization's directories is looked at again. Raises
    `NotFound`, `Stale`, `Invalid` and `Taken`.
    """
    before = _locked(connection, organization_id, if_version)
    if "display_name" in changes:
        _check_display_name(changes["display_name"])
    wanted = replace(before, **_resolved(connection, organization_id, changes))
    if wanted == before:
        return before
    after = replace(wanted, updated_at=now, version=before.version + 1)
    organizations.update(connection, after)
    if any(getattr(after, name) != getattr(before, name) for name in _DECIDING):
        look_again(connection, organization_id, actor=actor, now=now)
    data = _shown(connection, after)
    previous = former_values(_shown(connection, before), data)
    updated = Draft("organization.updated", data, previous)
    events.append(connection, organization_id, [updated], actor=actor, now=now)
    return after


def look_again(
    connection: Connection, organization_id: OrganizationId, *, actor: str, now: datetime
) -> None:
    """A run of each of its directories: what decides about roles has changed."""
    for directory in directories.of_organization(connection, organization_id):
        sync_runs.look_again(
            connection, organization_id, directory.id, "policy", actor=actor, now=now
        )


def replace_role(
    connection: Connection,
    organization_id: OrganizationId,
    role_id: RoleId,
    other: str,
    *,
    actor: str,
    now: datetime,
) -> None:
    """`update` of the roles that are `role_id`."""
    organization = get(connection, organization_id)
    changes = {
        name: other for name, column in _ROLES.items() if getattr(organization, column) == role_id
    }
    update(connection, organization_id, changes, actor=actor, now=now)


def lock(connection: Connection, organization_id: OrganizationId) -> None:
    """Until the transaction ends nobody else changes what belongs to it. Raises `NotFound`."""
    _locked(connection, organization_id, None)


def delete(
    connection: Connection,
    organization_id: OrganizationId,
    confirmation: str | None,
    *,
    actor: str,
    now: datetime,
    if_version: Collection[int] | None = None,
) -> None:
    """
    `confirmation` is the organization's name, so that a slip deletes nobody's. From the commit on
    its IdPs are told 404. Raises `NotFound`, `Refused`, `Stale`.
    """
    syncs.wait(connection, organization_id)
    before = _locked(connection, organization_id, if_version)
    if confirmation != before.name:
        raise Refused(
            "name_mismatch", "the name is not that of the organization that is to be deleted"
        )
    organizations.mark_deleted(connection, organization_id, now)
    domain_locks.take(connection, domains.verified(connection, organization_id))
    names = domains.delete_all(connection, organization_id)
    domains.look_at_claims_on(connection, names, now)
    verified_elsewhere.wake(connection, names, now)
    asked = join_request_endings.closed(connection, organization_id, now)
    data = _shown(connection, before)
    deleted = Draft("organization.deleted", data, data)
    events.append(connection, organization_id, [*asked, deleted], actor=actor, now=now)


def _locked(
    connection: Connection, organization_id: OrganizationId, if_version: Collection[int] | None
) -> Organization:
    before = organizations.lock(connection, organization_id)
    if before is None:
        raise NotFound("organization", organization_id)
    if if_version is not None and before.version not in if_version:
        raise Stale("organization")
    return before


def _check_display_name(display_name: str) -> None:
    if not display_name.strip() or len(display_name) > DISPLAY_NAME_LIMIT:
        raise Invalid("display_name", f"must be 1 to {DISPLAY_NAME_LIMIT} characters")


def _resolved(
    connection: Connection, organization_id: OrganizationId, given: Mapping[str, Any]
) -> dict[str, Any]:
    resolved = {name: value for name, value in given.items() if name not in _ROLES}
    for name, column in _ROLES.items():
        if name in given:
            resolved[column] = role(connection, organization_id, given[name])
    return resolved


def _shown(connection: Connection, organization: Organization) -> dict[str, Any]:
    def named(role_id: RoleId) -> dict[str, str]:
        return {"id": role_id, "name": roles.name(connection, organization.id, role_id)}

    return {
        "id": organization.id,
        "display_name": organization.display_name,
        "name": organization.name,
        "slug": organization.slug,
        "external_id": organization.external_id,
        "logo_url": organization.logo_url,
        "branding": {
            "primary_color": organization.primary_color,
            "page_background": organization.page_background,
        },
        "metadata": dict(organization.metadata),
        "region_code": organization.region_code,
        "default_role": named(organization.default_role_id),
        "creator_role": named(organization.creator_role_id),
        "role_mode": organization.role_mode,
        "sign_in_policy": organization.sign_in_policy,
        "provisioning_scope": organization.provisioning_scope,
        "seat_limit": organization.seat_limit,
        "allowed_email_domains": (
            None
            if organization.allowed_email_domains is None
            else list(organization.allowed_email_domains)
        ),
    }
