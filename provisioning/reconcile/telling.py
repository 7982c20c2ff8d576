"""How actions are told as events (pure); the names are those of the contract."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, assert_never

from provisioning.events import Draft, EventType, former_values
from provisioning.ids import (
    DirectoryGroupId,
    DirectoryId,
    GrantId,
    MappingId,
    MembershipId,
    OrganizationId,
    RoleId,
    UserId,
)
from provisioning.reconcile import guards_told
from provisioning.reconcile.actions import (
    AcceptInvitation,
    Action,
    CloseBreaker,
    CloseConflict,
    CreateMembership,
    CreateUser,
    EndHold,
    EndStep,
    ForgetLoss,
    GrantRole,
    HoldNewcomer,
    Identify,
    KeepOut,
    MakeManual,
    Manage,
    MarkBreakGlass,
    OpenConflict,
    Park,
    PurgeMembership,
    RevokeRole,
    ScheduleStep,
    SetStatus,
    ShowProfile,
    TripBreaker,
    Unpark,
    UpdateUser,
)
from provisioning.reconcile.facts import (
    Facts,
    Invitation,
    InvitationStatus,
    Profile,
    Role,
    Status,
    suspended_by,
)
from provisioning.reconcile.leaving_told import leaving_told


def told(facts: Facts, actions: Sequence[Action]) -> Iterator[Draft]:
    """One event for each thing that happened to a membership, a grant, a conflict."""
    return _Teller(facts, actions).tell()


class _Teller:
    def __init__(self, facts: Facts, actions: Sequence[Action]) -> None:
        self._facts = facts
        self._actions = actions
        self._grants = {grant.id: grant for grant in facts.grants}
        self._by_mapping = {(one.membership_id, one.source_id): one for one in facts.grants}
        self._mappings = {role.mapping_id: role for role in facts.mapped}
        self._workspaces = {grant.workspace_id: grant.workspace_name for grant in facts.grants}
        self._workspaces |= {role.workspace_id: role.workspace_name for role in facts.mapped}
        self._directories = {user.id: user.directory_id for user in (*facts.batch, *facts.linked)}
        self._invitations = {invitation.id: invitation for invitation in facts.invitations}
        self._known = {
            membership.user_id for membership in facts.memberships if membership.status != "removed"
        }
        # The profiles and memberships as they are when all actions are done.
        self._profiles: dict[UserId, Profile] = {a.id: a.profile for a in facts.accounts}
        self._memberships: dict[UserId, tuple[MembershipId, Status]] = {
            membership.user_id: (membership.id, membership.status)
            for membership in facts.memberships
        }
        self._before = {membership.user_id: membership for membership in facts.memberships}
        self._kept_out = {user_id: one.kept_out for user_id, one in self._before.items()}
        self._break_glass = {user_id: one.break_glass for user_id, one in self._before.items()}
        for action in actions:
            if isinstance(action, CreateUser | UpdateUser):
                self._profiles[action.user_id] = action.profile
            elif isinstance(action, CreateMembership):
                self._memberships[action.user_id] = (action.membership_id, action.status)
            elif isinstance(action, SetStatus):
                self._memberships[action.user_id] = (action.membership_id, action.after)
            elif isinstance(action, KeepOut):
                self._kept_out[action.user_id] = action.kept_out
            elif isinstance(action, MarkBreakGlass):
                self._break_glass[action.user_id] = action.break_glass

    def tell(self) -> Iterator[Draft]:
        for action in self._actions:
            yield from self._tell(action)

    def _tell(self, action: Action) -> Iterator[Draft]:  # noqa: C901 - a case for each action
        match action:
            case CreateUser() | UpdateUser() | Identify() | Manage() | MakeManual() | ForgetLoss():
                # Seen from the organization these show as the membership that follows.
                return
            case CreateMembership():
                yield Draft("organization_membership.created", self._membership(action.user_id))
            case SetStatus() | KeepOut() | MarkBreakGlass():
                yield from self._resettled(action)
            case ShowProfile():
                yield from self._updated(action)
            case GrantRole():
                yield Draft("role_grant.created", self._grant(action))
            case RevokeRole():
                yield Draft("role_grant.deleted", self._grant(action), self._grant(action))
            case OpenConflict() | CloseConflict():
                yield _conflict(action)
            case HoldNewcomer() | EndHold():
                yield from guards_told.newcomer(action)
            case Park() | Unpark() | TripBreaker() | CloseBreaker():
                yield self._guarded(action)
            case AcceptInvitation():
                before = self._invitations[action.invitation_id]
                accepted = replace(before, status="accepted", accepted_user_id=action.user_id)
                yield invitation_told(accepted, self._facts.roles, before)
            case ScheduleStep() | EndStep() | PurgeMembership():
                yield leaving_told(self._facts.organization_id, action)
            case _:
                assert_never(action)

    def _membership(self, user_id: UserId) -> dict[str, Any]:
        membership_id, status = self._memberships[user_id]
        return guards_told.shown_membership(
            self._facts.organization_id,
            membership_id,
            status,
            suspended_by(status, kept_out=self._kept_out.get(user_id, False)),
            {"id": user_id, **self._profiles[user_id].tree()},
            break_glass=self._break_glass.get(user_id, False),
        )

    def _guarded(self, action: Park | Unpark | TripBreaker | CloseBreaker) -> Draft:
        match action:
            case Park():
                return guards_told.held(self._membership(action.user_id), action)
            case Unpark():
                return guards_told.released(self._membership(action.user_id), action)
            case TripBreaker() | CloseBreaker():
                return guards_told.breaker(action)

    def _resettled(self, action: SetStatus | KeepOut | MarkBreakGlass) -> Iterator[Draft]:
        data, before = self._membership(action.user_id), self._before[action.user_id]
        if isinstance(action, MarkBreakGlass):
            marked = {"break_glass": before.break_glass}
            yield Draft("organization_membership.updated", data, marked)
            return
        suspender = suspended_by(before.status, kept_out=before.kept_out)
        former = {"status": before.status, "suspended_by": suspender}
        previous = former_values(former, {name: data[name] for name in former})
        if isinstance(action, SetStatus):
            change = (action.before, action.after)
            told_as = _STATUS_EVENTS.get(change, "organization_membership.updated")
            yield Draft(told_as, data, previous)
        elif previous and "status" not in previous:
            # Suspended still, by another one's word; a new status has told of it.
            yield Draft("organization_membership.updated", data, previous)

    def _updated(self, action: ShowProfile) -> Iterator[Draft]:
        if action.user_id not in self._known:
            return  # whoever joins or comes back is told as they are now
        changed = former_values(action.before.tree(), action.after.tree())
        if changed:
            yield Draft(
                "organization_membership.updated",
                self._membership(action.user_id),
                {"user": changed},
            )

    def _grant(self, action: GrantRole | RevokeRole) -> Mapping[str, Any]:
        source: dict[str, Any] = {"type": action.source_type}
        if action.source_type == "mapping":
            source["mapping_id"] = action.source_id
            source["group_id"], source["directory_id"] = self._giver(action)
        return shown_grant(
            grant_id=action.grant_id,
            organization_id=self._facts.organization_id,
            membership_id=action.membership_id,
            user_id=action.user_id,
            role=(action.role_id, self._facts.roles[action.role_id].name),
            workspace=None
            if action.workspace_id is None
            else (action.workspace_id, self._workspaces[action.workspace_id]),
            source=source,
        )

    def _giver(
        self, action: GrantRole | RevokeRole
    ) -> tuple[DirectoryGroupId | None, DirectoryId | None]:
        """The group and its directory; of a revoked grant as they were when it was granted."""
        if isinstance(action, RevokeRole):
            grant = self._grants[action.grant_id]
            return grant.group_id, grant.directory_id
        mapped = self._mappings.get(MappingId(action.source_id))
        if mapped is None:  # taken back: the directory no longer has the person in the group
            grant = self._by_mapping[action.membership_id, action.source_id]
            return grant.group_id, grant.directory_id
        return mapped.group_id, self._directories[mapped.directory_user_id]


def shown_grant(
    *,
    grant_id: GrantId,
    organization_id: OrganizationId,
    membership_id: MembershipId,
    user_id: UserId,
    role: tuple[RoleId, str],
    workspace: tuple[str, str | None] | None,
    source: Mapping[str, Any],
) -> dict[str, Any]:
    """
    The data of `role_grant.created` and `role_grant.deleted`. Role and workspace are an id and a
    name; a workspace of None: in the whole organization.
    """
    return {
        "id": grant_id,
        "organization_id": organization_id,
        "membership_id": membership_id,
        "user_id": user_id,
        "role": {"id": role[0], "name": role[1]},
        "workspace": None if workspace is None else {"id": workspace[0], "name": workspace[1]},
        "source": source,
    }


_STATUS_EVENTS: Mapping[tuple[Status, Status], EventType] = {
    ("active", "removed"): "organization_membership.deleted",
    ("suspended", "removed"): "organization_membership.deleted",
    # Back under the same id: for whoever dropped it on `deleted` it is created again.
    ("removed", "active"): "organization_membership.created",
    ("removed", "suspended"): "organization_membership.created",
}


def _conflict(action: OpenConflict | CloseConflict) -> Draft:
    if isinstance(action, CloseConflict):
        data = {"id": action.conflict_id, "resolution": action.resolution}
        # Decided by somebody, it is their doing, and not the drain's.
        context = {} if action.decided_by is None else {"actor": action.decided_by}
        return Draft("conflict.resolved", data, {"resolution": None}, context)
    return Draft(
        "conflict.opened",
        {
            "id": action.conflict_id,
            "directory_user_id": action.directory_user_id,
            "user_id": action.user_id,
        },
    )


_INVITATION_EVENTS: Mapping[InvitationStatus, EventType] = {
    "pending": "invitation.resent",
    "accepted": "invitation.accepted",
    "expired": "invitation.expired",
    "revoked": "invitation.revoked",
}


def invitation_told(
    invitation: Invitation, roles: Mapping[RoleId, Role], before: Invitation | None
) -> Draft:
    """
    What has become of an invitation; `before` None: it is new. A pending one that was pending or
    had expired `before` was sent again.
    """
    data = _invitation(invitation, roles)
    if before is None:
        return Draft("invitation.created", data)
    previous = former_values(_invitation(before, roles), data)
    return Draft(_INVITATION_EVENTS[invitation.status], data, previous)


def _invitation(invitation: Invitation, roles: Mapping[RoleId, Role]) -> dict[str, Any]:
    return {
        "id": invitation.id,
        "organization_id": invitation.organization_id,
        "email": invitation.email,
        "status": invitation.status,
        # A role may have gone since.
        "roles": [
            {"id": role_id, "name": roles[role_id].name}
            for role_id in invitation.role_ids
            if role_id in roles
        ],
        "invited_by": invitation.invited_by,
        "resent_count": invitation.resent_count,
        "expires_at": invitation.expires_at,
        "accepted_user_id": invitation.accepted_user_id,
    }
