"""
The fewest actions after which the organization agrees with its directories. Pure: no clock, no
database, no chance (ids come from the caller). `plan` of what `apply` left is empty.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from provisioning import ids
from provisioning.ids import DirectoryUserId, GrantId, MembershipId, RoleId, UserId, WorkspaceId
from provisioning.reconcile.actions import (
    AcceptInvitation,
    Action,
    CreateMembership,
    GrantRole,
    Manage,
    Park,
    RevokeRole,
    SetStatus,
    ShowProfile,
    Unpark,
)
from provisioning.reconcile.facts import (
    OWNER,
    DirectoryUser,
    Facts,
    Grant,
    Invitation,
    Link,
    MappedRole,
    Membership,
    Profile,
    SourceType,
    Status,
)
from provisioning.reconcile.identify import NewId, People
from provisioning.reconcile.profiles import follow, showing, updates

Source = tuple[RoleId, SourceType, str, WorkspaceId]
"""
What makes a grant the same grant: its role, where it comes from and where it holds; an empty
workspace is the whole organization.
"""
_EVERYWHERE = WorkspaceId("")
_DIRECT: SourceType = "direct"


@dataclass(frozen=True, slots=True)
class _Wish:
    """What one user's membership should become, and whether an owner would be lost by it."""

    membership_id: MembershipId
    status: Status
    actions: tuple[Action, ...]
    owner_after: bool
    user_id: UserId


def plan(facts: Facts, new_id: NewId) -> list[Action]:
    """
    The actions in an order in which they can be written. Everybody who becomes an owner counts
    before anybody who stops being one, so the order of the batch decides nothing.
    """
    people = People(facts, new_id)
    batch = sorted(facts.batch, key=lambda user: user.id)
    identified = [action for person in batch for action in people.recognize(person)]
    # Before anybody is found by address: a colleague's old one must not lead to the colleague.
    follow(people)
    identified += [action for person in batch for action in people.admit(person)]
    # Whoever has just been linked may show another name.
    follow(people)
    actions: list[Action] = [*updates(facts, people), *identified, *_shown(facts, people)]
    actions += _managed(facts, people)
    wishes = _wishes(facts, people, new_id)
    owners = active_owners(facts) | {wish.membership_id for wish in wishes if wish.owner_after}
    # The newest owner goes first: the one who is left is the one who has been there longest.
    for wish in sorted(wishes, key=lambda wish: wish.membership_id, reverse=True):
        parked = facts.parked.get(wish.membership_id)
        if wish.membership_id in owners and not wish.owner_after:
            if len(owners) == 1 and not facts.another_owner:
                if parked != wish.status:
                    actions.append(Park(wish.membership_id, wish.user_id, wish.status))
                continue
            owners.remove(wish.membership_id)
        if parked is not None:
            outcome: Literal["applied", "withdrawn"] = (
                "withdrawn" if wish.owner_after else "applied"
            )
            actions.append(Unpark(wish.membership_id, wish.user_id, parked, outcome))
        actions += wish.actions
    return actions


def _shown(facts: Facts, people: People) -> Iterator[ShowProfile]:
    """What has become of members whose profile was changed here, or by another organization."""
    as_read = {account.id: account.profile for account in facts.accounts}
    for membership in sorted(facts.memberships, key=lambda membership: membership.id):
        user_id = membership.user_id
        yield from showing(membership, as_read[user_id], people.accounts[user_id].profile)


def _managed(facts: Facts, people: People) -> Iterator[Manage]:
    """Members whom a directory knows now, and none did when they were taken in."""
    known = {user_id for user_id, _ in people.living}
    for membership in sorted(facts.memberships, key=lambda membership: membership.id):
        if not membership.managed and membership.user_id in known:
            yield Manage(membership.id, membership.user_id)


def active_owners(facts: Facts) -> set[MembershipId]:
    """Of the memberships that are known here."""
    active = {membership.id for membership in facts.memberships if membership.status == "active"}
    return {
        grant.membership_id
        for grant in facts.grants
        if grant.role_id == OWNER
        and grant.workspace_id is None
        and not grant.revoked
        and grant.membership_id in active
    }


def _wishes(facts: Facts, people: People, new_id: NewId) -> list[_Wish]:
    links: defaultdict[UserId, list[Link]] = defaultdict(list)
    for link in people.links.values():
        links[link.user_id].append(link)
    mapped: defaultdict[DirectoryUserId, list[MappedRole]] = defaultdict(list)
    for role in facts.mapped:
        mapped[role.directory_user_id].append(role)
    grants: defaultdict[MembershipId, dict[Source, Grant]] = defaultdict(dict)
    for grant in facts.grants:
        place = grant.workspace_id or _EVERYWHERE
        source = (grant.role_id, grant.source_type, grant.source_id, place)
        grants[grant.membership_id][source] = grant
    memberships = {membership.user_id: membership for membership in facts.memberships}
    invited = _invited(facts, people)
    wishes = []
    for user_id, linked in sorted(links.items()):
        present = [people.directory_users[link.directory_user_id] for link in linked]
        membership = memberships.get(user_id)
        held = grants[membership.id] if membership else {}
        if membership and not membership.managed and all(user.deleted for user in present):
            wishes.append(_left_alone(membership, held))
            continue
        status = _status(present)
        if membership and membership.kept_out and status == "active":
            status = "suspended"
        wanted = _wanted(facts, present, mapped)
        profile = people.accounts[user_id].profile
        # Who may not be here now has not been let in: the invitation waits with the person.
        letters = invited[user_id] if status == "active" else []
        given = {
            (role_id, _DIRECT, "", _EVERYWHERE)
            for letter in letters
            for role_id in letter.role_ids
            if role_id in facts.roles
        }
        wish = _wish(membership, user_id, profile, status, wanted | given, held, new_id)
        accepted = [AcceptInvitation(letter.id, wish.membership_id, user_id) for letter in letters]
        wishes.append(replace(wish, actions=(*wish.actions, *accepted)))
    return wishes


