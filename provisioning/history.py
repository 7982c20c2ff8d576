"""Who was a member, and with which roles, at a moment: folded from what the events told by then."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from provisioning import organizations
from provisioning.errors import NotFound
from provisioning.ids import MembershipId, OrganizationId
from provisioning.reconcile.facts import Profile, Status, SuspendedBy
from provisioning.store import events
from provisioning.store.memberships import HeldRole, Member
from provisioning.store.pages import Cut, Page


def members(
    connection: Connection,
    organization_id: OrganizationId,
    moment: datetime,
    cut: Cut,
    *,
    status: str | None = None,
    user_id: str | None = None,
    role: str | None = None,
) -> Page[Member]:
    """
    As `store.memberships.listing` would have answered then; nobody before the organization was
    there. Reads every event of its members up to then. Raises `NotFound`.
    """
    organizations.get(connection, organization_id)
    found = [
        member
        for member in _folded(events.of_members(connection, organization_id, moment))
        if status in {None, member.status}
        and user_id in {None, member.user_id}
        and (role is None or role in {held.role for held in member.roles})
    ]
    return _cut(found, cut)


def member(
    connection: Connection,
    organization_id: OrganizationId,
    membership_id: MembershipId,
    moment: datetime,
) -> Member:
    """Raises `NotFound`, for who was no member by then, too."""
    told = events.of_members(connection, organization_id, moment)
    for found in _folded(told):
        if found.membership_id == membership_id:
            return found
    raise NotFound("membership", membership_id)


def _folded(told: Iterable[dict[str, Any]]) -> list[Member]:
    """By id, which is the order in which they joined."""
    members: dict[str, Member] = {}
    held: dict[str, dict[str, HeldRole]] = {}
    for event in told:
        noun, _, verb = event["type"].partition(".")
        data = event["data"]
        if noun == "organization_membership":
            members[data["id"]] = _member(members.get(data["id"]), event)
        elif verb == "created":
            held.setdefault(data["membership_id"], {})[data["id"]] = _held(data)
        else:
            held.get(data["membership_id"], {}).pop(data["id"], None)
    return [
        replace(found, roles=tuple(sorted(held.get(key, {}).values(), key=_by_role)))
        for key, found in sorted(members.items())
    ]


def _member(before: Member | None, event: dict[str, Any]) -> Member:
    data, at = event["data"], event["timestamp"]
    status: Status = "removed" if event["type"].endswith(".deleted") else data["status"]
    suspended_by: SuspendedBy | None = None
    if status == "suspended":
        # Releases that did not tell it knew of directories alone.
        suspended_by = data.get("suspended_by", "directory")
    user = data["user"]
    return Member(
        membership_id=data["id"],
        status=status,
        suspended_by=suspended_by,
        user_id=user["id"],
        profile=Profile(
            user["email"], user["display_name"], user["given_name"], user["family_name"]
        ),
        roles=(),
        directories=None,
        provisioned_by=None,
        created_at=at if before is None else before.created_at,
        updated_at=at,
        break_glass=data.get("break_glass"),
    )


def _held(data: dict[str, Any]) -> HeldRole:
    source = data["source"]
    workspace = data.get("workspace") or {}
    return HeldRole(
        grant_id=data["id"],
        role=data["role"]["name"],
        source_type=source["type"],
        mapping_id=source.get("mapping_id"),
        group_id=source.get("group_id"),
        group_name=None,
        directory_id=source.get("directory_id"),
        workspace_id=workspace.get("id"),
        workspace=workspace.get("name"),
    )


def _by_role(held: HeldRole) -> tuple[str, str]:
    return held.role, held.grant_id


def _cut(found: list[Member], cut: Cut) -> Page[Member]:
    """As `store.pages` does with rows."""
    ids = [one.membership_id for one in found]
    if cut.before is not None:
        end = sum(key < cut.before for key in ids)
        start = max(0, end - cut.limit)
    else:
        start = 0 if cut.after is None else sum(key <= cut.after for key in ids)
        end = start + cut.limit
    shown = found[start:end]
    first = shown[0].membership_id if shown and start > 0 else None
    last = shown[-1].membership_id if shown and end < len(found) else None
    return Page(items=shown, before=first, after=last)
