"""What the plan knows: the present of one batch of people, read in a fixed number of queries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    LeavingStepId,
    MappingId,
    MembershipId,
    OrganizationId,
    RoleId,
    UserId,
    WorkspaceId,
)

Status = Literal["active", "suspended", "removed"]
Decision = Literal["link", "keep_apart"]
SourceType = Literal["direct", "mapping", "default"]
RoleMode = Literal["union", "highest"]
Way = Literal["directory", "api", "sign_in", "invitation", "domain"]
"""How a person came to be known, or a member."""
InvitationStatus = Literal["pending", "accepted", "expired", "revoked"]
HoldReason = Literal["last_owner", "break_glass", "mass_deprovisioning"]
ProvisioningScope = Literal["accept", "hold", "refuse"]
"""What becomes of newcomers whose address is outside the organization's own domains."""
Verdict = Literal["released", "rejected"]
"""What an administrator says of a held change."""
Said = Literal["active", "inactive", "deleted", "disconnected"]
"""A directory's word on a person; `disconnected`: an administrator has deleted the directory."""
SuspendedBy = Literal["administrator", "directory"]
Step = Literal["remove", "purge"]
KeptRoles = Literal["direct", "drop"]
"""What becomes of the roles that groups gave to whoever stays: granted by hand now, or revoked."""
OWNER = RoleId("role_owner")
ADMIN = RoleId("role_admin")


