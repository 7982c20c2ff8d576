"""
What an administrator changes of one member, by the actions, rows and events of a drain. `lock`
comes first, so that no drain acts on former facts.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from provisioning import join_request_endings
from provisioning.clock import now
from provisioning.context import Acting
from provisioning.errors import NotFound, Refused
from provisioning.ids import MembershipId, OrganizationId, UserId
from provisioning.reconcile.actions import (
    Action,
    SetStatus,
    ShowProfile,
    Unpark,
)
from provisioning.reconcile.facts import DirectoryUser, Facts, Grant, Membership
from provisioning.reconcile.granting import revoking
from provisioning.reconcile.plan import active_owners
from provisioning.reconcile.profiles import showing
from provisioning.reconcile.telling import told
from provisioning.store import changes, events, facts, members_at_stake, organizations, syncs
from provisioning.store.organizations import Organization


def lock(connection: Connection, organization_id: OrganizationId) -> Organization:
    """Neither a drain nor another administrator acts meanwhile. Raises `NotFound`."""
    syncs.wait(connection, organization_id)
    organization = organizations.lock(connection, organization_id)
    if organization is None:
        raise NotFound("organization", organization_id)
    return organization


def look(connection: Connection, organization_id: OrganizationId, user_id: UserId) -> Facts:
    """
    The present of one person. Nothing is decided by who has which domain; holding that, too, would
    be holding it after the account, and whoever verifies a domain goes the other way.
    """
    return facts.read(connection, organization_id, (), now(), [user_id], domains_held=False)


def membership_of(known: Facts, user_id: UserId) -> Membership | None:
    """Removed ones, too."""
    found = [membership for membership in known.memberships if membership.user_id == user_id]
    return found[0] if found else None


def known_by(known: Facts, user_id: UserId) -> list[DirectoryUser]:
    """Whom the organization's directories know the person as, now."""
    mine = {link.directory_user_id for link in known.links if link.user_id == user_id}
    return [person for person in known.linked if person.id in mine and not person.deleted]


def live_grants(known: Facts, membership_id: MembershipId) -> list[Grant]:
    """By role, so that what is done about them is done in one order."""
    live = [
        grant
        for grant in known.grants
        if grant.membership_id == membership_id and not grant.revoked
    ]
    return sorted(live, key=lambda grant: (grant.role_id, grant.source_type, grant.source_id))


def require_unmanaged(known: Facts, user_id: UserId) -> None:
    """Raises `Refused` naming the directories that would bring the person back."""
    directories = sorted({person.directory_id for person in known_by(known, user_id)})
    if directories:
        raise Refused(
            "managed_by_directory",
            f"known to {', '.join(directories)}: remove the person there",
        )


def require_another_owner(known: Facts, membership: Membership) -> None:
    """Nobody takes the last owner: neither a directory nor a hand. Raises `Refused`."""
    owners = active_owners(known)
    if owners == {membership.id} and not known.another_owner:
        raise Refused(
            "last_owner", "the last active owner of the organization stays: name another one first"
        )


def leaving(known: Facts, membership: Membership) -> list[Action]:
    """
    Out, with every role: who is taken in again begins with those that are given then. What a guard
    held is done by this.
    """
    parked = known.parked.get(membership.id)
    held = [] if parked is None else [Unpark(membership.id, membership.user_id, parked, "applied")]
    return [
        *held,
        SetStatus(membership.id, membership.user_id, membership.status, "removed"),
        *revoking(membership.user_id, live_grants(known, membership.id)),
    ]


def _shown(known: Facts, user_id: UserId, actions: Sequence[Action]) -> list[ShowProfile]:
    """What no drain has told yet of the person's profile: events of who stays tell it whole."""
    membership = membership_of(known, user_id)
    leaves = any(isinstance(one, SetStatus) and one.after == "removed" for one in actions)
    if membership is None or leaves or not actions:
        return []
    (profile,) = (account.profile for account in known.accounts if account.id == user_id)
    return showing(membership, profile, profile)


def write(
    connection: Connection, known: Facts, user_id: UserId, actions: Sequence[Action], acting: Acting
) -> None:
    """
    Rows, notes, and last the events. What depends on it is looked at by the next drain: a change
    that waits for another owner, a conflict about somebody who is a member now.
    """
    actions = [*_shown(known, user_id, actions), *actions]
    changes.write(connection, known.organization_id, actions, acting.now)
    members_at_stake.note(connection, known.organization_id, user_id, acting.now)
    joined = join_request_endings.joined(actions)
    withdrawn = join_request_endings.withdrawn(
        connection, known.organization_id, joined, acting.now
    )
    drafts = [*told(known, actions), *withdrawn]
    events.append(connection, known.organization_id, drafts, actor=acting.actor, now=acting.now)
