"""Roles that are given to one person by hand, or by an invitation, or taken (pure)."""

from collections.abc import Iterable, Sequence

from provisioning import ids
from provisioning.ids import GrantId, MembershipId, RoleId, UserId
from provisioning.reconcile.actions import GrantRole, RevokeRole
from provisioning.reconcile.facts import Facts, Grant
from provisioning.reconcile.identify import NewId


def granting(
    facts: Facts,
    membership_id: MembershipId,
    user_id: UserId,
    roles: Sequence[RoleId],
    new_id: NewId,
) -> list[GrantRole]:
    """
    In the whole organization, those that the member has not been given so already; a grant that
    was revoked comes back under its id.
    """
    direct = {
        held.role_id: held
        for held in facts.grants
        if held.membership_id == membership_id
        and held.source_type == "direct"
        and held.workspace_id is None
    }
    return [
        GrantRole(
            grant_id=direct[role_id].id if role_id in direct else GrantId(new_id(ids.GRANT)),
            is_new=role_id not in direct,
            membership_id=membership_id,
            user_id=user_id,
            role_id=role_id,
            source_type="direct",
            source_id="",
        )
        for role_id in roles
        if role_id not in direct or direct[role_id].revoked
    ]


def revoking(user_id: UserId, grants: Iterable[Grant]) -> list[RevokeRole]:
    """One action for each of the person's grants."""
    return [
        RevokeRole(
            grant_id=grant.id,
            membership_id=grant.membership_id,
            user_id=user_id,
            role_id=grant.role_id,
            source_type=grant.source_type,
            source_id=grant.source_id,
            workspace_id=grant.workspace_id,
        )
        for grant in grants
    ]
