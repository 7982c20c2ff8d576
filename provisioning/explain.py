"""Why a person has, or lacks, a role: back to the group, the mapping and the directory."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from provisioning import organizations
from provisioning.clock import rfc3339
from provisioning.errors import NotFound
from provisioning.explanations import Explanation, RoleReason, lacking, why
from provisioning.folding import fold
from provisioning.ids import MembershipId, OrganizationId
from provisioning.reconcile.facts import HeldNewcomer, HoldReason, Parked, RoleMode
from provisioning.store import (
    explanations,
    leaving_steps,
    mappings,
    memberships,
    set_aside_notes,
)
from provisioning.store.explanations import AddressStanding, Entry
from provisioning.store.memberships import Member


def explain(
    connection: Connection, organization_id: OrganizationId, email: str
) -> list[Explanation]:
    """
    One explanation for each member who speaks for the address or is shown with it; one without a
    member when there is none. Raises `NotFound` for the organization.
    """
    role_mode = organizations.get(connection, organization_id).role_mode
    email_key = fold(email)
    found = memberships.by_email(connection, organization_id, email_key)
    if not found:
        entries = explanations.entries(connection, organization_id, (), email_key)
        aside = _set_aside(
            connection, organization_id, [entry.directory_user_id for entry in entries]
        )
        return [Explanation(None, (*_absence(entries), *aside), (), ())]
    return [_explain(connection, organization_id, member, email_key, role_mode) for member in found]


def explain_membership(
    connection: Connection, organization_id: OrganizationId, membership_id: MembershipId
) -> tuple[Member, Explanation]:
    """Raises `NotFound` for the organization and for the membership."""
    role_mode = organizations.get(connection, organization_id).role_mode
    member = memberships.get(connection, organization_id, membership_id)
    if member is None:
        raise NotFound("membership", membership_id)
    email_key = fold(member.profile.email or "")
    return member, _explain(connection, organization_id, member, email_key, role_mode)


def _explain(
    connection: Connection,
    organization_id: OrganizationId,
    member: Member,
    email_key: str,
    role_mode: RoleMode,
) -> Explanation:
    everywhere = explanations.entries(connection, organization_id, (member.user_id,), email_key)
    entries = [entry for entry in everywhere if entry.linked]
    living = [entry for entry in entries if not entry.deleted]
    edges = explanations.edges(
        connection, organization_id, [entry.directory_user_id for entry in living]
    )
    reasons = [_status_reason(entry) for entry in entries]
    reasons += _unlinked(everywhere)
    if not entries:
        reasons.append("no directory manages this membership")
    if member.suspended_by == "administrator":
        reasons.append("an administrator has suspended the membership: no directory lifts that")
    reasons += _address(explanations.standing(connection, organization_id, member.user_id))
    around = {edge.group_id for edge in edges}
    subjects = {member.user_id, *around, *(entry.directory_user_id for entry in everywhere)}
    reasons += _set_aside(connection, organization_id, sorted(subjects))
    reasons += _foreseen(connection, organization_id, member.membership_id)
    held_back = explanations.parked(connection, organization_id, member.membership_id)
    if held_back is not None:
        reasons.append(_held_back(*held_back))
    if member.break_glass:
        reasons.append("break-glass: no machine suspends, removes or demotes the person")
    if member.status != "active":
        reasons.append(f"the membership is {member.status}: its roles are kept, but grant nothing")
    declared = mappings.of_organization(connection, organization_id)
    people = [entry.directory_user_id for entry in living]
    names: dict[str, str] = {entry.directory_id: entry.directory_name for entry in entries}
    held = tuple(
        RoleReason(
            role.role, why(role, people, edges, names), role, role.workspace_id, role.workspace
        )
        for role in member.roles
    )
    return Explanation(
        member, tuple(reasons), held, tuple(lacking(member, declared, people, edges, role_mode))
    )


_WHY_HELD: dict[HoldReason, str] = {
    "last_owner": "this is the last owner: the change is parked until there is another owner",
    "break_glass": "this is a break-glass member, whom no machine touches",
    "mass_deprovisioning": "{directory} let go of too many people at once for its breaker",
}


def _held_back(parked: Parked, directory: str | None) -> str:
    wanted = "less roles" if parked.wanted_status == "active" else parked.wanted_status
    why = _WHY_HELD[parked.reason].format(directory=f"directory {directory!r}")
    sentence = f"held: the directories say {wanted}, but {why}"
    if parked.decision == "rejected":
        return f"{sentence}; {parked.decided_by} has rejected it, and the person stays"
    if parked.decision == "released":
        return f"{sentence}; {parked.decided_by} has released it, and it is about to be done"
    return sentence


_STEPS = {
    "remove": "no directory knows the person any more: they are to be removed",
    "purge": "what is personal of the person is to be purged",
}


def _foreseen(
    connection: Connection, organization_id: OrganizationId, membership_id: MembershipId
) -> Iterable[str]:
    for step in leaving_steps.of_memberships(connection, organization_id, [membership_id]).values():
        if step.due_at is None:
            yield f"{_STEPS[step.step]}, but an administrator has called that off ({step.id})"
        else:
            yield f"{_STEPS[step.step]} at {rfc3339(step.due_at)} ({step.id})"


def _set_aside(
    connection: Connection, organization_id: OrganizationId, subjects: Sequence[str]
) -> Iterable[str]:
    for note in set_aside_notes.about(connection, organization_id, subjects):
        when = "with the next drain" if note.next_at is None else f"at {rfc3339(note.next_at)}"
        yield (
            f"what is new about {note.key} could not be settled and is set aside ({note.error},"
            f" {note.reason}; attempts: {note.attempts}): what is said here may be out of date. It"
            f" is tried again {when}, or by `note retry`"
        )


_WHY_SHOWN = {
    "held_by_another": "another account has it: of two who share a mailbox one has the address",
    "of_domain_elsewhere": (
        "its domain is another organization's, which has verified it: that one's word gives the"
        " address to an account, or the person's own, by signing in with it"
    ),
    "not_looked_at": "nobody else has it, and the next drain looks at that",
}


def _address(address: AddressStanding) -> Iterable[str]:
    if address.why != "held":
        yield (
            f"the account is only shown with {address.email}, and is not found by it:"
            f" {_WHY_SHOWN[address.why]}"
        )


def _status_reason(entry: Entry) -> str:
    where = f"directory {entry.directory_name!r} ({entry.directory_user_id})"
    if entry.deleted:
        return f"{where} has deleted the person"
    return f"{where} says {'active' if entry.active else 'inactive'}"


_WHY_OUT = "which is of none of the organization's verified domains (provisioning_scope):"


def _kept_out(held: HeldNewcomer) -> str:
    if held.decision is None:
        return "the person is held until an administrator releases or rejects them"
    by = "the organization" if held.decided_by is None else held.decided_by
    return f"{by} refuses the person, unless an administrator releases them"


def _absence(entries: Sequence[Entry]) -> Iterable[str]:
    yield from _unlinked(entries)
    if not entries:
        yield "no member is shown with this address, and no directory has it for anybody else"


def _unlinked(entries: Sequence[Entry]) -> Iterable[str]:
    for entry in entries:
        where = f"directory {entry.directory_name!r} ({entry.directory_user_id})"
        if entry.rejected:
            yield (
                f"{where} has this address, which is that of another account: an administrator has"
                " rejected the person, and there is no access"
            )
        elif entry.held is not None and entry.held.decision != "released":
            yield f"{where} has this address, {_WHY_OUT} {_kept_out(entry.held)}"
        elif entry.conflict:
            yield (
                f"{where} has this address, but it is the account of somebody whom this"
                " organization does not know, or has let go: a conflict is open, and there is no"
                " access yet"
            )
        elif not entry.linked:
            yield f"{where} has this address, and has not been looked at yet"
