"""
The fewest actions after which the organization agrees with its directories, in the order in which
they can be written: `identify`, then `decide`. Pure: no clock, no database, no chance (ids come
from the caller). The plan of what an applied one left is empty.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from provisioning import ids
from provisioning.email_domains import is_of_one_domain
from provisioning.ids import (
    DirectoryUserId,
    MembershipId,
    UserId,
)
from provisioning.reconcile import breakers
from provisioning.reconcile.actions import (
    AcceptInvitation,
    Action,
    CreateMembership,
    ForgetLoss,
    GrantRole,
    Manage,
    RevokeRole,
    SetStatus,
    ShowProfile,
    Unpark,
)
from provisioning.reconcile.breakers import closing, tripping
from provisioning.reconcile.cases import Case
from provisioning.reconcile.departures import keeps
from provisioning.reconcile.facts import (
    OWNER,
    Facts,
    Grant,
    Invitation,
    Link,
    MappedRole,
    Membership,
    Parked,
    Status,
)
from provisioning.reconcile.holding import LAST_OWNER, Hold, hold, last_owner, park
from provisioning.reconcile.identify import NewId, People
from provisioning.reconcile.leaving import leaving, making_manual, waits
from provisioning.reconcile.managed_grants import Groups, groups_of, regranting, renewing
from provisioning.reconcile.profiles import follow, showing, updates
from provisioning.reconcile.sources import (
    DIRECT,
    EVERYWHERE,
    Source,
    managed,
    source_of,
    wanted,
)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What one user's membership should become, and whether an owner would be lost by it."""

    membership_id: MembershipId
    status: Status
    actions: tuple[Action, ...]
    owner_after: bool
    user_id: UserId
    case: Case
    held: Hold | None
    """What a guard allows of it; None: all."""


def identify(facts: Facts, new_id: NewId) -> tuple[People, list[Action]]:
    """
    Who everybody is, and is shown as. It can be written while it is thought about what becomes of
    them.
    """
    people = People(facts, new_id)
    # Who is back before who has gone: the identity is theirs by then, and is pointed at them alone.
    batch = sorted(facts.batch, key=lambda user: (user.deleted, user.id))
    identified = [action for person in batch for action in people.recognize(person)]
    # Before anybody is found by address: a colleague's old one must not lead to the colleague.
    follow(people)
    # Who is outside the scope, or rejected, may share the address of a colleague admitted now.
    strangers = sorted(batch, key=people.comes_last)
    identified += [action for person in strangers for action in people.admit(person)]
    # Whoever has just been linked may show another name.
    follow(people)
    return people, [*updates(facts, people), *identified, *_shown(facts, people)]


def decide(facts: Facts, people: People, new_id: NewId) -> list[Action]:
    """
    What becomes of their memberships and grants. Everybody who becomes an owner counts before
    anybody who stops being one, so the order of the batch decides nothing.
    """
    actions: list[Action] = [*_managed(facts, people)]
    cases = _cases(facts, people)
    tripped = list(tripping(facts, cases))
    holding = breakers.holding(facts, tripped)
    groups = groups_of(facts)
    wishes = [_wish(facts, case, hold(facts, case, holding), groups, new_id) for case in cases]
    actions += tripped
    owners = active_owners(facts) | {wish.membership_id for wish in wishes if wish.owner_after}
    # The newest owner goes first: the one who is left is the one who has been there longest.
    for wish in sorted(wishes, key=lambda wish: wish.membership_id, reverse=True):
        if wish.membership_id in owners and not wish.owner_after:
            if len(owners) == 1 and not facts.another_owner:
                actions += park(wish.case, last_owner(wish.case))
                held = wish.case.held.values()
                actions += renewing(facts, wish.membership_id, wish.user_id, held, groups, new_id)
                continue
            owners.remove(wish.membership_id)
        if wish.held is not None:
            actions += park(wish.case, wish.held)
        elif wish.case.parked is not None:
            actions.append(_unparked(wish, wish.case.parked))
        actions += wish.actions
        if wish.status != "active" and breakers.is_judged(wish.case, holding):
            actions.append(ForgetLoss(wish.membership_id, wish.user_id))
    actions += leaving(facts, people, actions, new_id)
    return [*actions, *closing(facts, actions)]


def _unparked(wish: _Wish, parked: Parked) -> Unpark:
    """A last owner may stay one after all; anybody else if the directories want it so now."""
    if parked.reason == LAST_OWNER:
        withdrawn = wish.owner_after
    else:
        revokes = any(isinstance(action, RevokeRole) for action in wish.actions)
        demoting = parked.wanted_status == "active"
        withdrawn = wish.case.said == "active" and not (demoting and revokes)
        # Of a removal that was brought forward, and is put off again, nothing is done.
        stays = wish.case.membership is not None and wish.case.membership.status == wish.status
        withdrawn = withdrawn or (wish.case.waits and stays)
    outcome: Literal["applied", "withdrawn"] = "withdrawn" if withdrawn else "applied"
    return Unpark(wish.membership_id, wish.user_id, parked, outcome)


def _shown(facts: Facts, people: People) -> Iterator[ShowProfile]:
    """What has become of members whose profile was changed here, or by another organization."""
    as_read = {account.id: account.profile for account in facts.accounts}
    for membership in sorted(facts.memberships, key=lambda membership: membership.id):
        user_id = membership.user_id
        yield from showing(membership, as_read[user_id], people.accounts[user_id].profile)


