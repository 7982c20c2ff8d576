"""What a plan can say. Each action is a row to write; `apply` writes them and tells them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from provisioning.ids import (
    ConflictId,
    DirectoryGroupId,
    DirectoryId,
    DirectoryUserId,
    GrantId,
    IdentityId,
    InvitationId,
    MembershipId,
    RoleId,
    UserId,
    WorkspaceId,
)
from provisioning.reconcile.facts import (
    Breaker,
    Decision,
    DirectoryUser,
    HeldNewcomer,
    HoldReason,
    LeavingStep,
    Parked,
    Profile,
    SourceType,
    Status,
    Verdict,
    Way,
)

StepOutcome = Literal["taken", "returned", "kept", "held", "policy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateUser:
    user_id: UserId
    profile: Profile
    email_key: str | None
    authority_directory_id: DirectoryId | None
    provisioned_by: Way = "directory"
    is_proven: bool = False
    """The person has shown the address; else it is the organization's word alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateUser:
    """
    The authority says the profile is another one, or is another one itself; `released` is an
    address that the account lets go of.
    """

    user_id: UserId
    profile: Profile
    email_key: str | None
    authority_directory_id: DirectoryId | None
    before: Profile
    released: str | None
    claims: bool = False
    """It holds an address, as it is written, that it did not hold: by the organization's word."""


@dataclass(frozen=True, slots=True)
class Identify:
    """This directory user is that user; an identity that is not new is pointed at it."""

    identity_id: IdentityId
    user_id: UserId
    directory_user: DirectoryUser
    is_new: bool


@dataclass(frozen=True, slots=True)
class CreateMembership:
    membership_id: MembershipId
    user_id: UserId
    status: Status
    profile: Profile
    provisioned_by: Way = "directory"


@dataclass(frozen=True, slots=True)
class Manage:
    """A directory knows the member now, whom somebody else had taken in."""

    membership_id: MembershipId
    user_id: UserId


@dataclass(frozen=True, slots=True)
class ShowProfile:
    """
    The organization was told of a member as `before`, wherever the change was made. The same as
    `after`: only the record of it was missing.
    """

    membership_id: MembershipId
    user_id: UserId
    before: Profile
    after: Profile


@dataclass(frozen=True, slots=True)
class SetStatus:
    membership_id: MembershipId
    user_id: UserId
    before: Status
    after: Status
    lost_by: DirectoryId | None = None
    """Whose word ends it, if a breaker is to count that; it stays with who goes on to leave."""


@dataclass(frozen=True, slots=True)
class KeepOut:
    """An administrator suspends the person whatever the directories say; False: no longer."""

    membership_id: MembershipId
    user_id: UserId
    kept_out: bool


@dataclass(frozen=True, slots=True)
class MarkBreakGlass:
    """An administrator marks a member whom no machine suspends, removes or demotes; or unmarks."""

    membership_id: MembershipId
    user_id: UserId
    break_glass: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRole:
    """A grant that was revoked before, and so is not new, comes back under its id."""

    grant_id: GrantId
    is_new: bool
    membership_id: MembershipId
    user_id: UserId
    role_id: RoleId
    source_type: SourceType
    source_id: str
    group_id: DirectoryGroupId | None = None
    """Which gives it now: the mapping may have left it, or be gone, when the role is revoked."""
    workspace_id: WorkspaceId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeRole:
    grant_id: GrantId
    membership_id: MembershipId
    user_id: UserId
    role_id: RoleId
    source_type: SourceType
    source_id: str
    workspace_id: WorkspaceId | None = None


@dataclass(frozen=True, slots=True)
class OpenConflict:
    conflict_id: ConflictId
    directory_user_id: DirectoryUserId
    user_id: UserId


@dataclass(frozen=True, slots=True)
class CloseConflict:
    conflict_id: ConflictId
    resolution: Decision | Literal["moot"]
    decided_by: str | None = None
    """The administrator whose decision it is; None: it came about."""


@dataclass(frozen=True, slots=True)
class HoldNewcomer:
    """Somebody outside the scope is not let in, or goes on not to be as another `held`."""

    person: DirectoryUser
    held: HeldNewcomer
    before: HeldNewcomer | None


@dataclass(frozen=True, slots=True)
class EndHold:
    """`admitted`: the scope keeps the person out no more; `gone`: there is nobody to let in."""

    person: DirectoryUser
    held: HeldNewcomer
    outcome: Literal["admitted", "gone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Park:
    """What the directories want of a member waits, or goes on to wait for another reason."""

    membership_id: MembershipId
    user_id: UserId
    wanted_status: Status
    reason: HoldReason
    evidence: DirectoryUser
    """Who spoke last of those the person is."""
    directory_id: DirectoryId
    """Whose breaker holds it; else the one that spoke last."""
    decision: Verdict | None = None
    """An administrator's, which stays with what is wanted."""
    decided_by: str | None = None


@dataclass(frozen=True, slots=True)
class Unpark:
    """
    `applied`: it is done, or was done by hand; `withdrawn`: the directories no longer want it, or
    the last owner is to stay one after all.
    """

    membership_id: MembershipId
    user_id: UserId
    parked: Parked
    outcome: Literal["applied", "withdrawn"]


@dataclass(frozen=True, slots=True)
class TripBreaker:
    """From now on losses are held, and those of the window are taken back."""

    breaker: Breaker
    losses: int
    people: int


@dataclass(frozen=True, slots=True)
class ForgetLoss:
    """It is not taken back, although its window is: there is nothing any more to wait for."""

    membership_id: MembershipId
    user_id: UserId


@dataclass(frozen=True, slots=True)
class CloseBreaker:
    """Nothing is held any more that waits for a decision: the window begins anew."""

    breaker: Breaker


@dataclass(frozen=True, slots=True)
class AcceptInvitation:
    """The person is a member now, with the roles of the invitation."""

    invitation_id: InvitationId
    membership_id: MembershipId
    user_id: UserId


@dataclass(frozen=True, slots=True)
class MakeManual:
    """The directories that let the person go have no say any more: an administrator keeps them."""

    membership_id: MembershipId
    user_id: UserId


@dataclass(frozen=True, slots=True)
class ScheduleStep:
    """A new one; or the one that was `before`, at another time."""

    step: LeavingStep
    user_id: UserId
    before: LeavingStep | None


@dataclass(frozen=True, slots=True)
class EndStep:
    """
    `taken`: it has happened; otherwise it will not: the person has `returned`, is `kept`, or `held`
    by a guard, or by the `policy` of today nothing follows.
    """

    step: LeavingStep
    user_id: UserId
    outcome: StepOutcome


@dataclass(frozen=True, slots=True)
class PurgeMembership:
    """What the organization has of the person's data goes, for good; the ids stay."""

    membership_id: MembershipId
    user_id: UserId
    purged_at: datetime


Action = (
    CreateUser
    | UpdateUser
    | Identify
    | CreateMembership
    | Manage
    | ShowProfile
    | SetStatus
    | KeepOut
    | MarkBreakGlass
    | GrantRole
    | RevokeRole
    | OpenConflict
    | CloseConflict
    | HoldNewcomer
    | EndHold
    | Park
    | Unpark
    | TripBreaker
    | ForgetLoss
    | CloseBreaker
    | AcceptInvitation
    | MakeManual
    | ScheduleStep
    | EndStep
    | PurgeMembership
)
