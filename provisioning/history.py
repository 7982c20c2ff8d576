"""
Who was a member, and with which roles, at a moment: folded from what the events told by then of
these few, however long the organization's history is.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from provisioning import organizations
from provisioning.errors import NotFound
from provisioning.folding import fold
from provisioning.ids import MembershipId, OrganizationId
from provisioning.reconcile.facts import Profile, Status, SuspendedBy
from provisioning.store import addressed_members, past_events
from provisioning.store.memberships import HeldRole, Member
from provisioning.store.pages import Cut, Page

_AT_ONCE = 500
"""Of how many people the events are in memory."""


def members(
    connection: Connection,
    organization_id: OrganizationId,
    moment: datetime,
    cut: Cut,
    *,
    status: str | None = None,
    user_id: str | None = None,
    role: str | None = None,
    email_key: str | None = None,
) -> Page[Member]:
    """
    As `store.memberships.listing` would have answered then; nobody before the organization was
    there. Whoever had an address then is looked for among those who have it now. Reads the events
    of who is on the page, and of whom a filter leaves out on the way. Raises `NotFound`.
    """
    organizations.get(connection, organization_id)
    among = None
    if email_key is not None:
        among = addressed_members.with_account(connection, organization_id, email_key)
    wanted = (
        member
        for member in _one_by_one(connection, organization_id, moment, cut, user_id, role, among)
        if status in {None, member.status}
        and (role is None or role in {held.role for held in member.roles})
        and email_key in {None, fold(member.profile.email or "")}
    )
    found = [member for _, member in zip(range(cut.limit + 1), wanted, strict=False)]
    goes_on, shown = len(found) > cut.limit, found[: cut.limit]
    if cut.before is not None:
        shown.reverse()
    first = shown[0].membership_id if shown else None
    last = shown[-1].membership_id if shown else None
    if cut.before is not None:
        return Page(items=shown, before=first if goes_on else None, after=last)
    return Page(
        items=shown,
        before=None if cut.after is None else first,
        after=last if goes_on else None,
    )


def _one_by_one(
    connection: Connection,
    organization_id: OrganizationId,
    moment: datetime,
    cut: Cut,
    user_id: str | None,
    role: str | None,
    among: Sequence[MembershipId] | None,
) -> Iterator[Member]:
    """From the edge of the cut, in its direction."""
    backwards = cut.before is not None
    edge = cut.before if backwards else cut.after
    at_once = min(cut.limit + 1, _AT_ONCE)
    while True:
        keys = past_events.members(
            connection,
            organization_id,
            moment,
            edge,
            at_once,
            backwards=backwards,
            user_id=user_id,
            role=role,
            among=among,
        )
        found = of_memberships(connection, organization_id, keys, moment)
        yield from reversed(found) if backwards else found
        if len(keys) < at_once:
            return
        edge, at_once = keys[-1], _AT_ONCE


def member(
    connection: Connection,
    organization_id: OrganizationId,
    membership_id: MembershipId,
    moment: datetime,
) -> Member:
    """Raises `NotFound`, for who was no member by then, too."""
    found = of_memberships(connection, organization_id, [membership_id], moment)
    if not found:
        raise NotFound("membership", membership_id)
    return found[0]


def of_memberships(
    connection: Connection,
    organization_id: OrganizationId,
    membership_ids: Sequence[MembershipId],
    moment: datetime,
) -> list[Member]:
    """Those of them who were there by then, in the order in which they joined."""
    told = past_events.of_subjects(connection, organization_id, membership_ids, moment)
    found = _folded(told)
    groups = {str(held.group_id) for one in found for held in one.roles if held.group_id}
    names = group_names(connection, organization_id, sorted(groups), moment)
    return [
        replace(
            one,
            roles=tuple(replace(h, group_name=names.get(str(h.group_id))) for h in one.roles),
        )
        for one in found
    ]


def group_names(
    connection: Connection,
    organization_id: OrganizationId,
    group_ids: Sequence[str],
    moment: datetime,
) -> dict[str, str]:
    """As they were named then, or last; a group that was not told by then has none."""
    return {
        event["data"]["id"]: str(event["data"]["resource"].get("displayName"))
        for event in past_events.of_subjects(connection, organization_id, group_ids, moment)
        if event["type"] in {"directory_group.created", "directory_group.updated"}
    }


def _folded(told: Iterable[dict[str, Any]]) -> list[Member]:
    """By id, which is the order in which they joined."""
    members: dict[str, Member] = {}
    held: dict[str, dict[str, HeldRole]] = {}
    for event in told:
        noun, _, verb = event["type"].partition(".")
        data = event["data"]
        if noun == "organization_membership":
            members[data["id"]] = _member(members.get(data["id"]), event)
        elif noun == "role_grant" and verb == "created":
            held.setdefault(data["membership_id"], {})[data["id"]] = _held(data)
        elif noun == "role_grant":
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
        role_id=data["role"]["id"],
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
