"""Joining an organization by signing in: the membership, its first roles, and their events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from provisioning import ids, join_request_endings
from provisioning.context import Acting
from provisioning.events import Draft
from provisioning.ids import GrantId, MembershipId, OrganizationId, RoleId, UserId
from provisioning.reconcile.actions import AcceptInvitation, Action, CreateMembership, GrantRole
from provisioning.reconcile.facts import Account, Facts, Invitation, Profile, SourceType, Way
from provisioning.reconcile.telling import told
from provisioning.store import accounts, changes, invitations, joining, roles
from provisioning.store.organizations import Organization


@dataclass(frozen=True, slots=True)
class FirstRole:
    """What somebody who joins is given."""

    role_id: RoleId
    source_type: SourceType


@dataclass(frozen=True, slots=True)
class Joined:
    """What has to be told of it, last in the transaction."""

    organization_id: OrganizationId
    drafts: tuple[Draft, ...]


def join(
    connection: Connection,
    organization: Organization,
    user_id: UserId,
    profile: Profile,
    first_roles: Sequence[FirstRole],
    by: Acting,
    way: Way = "sign_in",
    invitation: Invitation | None = None,
) -> Joined:
    """
    Of somebody who has never been a member; the invitation that lets them in is accepted. Until
    the transaction ends no drain may work in the organization (`store.syncs.wait`): it could be
    about to let the same person in. Raises `Collision` when the account has gone meanwhile.
    """
    membership_id = MembershipId(ids.new(ids.MEMBERSHIP))
    actions: list[Action] = [CreateMembership(membership_id, user_id, "active", profile, way)]
    actions += [
        GrantRole(
            grant_id=GrantId(ids.new(ids.GRANT)),
            is_new=True,
            membership_id=membership_id,
            user_id=user_id,
            role_id=first.role_id,
            source_type=first.source_type,
            source_id="",
        )
        for first in first_roles
    ]
    if invitation is not None:
        actions.append(AcceptInvitation(invitation.id, membership_id, user_id))
    accounts.hold(connection, [user_id])
    changes.write(connection, organization.id, actions, by.now)
    if invitation is not None:
        invitations.set_token(connection, organization.id, invitation.id, None)
    joining.note_disputes(connection, organization.id, user_id, by.now)
    facts = _facts(connection, organization, user_id, profile, invitation, by.now)
    withdrawn = join_request_endings.withdrawn(connection, organization.id, [user_id], by.now)
    return Joined(organization.id, (*told(facts, actions), *withdrawn))


def _facts(
    connection: Connection,
    organization: Organization,
    user_id: UserId,
    profile: Profile,
    invitation: Invitation | None,
    now: datetime,
) -> Facts:
    """As much as telling needs."""
    return Facts(
        organization_id=organization.id,
        now=now,
        default_role_id=organization.default_role_id,
        role_mode=organization.role_mode,
        roles=roles.of_organization(connection, organization.id),
        batch=(),
        linked=(),
        links=(),
        accounts=(
            Account(id=user_id, email_key=None, authority_directory_id=None, profile=profile),
        ),
        memberships=(),
        grants=(),
        mapped=(),
        another_owner=True,
        parked={},
        conflicts=(),
        invitations=() if invitation is None else (invitation,),
    )
