"""The roles of an organization: beside the built-in ones those that it makes for itself."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import Connection

from provisioning import domains, ids, mappings, organizations
from provisioning.context import Acting
from provisioning.errors import NotFound, Refused, Stale, Taken
from provisioning.events import Draft, former_values
from provisioning.ids import OrganizationId, RoleId
from provisioning.permissions import Role, RoleBook
from provisioning.reconcile.telling import shown_grant
from provisioning.store import events, role_uses, roles, syncs
from provisioning.store.role_uses import MovedGrant, Uses

NAME_PATTERN = r"^[a-z0-9_-]{1,64}$"
RANK_LIMIT = 399
"""The owner, at 400, outranks everybody."""
PERMISSIONS_LIMIT = 100
ROLES_LIMIT = 350
"""Of an organization's own (Auth0's limit)."""


def book(connection: Connection, organization_id: OrganizationId) -> RoleBook:
    """All roles of the organization. Raises `NotFound`."""
    found = roles.book(connection, organization_id)
    if found is None:
        raise NotFound("organization", organization_id)
    return found


def create(
    connection: Connection,
    organization_id: OrganizationId,
    properties: Mapping[str, Any],
    by: Acting,
) -> tuple[Role, RoleBook]:
    """
    `properties` are any of `Role`'s, with `extends` as a name. Raises `Taken` for the name,
    `UnknownRole` for what it extends, and `Refused`.
    """
    before = _locked(connection, organization_id)
    if any(role.name == properties["name"] for role in before.living()):
        # Those built in have no organization, so no index sees this.
        raise Taken("role", "name")
    if sum(role.organization_id is not None for role in before.living()) >= ROLES_LIMIT:
        raise Refused("too_many_roles", f"an organization has at most {ROLES_LIMIT} roles")
    role = Role(
        id=RoleId(ids.new(ids.ROLE)),
        organization_id=organization_id,
        created_at=by.now,
        updated_at=by.now,
        **_resolved(before, properties),
    )
    after = before.with_roles([role])
    roles.insert(connection, role)
    _tell(connection, organization_id, [Draft("role.created", _shown(after, role))], by)
    return role, after


def update(
    connection: Connection,
    organization_id: OrganizationId,
    name: str,
    changes: Mapping[str, Any],
    by: Acting,
    *,
    if_version: Collection[int] | None = None,
) -> tuple[Role, RoleBook]:
    """
    `changes` as the properties of `create`, but for the name. Where ranks decide who has which
    role, everybody in the directories is looked at again. Raises `UnknownRole`, `Refused`, and
    `Stale` unless `if_version` has `RoleBook.version_of` the role.
    """
    before = _locked(connection, organization_id)
    role = _own(before, name, if_version)
    wanted = replace(role, **_resolved(before, changes))
    if wanted == role:
        return role, before
    changed = replace(wanted, updated_at=by.now)
    after = before.with_roles([changed])
    roles.update(connection, changed)
    if changed.rank != role.rank:
        organization = organizations.get(connection, organization_id)
        if organization.role_mode == "highest":
            organizations.look_again(connection, organization_id, actor=by.actor, now=by.now)
    _tell(connection, organization_id, [_updated(before, after, role.id)], by)
    return changed, after


def delete(
    connection: Connection,
    organization_id: OrganizationId,
    name: str,
    by: Acting,
    *,
    replace_with: str | None = None,
    if_version: Collection[int] | None = None,
) -> RoleId:
    """
    A role that is in use goes only when another one is named, which everybody and everything that
    has it gets instead. Raises as `update` does.
    """
    # A drain that is in the middle has read the mappings, and would grant the role afterwards.
    syncs.wait(connection, organization_id)
    before = _locked(connection, organization_id)
    role = _own(before, name, if_version)
    roles.lock(connection, organization_id, role.id)
    drafts: list[Draft] = []
    if replace_with is None:
        _check_unused(role, role_uses.count(connection, organization_id, role.id))
    else:
        other = before.named(replace_with)
        if other.id == role.id:
            raise Refused("role_in_use", "a role cannot be replaced with itself")
        drafts = _move(connection, organization_id, before, role, other, by)
    roles.update(connection, replace(role, updated_at=by.now, deleted_at=by.now))
    data = _shown(before, role)
    _tell(connection, organization_id, [*drafts, Draft("role.deleted", data, data)], by)
    return role.id


def _locked(connection: Connection, organization_id: OrganizationId) -> RoleBook:
    """Nobody else changes roles until the transaction ends: two halves of a cycle never meet."""
    organizations.lock(connection, organization_id)
    return book(connection, organization_id)


def _own(before: RoleBook, name: str, if_version: Collection[int] | None) -> Role:
    role = before.named(name)
    if if_version is not None and before.version_of(role.id) not in if_version:
        raise Stale("role")
    if role.organization_id is None:
        raise Refused("role_is_built_in", f"role {name!r} is built in: it is what it is")
    return role


def _resolved(before: RoleBook, given: Mapping[str, Any]) -> dict[str, Any]:
    resolved = {name: value for name, value in given.items() if name != "extends"}
    if "permissions" in given:
        resolved["permissions"] = tuple(sorted(set(given["permissions"])))
    if "extends" in given:
        wanted = given["extends"]
        resolved["extends_role_id"] = None if wanted is None else before.named(wanted).id
    return resolved


def _check_unused(role: Role, uses: Uses) -> None:
    used = {
        "grants": uses.grants,
        "mappings": uses.mappings,
        "default roles of the organization": uses.defaults,
        "pending invitations": uses.invitations,
        "roles that extend it": uses.extensions,
        "domains that bring people": uses.domains,
    }
    found = ", ".join(f"{what}: {number}" for what, number in used.items() if number)
    if found:
        raise Refused(
            "role_in_use", f"role {role.name!r} is in use ({found}); replace it with another one"
        )


def _move(
    connection: Connection,
    organization_id: OrganizationId,
    before: RoleBook,
    role: Role,
    other: Role,
    by: Acting,
) -> list[Draft]:
    """What to tell of it."""
    heirs = [
        replace(heir, extends_role_id=other.id, updated_at=by.now)
        for heir in before.living()
        if heir.extends_role_id == role.id
    ]
    after = before.with_roles(heirs)
    for heir in heirs:
        roles.update(connection, heir)
    drafts = [_updated(before, after, heir.id) for heir in heirs]
    drafts += mappings.replace_role(connection, organization_id, role.id, other.id, by.now)
    role_uses.move_invitations(connection, organization_id, role.id, other.id, by.now)
    moved = role_uses.move_grants(connection, organization_id, role.id, other.id, by.now)
    drafts += _regranted(organization_id, moved, role, other)
    organizations.look_again(connection, organization_id, actor=by.actor, now=by.now)
    # Last, since they tell events of their own.
    domains.replace_role(connection, organization_id, role.id, other.name, by)
    organizations.replace_role(
        connection, organization_id, role.id, other.name, actor=by.actor, now=by.now
    )
    return drafts


def _regranted(
    organization_id: OrganizationId, moved: Sequence[MovedGrant], role: Role, other: Role
) -> Iterable[Draft]:
    for grant in moved:
        shown = partial(
            shown_grant,
            organization_id=organization_id,
            membership_id=grant.membership_id,
            user_id=grant.user_id,
            workspace=(grant.workspace_id, grant.workspace) if grant.workspace_id else None,
            source=grant.source,
        )
        gone = shown(grant_id=grant.id, role=(role.id, role.name))
        yield Draft("role_grant.deleted", gone, gone)
        if grant.became is not None:
            here = shown(grant_id=grant.became, role=(other.id, other.name))
            yield Draft("role_grant.created", here)


def _updated(before: RoleBook, after: RoleBook, role_id: RoleId) -> Draft:
    data = _shown(after, after.role(role_id))
    previous = former_values(_shown(before, before.role(role_id)), data)
    return Draft("role.updated", data, previous)


def _shown(roles_then: RoleBook, role: Role) -> dict[str, Any]:
    extended = None if role.extends_role_id is None else roles_then.role(role.extends_role_id)
    return {
        "id": role.id,
        "name": role.name,
        "display_name": role.display_name,
        "description": role.description,
        "rank": role.rank,
        "permissions": list(role.permissions),
        "extends": None if extended is None else {"id": extended.id, "name": extended.name},
    }


def _tell(
    connection: Connection, organization_id: OrganizationId, drafts: Sequence[Draft], by: Acting
) -> None:
    events.append(connection, organization_id, drafts, actor=by.actor, now=by.now)
