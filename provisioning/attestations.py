"""
Whether a product's backend holds the members that its events have told it, what differs, and the
events that repair it. Those are made up for the answer and are no part of the feed: in the feed
each thing that happened is told once, and nothing has happened here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection

from provisioning import organizations
from provisioning.errors import Refused
from provisioning.events import Draft
from provisioning.holdings import Difference, Digest, Holding, differences
from provisioning.ids import OrganizationId, UserId
from provisioning.reconcile.telling import shown_grant
from provisioning.store import attested_members, events, memberships
from provisioning.store.memberships import HeldRole, Member

PART = 2000
"""How many members are in memory at once, of ours."""
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class State:
    """What we hold; everything that was told up to `sequence` is in it."""

    digest: str
    count: int
    sequence: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    Of the users up to `through`, None: of all that were asked for. Where it stops earlier there
    are more of ours than one answer takes, and the rest is to be asked for again.
    """

    differences: Sequence[Difference]
    repairs: Sequence[Draft]
    through: str | None
    sequence: int


def state(connection: Connection, organization_id: OrganizationId, *, part: int = PART) -> State:
    """
    Read a part at a time, and again when something was told meanwhile: an organization that never
    rests is answered with what was seen last. Raises `NotFound`.
    """
    organizations.get(connection, organization_id)
    for _ in range(_ATTEMPTS):
        sequence = events.last(connection, organization_id)
        digest = _digest(connection, organization_id, part)
        if events.last(connection, organization_id) == sequence:
            break
    return State(digest.value, digest.count, sequence)


def _digest(connection: Connection, organization_id: OrganizationId, part: int) -> Digest:
    digest = Digest()
    after = None
    while True:
        mine = attested_members.part(connection, organization_id, after, None, part)
        digest.add(mine)
        if len(mine) < part:
            return digest
        after = mine[-1].user_id


def compare(
    connection: Connection,
    organization_id: OrganizationId,
    theirs: Sequence[Holding],
    *,
    after: str | None,
    through: str | None,
    repair: bool,
    part: int = PART,
) -> Comparison:
    """
    `theirs` are all that they hold behind the user `after` and up to the user `through` (None: to
    the end), in the order of their users. Raises `NotFound` for the organization, and `Refused`
    for others or another order.
    """
    organizations.get(connection, organization_id)
    _require_order(theirs, after, through)
    sequence = events.last(connection, organization_id)
    mine = attested_members.part(connection, organization_id, after, through, part)
    end = mine[-1].user_id if len(mine) == part else through
    held = [one for one in theirs if end is None or one.user_id <= end]
    found = differences(mine, held)
    repairs = list(_repairs(connection, organization_id, found)) if repair else []
    return Comparison(found, repairs, end, sequence)


def _require_order(theirs: Sequence[Holding], after: str | None, through: str | None) -> None:
    previous = after or ""
    for holding in theirs:
        if holding.user_id <= previous:
            raise Refused(
                "not_in_order",
                f"{holding.user_id} does not follow {previous}: memberships are ordered by user_id,"
                " each is there once, and none is up to `after`",
            )
        previous = holding.user_id
    if through is not None and previous > through and theirs:
        raise Refused("not_in_order", f"{previous} is behind `through`")


def _repairs(
    connection: Connection, organization_id: OrganizationId, found: Sequence[Difference]
) -> Iterator[Draft]:
    users = [UserId(one.user_id) for one in found]
    known = {one.user_id: one for one in memberships.of_users(connection, organization_id, users)}
    ids = [member.membership_id for member in known.values()]
    former = memberships.former_roles(connection, organization_id, ids)
    for difference in found:
        member = known.get(UserId(difference.user_id))
        if member is None or member.status == "removed":
            yield _removal(organization_id, difference.user_id, member)
        else:
            revoked = former.get(member.membership_id, ())
            yield from _repair(organization_id, member, difference, revoked)


def _repair(
    organization_id: OrganizationId,
    member: Member,
    difference: Difference,
    revoked: Sequence[HeldRole],
) -> Iterator[Draft]:
    theirs = difference.theirs
    data = _membership(organization_id, member)
    if theirs is None:
        yield Draft("organization_membership.created", data)
    elif theirs.status != member.status:
        previous = {"status": theirs.status}
        yield Draft("organization_membership.updated", data, previous)
    held = set() if theirs is None else set(theirs.roles)
    wanted = {_name(role) for role in member.roles}
    for role in member.roles:
        if _name(role) not in held:
            yield Draft("role_grant.created", _grant(organization_id, member, role))
    on_record = [role for role in revoked if _name(role) in held - wanted]
    for role in on_record:
        gone = _grant(organization_id, member, role)
        yield Draft("role_grant.deleted", gone, gone)
    for name in sorted(held - wanted - {_name(role) for role in on_record}):
        gone = _never_granted(organization_id, member, name)
        yield Draft("role_grant.deleted", gone, gone)


def _name(role: HeldRole) -> str:
    return role.role if role.workspace_id is None else f"{role.workspace_id}/{role.role}"


def _membership(organization_id: OrganizationId, member: Member) -> dict[str, Any]:
    return {
        "id": member.membership_id,
        "organization_id": organization_id,
        "status": member.status,
        "suspended_by": member.suspended_by,
        "user": {"id": member.user_id, **asdict(member.profile)},
    }


def _removal(organization_id: OrganizationId, user_id: str, member: Member | None) -> Draft:
    nobody = {"email": None, "display_name": None, "given_name": None, "family_name": None}
    data = (
        {
            "id": None,
            "organization_id": organization_id,
            "status": "removed",
            "suspended_by": None,
            "user": {"id": user_id, **nobody},
        }
        if member is None
        else _membership(organization_id, member)
    )
    return Draft("organization_membership.deleted", data)


def _grant(organization_id: OrganizationId, member: Member, role: HeldRole) -> Mapping[str, Any]:
    source: dict[str, Any] = {"type": role.source_type}
    if role.source_type == "mapping":
        source["mapping_id"] = role.mapping_id
        source["group_id"], source["directory_id"] = role.group_id, role.directory_id
    place = None if role.workspace_id is None else (str(role.workspace_id), role.workspace)
    return shown_grant(
        grant_id=role.grant_id,
        organization_id=organization_id,
        membership_id=member.membership_id,
        user_id=member.user_id,
        role=(role.role_id, role.role),
        workspace=place,
        source=source,
    )


def _never_granted(organization_id: OrganizationId, member: Member, name: str) -> Mapping[str, Any]:
    """Of a role that they hold and that was never given: there are no ids to name."""
    workspace_id, _, role = name.rpartition("/")
    return {
        "id": None,
        "organization_id": organization_id,
        "membership_id": member.membership_id,
        "user_id": member.user_id,
        "role": {"id": None, "name": role},
        "workspace": {"id": workspace_id, "name": None} if workspace_id else None,
        "source": None,
    }
