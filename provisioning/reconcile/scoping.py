"""
Who is let in of those whom a directory brings (pure): where the organization's policy says so,
newcomers whose address is of another domain wait for an administrator, or stay out.

Only newcomers: who is a member already, and by whatever way, is never put out by it.
"""

from collections.abc import Iterator

from provisioning.email_domains import is_one_address, is_within
from provisioning.reconcile.actions import EndHold, HoldNewcomer
from provisioning.reconcile.facts import Conflict, DirectoryUser, Facts, HeldNewcomer


def is_outside(
    facts: Facts, person: DirectoryUser, conflict: Conflict | None, held: HeldNewcomer | None
) -> bool:
    """
    By the domain as it is written; without an address nobody is inside. Not whom an administrator
    has spoken for: in a decision, or in an invitation to that very address.
    """
    if facts.scope == "accept" or person.deleted:
        return False
    if is_within(person.profile.email, facts.scope_domains):
        return False
    if conflict is not None and conflict.decision is not None:
        return False
    if held is not None and held.decision == "released":
        return False
    email = person.profile.email
    return not any(is_one_address(one.email, email) for one in facts.invitations)


def holding_newcomer(
    facts: Facts, person: DirectoryUser, before: HeldNewcomer | None
) -> Iterator[HoldNewcomer]:
    """Nothing when the person is held so already. What somebody has decided stays."""
    if before is not None and before.is_decided:
        decision, decided_by = before.decision, before.decided_by
    else:
        decision, decided_by = "rejected" if facts.scope == "refuse" else None, None
    held = HeldNewcomer(person.id, person.email_key, decision, decided_by)
    if held != before:
        yield HoldNewcomer(person, held, before)


def ending(
    facts: Facts, person: DirectoryUser, held: HeldNewcomer | None, *, is_known: bool
) -> Iterator[EndHold]:
    """
    Of who is somebody here now, or has gone. Who was released and waits in a conflict is held
    still, or the scope would begin anew when the conflict is gone.
    """
    if held is None:
        return
    if person.deleted:
        yield EndHold(person, held, "gone")
    elif is_known or facts.scope == "accept" or held.decision != "released":
        yield EndHold(person, held, "admitted")