def _left_alone(membership: Membership, held: dict[Source, Grant]) -> _Wish:
    """The directories let the person go, and an administrator has taken them in again since."""
    is_owner = any(
        grant.role_id == OWNER and not grant.revoked and grant.workspace_id is None
        for grant in held.values()
    )
    owner_after = membership.status == "active" and is_owner
    return _Wish(membership.id, membership.status, (), owner_after, membership.user_id)


def _invited(facts: Facts, people: People) -> dict[UserId, list[Invitation]]:
    """
    By user, the invitations to an address that a directory says is theirs: of two who share it,
    the one whose account speaks for it, else the one who has been known longest.
    """
    known: dict[str, UserId] = {}
    for link in sorted(people.links.values(), key=lambda link: link.directory_user_id):
        person = people.directory_users[link.directory_user_id]
        if person.email_key and person.active and not person.deleted:
            speaks = people.accounts[link.user_id].email_key == person.email_key
            if speaks or person.email_key not in known:
                known[person.email_key] = link.user_id
    invited: defaultdict[UserId, list[Invitation]] = defaultdict(list)
    for invitation in sorted(facts.invitations, key=lambda invitation: invitation.id):
        if invitation.email_key in known:
            invited[known[invitation.email_key]].append(invitation)
    return invited


def _status(present: Iterable[DirectoryUser]) -> Status:
    """One directory that says active is enough; one that still knows the person keeps the row."""
    living = [user for user in present if not user.deleted]
    if any(user.active for user in living):
        return "active"
    return "suspended" if living else "removed"


def _wanted(
    facts: Facts,
    present: Iterable[DirectoryUser],
    mapped: dict[DirectoryUserId, list[MappedRole]],
) -> set[Source]:
    """
    The roles of every mapped group, and the default one; nothing for who has left. In role mode
    `highest` only the roles of the highest rank stay, in the organization and in each workspace.
    """
    living = [user for user in present if not user.deleted]
    if not living:
        return set()
    wanted: set[Source] = {(facts.default_role_id, "default", "", _EVERYWHERE)}
    for user in living:
        wanted |= {
            (role.role_id, "mapping", role.mapping_id, role.workspace_id or _EVERYWHERE)
            for role in mapped.get(user.id, ())
        }
    if facts.role_mode == "highest":
        top: dict[WorkspaceId, int] = {}
        for role_id, _, _, place in wanted:
            rank = facts.roles[role_id].rank
            top[place] = max(top.get(place, rank), rank)
        wanted = {one for one in wanted if facts.roles[one[0]].rank == top[one[3]]}
    return wanted


def _wish(
    membership: Membership | None,
    user_id: UserId,
    profile: Profile,
    status: Status,
    wanted: set[Source],
    held: dict[Source, Grant],
    new_id: NewId,
) -> _Wish:
    actions: list[Action] = []
    if membership is None:
        membership_id = MembershipId(new_id(ids.MEMBERSHIP))
        actions.append(CreateMembership(membership_id, user_id, status, profile))
    else:
        membership_id = membership.id
        if membership.status != status:
            actions.append(SetStatus(membership_id, user_id, membership.status, status))
    actions += _grant_actions(membership_id, user_id, wanted, held, new_id)
    roles = {role_id for role_id, _, _, place in wanted if place == _EVERYWHERE}
    roles |= {
        grant.role_id
        for grant in held.values()
        if grant.source_type == "direct" and not grant.revoked and grant.workspace_id is None
    }
    owner_after = status == "active" and OWNER in roles
    return _Wish(membership_id, status, tuple(actions), owner_after, user_id)


def _grant_actions(
    membership_id: MembershipId,
    user_id: UserId,
    wanted: set[Source],
    held: dict[Source, Grant],
    new_id: NewId,
) -> Iterator[Action]:
    """Manual grants survive: reconcile owns only those whose source is not `direct`."""
    for role_id, source_type, source_id, place in sorted(wanted):
        grant = held.get((role_id, source_type, source_id, place))
        if grant is None or grant.revoked:
            yield GrantRole(
                grant_id=grant.id if grant else GrantId(new_id(ids.GRANT)),
                membership_id=membership_id,
                user_id=user_id,
                role_id=role_id,
                source_type=source_type,
                source_id=source_id,
                workspace_id=place or None,
            )
    for source, grant in sorted(held.items()):
        if source not in wanted and grant.source_type != "direct" and not grant.revoked:
            yield RevokeRole(
                grant_id=grant.id,
                membership_id=membership_id,
                user_id=user_id,
                role_id=grant.role_id,
                source_type=grant.source_type,
                source_id=grant.source_id,
                workspace_id=grant.workspace_id,
            )
