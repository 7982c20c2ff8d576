"""Roles that are given to one person by hand, or by an invitation (pure)."""

from collections.abc import Sequence

from provisioning import ids
from provisioning.ids import GrantId, MembershipId, RoleId, UserId
from provisioning.reconcile.actions import GrantRole
from provisioning.reconcile.facts import Facts
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
            membership_id=membership_id,
            user_id=user_id,
            role_id=role_id,
            source_type="direct",
            source_id="",
        )
        for role_id in roles
        if role_id not in direct or direct[role_id].revoked
    ]