@dataclass(frozen=True, slots=True)
class Profile:
    """What is shown of a person."""

    email: str | None
    display_name: str | None
    given_name: str | None
    family_name: str | None

    def tree(self) -> dict[str, str | None]:
        """The attributes by their names; `dataclasses.asdict` takes ten times as long."""
        return {
            "email": self.email,
            "display_name": self.display_name,
            "given_name": self.given_name,
            "family_name": self.family_name,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryUser:
    """A User as its directory left it; `deleted` ones are tombstones."""

    id: DirectoryUserId
    directory_id: DirectoryId
    user_name_folded: str
    external_id: str | None
    active: bool
    deleted: bool
    email_key: str | None
    profile: Profile
    spoke_at: datetime
    """When its directory last wrote of the person, or was deleted."""
    disconnected: bool = False
    """`deleted` because an administrator has deleted the directory."""
    gone_at: datetime | None = None
    """Of a deleted one: since when its directory does not know it any more."""
    kept: KeptRoles | None = None
    """The directory was disconnected, and its people are kept."""

    @property
    def said(self) -> Said:
        if self.disconnected:
            return "disconnected"
        if self.deleted:
            return "deleted"
        return "active" if self.active else "inactive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An identity: this directory user is that user."""

    identity_id: IdentityId
    user_id: UserId
    directory_user_id: DirectoryUserId
    directory_id: DirectoryId
    external_id: str | None
    user_name_folded: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user, and whose word on the profile counts."""

    id: UserId
    email_key: str | None
    authority_directory_id: DirectoryId | None
    profile: Profile
    abandoned: bool = False
    """The authority is this organization's, and none of its directories knows the person now."""
    known_elsewhere: bool = False
    """Another organization has, or had, the person as a member."""
    signs_in_elsewhere: bool = False
    """
    Somebody signs in as it whom another organization's issuer has named, or whose address another
    organization's directory says.
    """
    domains_of_others: frozenset[str] = frozenset()
    """Those of `verified_domains` that one of these organizations has had before."""


@dataclass(frozen=True, slots=True)
class Loss:
    """An active membership has ended by a directory's word, and nobody has decided so since."""

    directory_id: DirectoryId
    at: datetime


@dataclass(frozen=True, slots=True)
class Parked:
    """A change that the directories want and that waits, or was rejected."""

    wanted_status: Status
    reason: HoldReason = "last_owner"
    directory_id: DirectoryId | None = None
    """Whose breaker holds it; else the one that spoke last."""
    decision: Verdict | None = None
    decided_by: str | None = None
    said: Said | None = None
    """By that word; a decision is about it. None: told by nobody yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """
    The guard of one directory: when more than `max_count` of its people, and more than `max_share`
    of them, are lost in its window, losses are held.
    """

    directory_id: DirectoryId
    enabled: bool
    max_count: int
    max_share: float
    window_seconds: int
    tripped: bool
    since: datetime
    """When its window began; while it is tripped, the one that is judged as one."""
    lost: int
    """Memberships of this window that are not among `memberships` and are still lost."""
    people: int | None
    """Active ones whom the directory spoke for in the window; None: so few are lost that it cannot
    matter."""
    holds_others: bool
    """Whether it holds, undecided, somebody who is not among `memberships`."""


@dataclass(frozen=True, slots=True)
class Membership:
    id: MembershipId
    user_id: UserId
    status: Status
    told: Profile | None
    """
    What the organization's events have said of the person; None: a release that kept no such record
    took them in, and told what was shown.
    """
    kept_out: bool = False
    """An administrator has suspended it: the directories may say what they like."""
    managed: bool = True
    """Whether a directory has known the person since an administrator last took them in."""
    break_glass: bool = False
    """No machine suspends, removes or demotes the person."""
    lost: Loss | None = None
    removed_at: datetime | None = None
    """Of a removed one."""


def suspended_by(status: Status, *, kept_out: bool) -> SuspendedBy | None:
    """None: the membership is not suspended."""
    if status != "suspended":
        return None
    return "administrator" if kept_out else "directory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A role held by a membership, with its source; a revoked one keeps its id for a return."""

    id: GrantId
    membership_id: MembershipId
    role_id: RoleId
    source_type: SourceType
    source_id: str
    revoked: bool
    group_id: DirectoryGroupId | None = None
    """Of a mapped grant: the group that gave it, which the mapping may have left since."""
    directory_id: DirectoryId | None = None
    workspace_id: WorkspaceId | None = None
    """Where it holds; None: in the whole organization."""
    workspace_name: str | None = None
    revoked_at: datetime | None = None
    giving: RoleId | None = None
    """
    Of a mapped grant: the role its mapping gives now, or gave until its directory was disconnected;
    None: an administrator has removed it.
    """
    declared: bool = True
    """Of a mapped grant: its mapping is there."""


@dataclass(frozen=True, slots=True)
class Role:
    """The higher rank outranks."""

    name: str
    rank: int


@dataclass(frozen=True, slots=True)
class MappedRole:
    """A role that a mapping gives a directory user who is, directly or not, in its group."""

    directory_user_id: DirectoryUserId
    mapping_id: MappingId
    role_id: RoleId
    group_id: DirectoryGroupId
    workspace_id: WorkspaceId | None = None
    workspace_name: str | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """An open conflict: the directory user has the address of that user, who is a stranger here."""

    id: ConflictId
    directory_user_id: DirectoryUserId
    user_id: UserId
    decision: Decision | None = None
    """What an administrator has said; None: nothing yet."""
    decided_by: str | None = None
    rejected: bool = False
    """An administrator lets nobody in by it, until one says something else in `decision`."""


@dataclass(frozen=True, slots=True)
class HeldNewcomer:
    """A directory user outside the scope, who is nobody here yet."""

    directory_user_id: DirectoryUserId
    email_key: str | None
    decision: Verdict | None = None
    """None: it waits for one."""
    decided_by: str | None = None
    """The administrator; None with a decision: the organization's policy refuses."""

    @property
    def is_decided(self) -> bool:
        """By somebody, who has said more than a policy does."""
        return self.decided_by is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """Who was invited; `pending` only until `expires_at`, whatever the row still says."""

    id: InvitationId
    organization_id: OrganizationId
    email: str
    email_key: str
    role_ids: tuple[RoleId, ...]
    metadata: Mapping[str, str]
    status: InvitationStatus
    invited_by: str | None
    resent_count: int
    expires_at: datetime
    created_at: datetime
    updated_at: datetime
    """When it was made or sent again, or its status became another."""
    accepted_at: datetime | None = None
    accepted_user_id: UserId | None = None
    token_shown: bool = False
    """To a key of the organization: who has the token need not have the mailbox."""


@dataclass(frozen=True, slots=True)
class LeavingPolicy:
    """
    How long between a directory's letting somebody go and the removal, suspended meanwhile; and
    between the removal and the purge of personal data, None: never.
    """

    grace_seconds: int
    retention_seconds: int | None
    changed_at: datetime
    inherited: bool = False
    """By a directory, from its organization."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavingStep:
    """What is to become of a membership, and when."""

    id: LeavingStepId
    membership_id: MembershipId
    step: Step
    directory_id: DirectoryId | None
    """Whose word, and whose policy, it is; None: the organization's."""
    planned_at: datetime
    """By the policy."""
    due_at: datetime | None
    """Not as planned: as an administrator has put it off; None: called off, or `put_off_to`."""
    put_off_to: datetime | None = None
    """What an administrator has put it off to, while no policy asks for it."""

    @property
    def is_put_off(self) -> bool:
        return self.due_at != self.planned_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """
    One batch of an organization: `batch` are the directory users to be looked at, the rest is
    everything that bears on the users they are, could be, or share a link with.
    """

    organization_id: OrganizationId
    now: datetime
    default_role_id: RoleId
    role_mode: RoleMode
    roles: Mapping[RoleId, Role]
    batch: tuple[DirectoryUser, ...]
    linked: tuple[DirectoryUser, ...]
    links: tuple[Link, ...]
    accounts: tuple[Account, ...]
    memberships: tuple[Membership, ...]
    grants: tuple[Grant, ...]
    mapped: tuple[MappedRole, ...]
    another_owner: bool
    """Whether somebody who is not among `memberships` is an active owner."""
    parked: Mapping[MembershipId, Parked]
    """Of `memberships`."""
    conflicts: tuple[Conflict, ...]
    invitations: tuple[Invitation, ...] = ()
    """The pending ones for addresses of `batch` and `linked`."""
    breakers: tuple[Breaker, ...] = ()
    """Of the organization's directories."""
    verified_domains: frozenset[str] = frozenset()
    """Those that the organization has proven: it speaks for their addresses."""
    domains_elsewhere: frozenset[str] = frozenset()
    """Those of `batch` and `linked` that another organization has proven: it alone does."""
    scope: ProvisioningScope = "accept"
    scope_domains: frozenset[str] = frozenset()
    """
    Those inside of which newcomers are: verified, or lapsed and nobody else's, for a record that
    is lost is to lock nobody out.
    """
    held_newcomers: tuple[HeldNewcomer, ...] = ()
    """Of `batch`."""
    policies: Mapping[DirectoryId | None, LeavingPolicy] = field(default_factory=dict)
    """Of directories that have one of their own; that of None is the organization's."""
    steps: Mapping[MembershipId, LeavingStep] = field(default_factory=dict)
    """Of `memberships`."""
    expected: frozenset[UserId] = frozenset()
    """Of those who have left who may be about to come back: nothing of them is purged now."""