def _managed(facts: Facts, people: People) -> Iterator[Manage]:
    """Members whom a directory knows now, and none did when they were taken in."""
    for membership in sorted(facts.memberships, key=lambda membership: membership.id):
        if not membership.managed and membership.user_id in people.living:
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


def _cases(facts: Facts, people: People) -> list[Case]:
    links: defaultdict[UserId, list[Link]] = defaultdict(list)
    for link in people.links.values():
        links[link.user_id].append(link)
    mapped: defaultdict[DirectoryUserId, list[MappedRole]] = defaultdict(list)
    for role in facts.mapped:
        mapped[role.directory_user_id].append(role)
    grants: defaultdict[MembershipId, dict[Source, Grant]] = defaultdict(dict)
    for grant in facts.grants:
        grants[grant.membership_id][source_of(grant)] = grant
    memberships = {membership.user_id: membership for membership in facts.memberships}
    invited = _invited(facts, people)
    cases = []
    for user_id, linked in sorted(links.items()):
        present = [people.directory_users[link.directory_user_id] for link in linked]
        membership = memberships.get(user_id)
        held = grants[membership.id] if membership else {}
        # Until the grace period is over, out of the way with all that groups have given.
        waiting = membership is not None and waits(facts, membership, present)
        case = Case(
            user_id=user_id,
            profile=people.accounts[user_id].profile,
            membership=membership,
            held=held,
            parked=facts.parked.get(membership.id) if membership else None,
            present=present,
            wanted=frozenset(
                managed(facts, held.values()) if waiting else wanted(facts, present, mapped)
            ),
            letters=(),
            waits=waiting,
        )
        # Who may not be here now has not been let in: the invitation waits with the person.
        letters = invited[user_id] if case.status == "active" else []
        cases.append(replace(case, letters=letters) if letters else case)
    return cases


def _staying(case: Case, membership: Membership, actions: Iterable[Action]) -> _Wish:
    """Whatever the directories say; `actions` only change where roles come from, or revoke them."""
    actions = tuple(actions)
    revoked = {action.grant_id for action in actions if isinstance(action, RevokeRole)}
    given = {
        (action.role_id, action.workspace_id) for action in actions if isinstance(action, GrantRole)
    }
    given |= {
        (grant.role_id, grant.workspace_id)
        for grant in case.held.values()
        if not grant.revoked and grant.id not in revoked
    }
    owner_after = membership.status == "active" and (OWNER, None) in given
    return _Wish(membership.id, membership.status, actions, owner_after, case.user_id, case, None)


def _invited(facts: Facts, people: People) -> dict[UserId, list[Invitation]]:
    """
    By user, the invitations to an address that a directory says is theirs: of two who share it,
    the one whose account speaks for it, else the one who has been known longest.
    """
    letters = {invitation.email_key: invitation for invitation in facts.invitations}
    known: dict[str, UserId] = {}
    for link in sorted(people.links.values(), key=lambda link: link.directory_user_id):
        person = people.directory_users[link.directory_user_id]
        letter = letters.get(person.email_key) if person.email_key else None
        if letter is None or not person.active or person.deleted:
            continue
        if is_of_one_domain(letter.email, person.profile.email):
            speaks = people.accounts[link.user_id].email_key == letter.email_key
            if speaks or letter.email_key not in known:
                known[letter.email_key] = link.user_id
    invited: defaultdict[UserId, list[Invitation]] = defaultdict(list)
    for invitation in sorted(facts.invitations, key=lambda invitation: invitation.id):
        if invitation.email_key in known:
            invited[known[invitation.email_key]].append(invitation)
    return invited


def _wish(facts: Facts, case: Case, held: Hold | None, groups: Groups, new_id: NewId) -> _Wish:
    """What the directories want, or what a guard leaves of it."""
    membership, user_id = case.membership, case.user_id
    if membership is not None and case.left_alone:
        # They let the person go, and an administrator has taken them in again since.
        return _staying(case, membership, ())
    if membership is not None and (kept := keeps(membership, case.present)) is not None:
        manual = making_manual(membership, case.held.values(), kept, new_id)
        by_default = [one for one in case.held.values() if one.source_type == "default"]
        manual += renewing(facts, membership.id, user_id, by_default, groups, new_id)
        return _staying(case, membership, manual)
    status = case.status if held is None else held.status
    given = {
        (role_id, DIRECT, "", EVERYWHERE)
        for letter in case.letters
        for role_id in letter.role_ids
        if role_id in facts.roles
    }
    sources = (case.wanted if held is None else held.wanted) | given
    actions: list[Action] = []
    if membership is None:
        membership_id = MembershipId(new_id(ids.MEMBERSHIP))
        actions.append(CreateMembership(membership_id, user_id, status, case.profile))
    else:
        membership_id = membership.id
        if membership.status != status:
            by = None if status == "active" else breakers.counting(facts, case)
            actions.append(SetStatus(membership_id, user_id, membership.status, status, by))
    actions += regranting(membership_id, user_id, sources, case.held, groups, new_id)
    actions += [AcceptInvitation(letter.id, membership_id, user_id) for letter in case.letters]
    roles = {role_id for role_id, _, _, place in sources if place == EVERYWHERE}
    roles |= {
        grant.role_id
        for grant in case.held.values()
        if grant.source_type == DIRECT and not grant.revoked and grant.workspace_id is None
    }
    owner_after = status == "active" and OWNER in roles
    return _Wish(membership_id, status, tuple(actions), owner_after, user_id, case, held)
