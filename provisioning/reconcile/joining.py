"""How the holder of an address joins by an invitation (pure), whatever directories say."""

from provisioning import ids
from provisioning.ids import MembershipId, UserId
from provisioning.reconcile.actions import (
    AcceptInvitation,
    Action,
    CreateMembership,
    CreateUser,
    KeepOut,
    SetStatus,
)
from provisioning.reconcile.facts import Facts, Invitation, Profile
from provisioning.reconcile.granting import granting
from provisioning.reconcile.identify import NewId
from provisioning.reconcile.profiles import showing


def join(
    facts: Facts, invitation: Invitation, person: Profile, new_id: NewId
) -> tuple[list[Action], AcceptInvitation]:
    """
    The account of the address becomes a member, active, with the roles of the invitation as its
    own; where there is none, `person` is made one. All of it, and again the last of it. The caller
    has seen to it that the membership is not suspended.
    """
    actions: list[Action] = []
    if facts.accounts:
        user_id, profile = facts.accounts[0].id, facts.accounts[0].profile
    else:
        user_id, profile = UserId(new_id(ids.USER)), person
        actions.append(
            CreateUser(
                user_id=user_id,
                profile=profile,
                email_key=invitation.email_key,
                authority_directory_id=None,
                provisioned_by="invitation",
                is_proven=not invitation.token_shown,
            )
        )
    if facts.memberships:
        (membership,) = facts.memberships
        membership_id = membership.id
        actions += showing(membership, profile, profile)
        if membership.status != "active":
            actions.append(SetStatus(membership_id, user_id, membership.status, "active"))
        if membership.kept_out:
            # From before the person was removed: nobody has suspended who is taken in now.
            actions.append(KeepOut(membership_id, user_id, kept_out=False))
    else:
        membership_id = MembershipId(new_id(ids.MEMBERSHIP))
        actions.append(CreateMembership(membership_id, user_id, "active", profile, "invitation"))
    roles = [role_id for role_id in invitation.role_ids if role_id in facts.roles]
    actions += granting(facts, membership_id, user_id, roles, new_id)
    accepted = AcceptInvitation(invitation.id, membership_id, user_id)
    return [*actions, accepted], accepted
