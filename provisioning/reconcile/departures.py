"""Who has let a person go, and who stays all the same (pure)."""

from collections.abc import Sequence

from provisioning.reconcile.facts import DirectoryUser, KeptRoles, Membership


def last_departure(present: Sequence[DirectoryUser]) -> DirectoryUser | None:
    """Who was let go last, if all were; None: nobody was, or somebody still knows the person."""
    if not present or not all(user.deleted for user in present):
        return None
    return max(present, key=lambda user: (user.gone_at is not None, user.gone_at, user.id))


def keeps(membership: Membership, present: Sequence[DirectoryUser]) -> KeptRoles | None:
    """
    With which of their roles a member stays whose last directory was disconnected so. A break-glass
    member loses none.
    """
    last = last_departure(present)
    if last is None or membership.status == "removed" or not membership.managed:
        return None
    return "direct" if last.kept and membership.break_glass else last.kept
