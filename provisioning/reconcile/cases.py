"""What the directories want of one user, before any guard has looked at it (pure)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from provisioning.ids import DirectoryId, UserId
from provisioning.reconcile.facts import (
    DirectoryUser,
    Grant,
    HoldReason,
    Invitation,
    Membership,
    Parked,
    Profile,
    Status,
)
from provisioning.reconcile.sources import Source

MASS: HoldReason = "mass_deprovisioning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A user whom a directory knows, or has known."""

    user_id: UserId
    profile: Profile
    membership: Membership | None
    held: Mapping[Source, Grant]
    """The grants, revoked ones included."""
    parked: Parked | None
    present: Sequence[DirectoryUser]
    """Whom the directories know, or have known, the user as; never empty."""
    wanted: frozenset[Source]
    letters: Sequence[Invitation]
    """Of those who may come in by them."""
    waits: bool = False
    """All directories have let the person go, who is only suspended until the grace period ends."""

    @property
    def said(self) -> Status:
        """By the directories alone."""
        return "suspended" if self.waits else said(self.present)

    @property
    def status(self) -> Status:
        """And by an administrator, who keeps some out."""
        kept_out = self.membership is not None and self.membership.kept_out
        return "suspended" if kept_out and self.said == "active" else self.said

    @property
    def wish(self) -> Status:
        """As `status`, but a grace period changes nothing of it: a deletion wants a removal."""
        return said(self.present) if self.waits else self.status

    @property
    def left_alone(self) -> bool:
        """The directories let the person go, and an administrator has taken them in since."""
        membership = self.membership
        return membership is not None and not membership.managed and self.said == "removed"

    @property
    def speaker(self) -> DirectoryUser:
        """Whose directory wrote of the person last: by its word they are what they are."""
        return max(self.present, key=lambda user: (user.spoke_at, user.id))

    @property
    def meant(self) -> Parked | None:
        """
        What is held, if it is what the directories want now: who was not to be demoted, or has been
        rejected, is not thereby spared another word. A breaker's holding ends with its directory,
        and so does a rejection of anything but the disconnection itself.
        """
        parked = self.parked
        if parked is None:
            return None
        rejected = parked.decision == "rejected" and parked.said != "disconnected"
        if (rejected or parked.reason == MASS) and self.is_cut_off(parked.directory_id):
            return None
        if parked.wanted_status == self.wish:
            return parked
        is_new = parked.wanted_status == "active" or parked.decision == "rejected"
        return None if is_new else parked

    def is_cut_off(self, directory_id: DirectoryId | None) -> bool:
        """Whether an administrator has deleted the directory."""
        return any(user.disconnected for user in self.present if user.directory_id == directory_id)

    @property
    def ends(self) -> bool:
        """Whether an active membership would end now by a directory's word."""
        return (
            self.membership is not None
            and self.membership.status == "active"
            and self.status != "active"
            and not self.membership.break_glass
            and not self.left_alone
            and not self.speaker.disconnected
        )

    @property
    def loss(self) -> bool:
        """Whether it would, and no guard has spoken of it yet."""
        return self.ends and self.meant is None


def said(present: Iterable[DirectoryUser]) -> Status:
    """One directory that says active is enough; one that still knows the person keeps the row."""
    living = [user for user in present if not user.deleted]
    if any(user.active for user in living):
        return "active"
    return "suspended" if living else "removed"
