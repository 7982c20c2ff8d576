"""Why a person has, or lacks, a role: back to the group, the mapping and the directory."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from provisioning import organizations
from provisioning.clock import rfc3339
from provisioning.errors import NotFound
from provisioning.folding import fold
from provisioning.ids import MembershipId, OrganizationId
from provisioning.reconcile.facts import HoldReason, Parked, RoleMode
from provisioning.store import explanations, mappings, memberships, set_aside_notes
from provisioning.store.explanations import Edge, Entry
from provisioning.store.mappings import Mapping
from provisioning.store.memberships import HeldRole, Member


@dataclass(frozen=True, slots=True)
class RoleReason:
    """One role the person has, with its source; or lacks, with what stands in the way."""

    role: str
    why: str
    source: HeldRole | None = None
    workspace: str | None = None
    """The name of the one in which; None: in the whole organization."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """`member` is None when the organization has no such member; `reasons` then say why."""

    member: Member | None
    reasons: tuple[str, ...]
    held: tuple[RoleReason, ...]
    lacking: tuple[RoleReason, ...]


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
    around = {edge.group_id for edge in edges}
    subjects = {member.user_id, *around, *(entry.directory_user_id for entry in everywhere)}
    reasons += _set_aside(connection, organization_id, sorted(subjects))
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
        RoleReason(role.role, _why(role, people, edges, names), role, role.workspace)
        for role in member.roles
    )
    return Explanation(
        member, tuple(reasons), held, tuple(_lacking(member, declared, people, edges, role_mode))
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


def _status_reason(entry: Entry) -> str:
    where = f"directory {entry.directory_name!r} ({entry.directory_user_id})"
    if entry.deleted:
        return f"{where} has deleted the person"
    return f"{where} says {'active' if entry.active else 'inactive'}"


def _absence(entries: Sequence[Entry]) -> Iterable[str]:
    yield from _unlinked(entries)
    if not entries:
        yield "no member is shown with this address, and no directory has it for anybody else"


def _unlinked(entries: Sequence[Entry]) -> Iterable[str]:
    for entry in entries:
        where = f"directory {entry.directory_name!r} ({entry.directory_user_id})"
        if entry.conflict:
            yield (
                f"{where} has this address, but it is the account of somebody whom this"
                " organization does not know, or has let go: a conflict is open, and there is no"
                " access yet"
            )
        elif not entry.linked:
            yield f"{where} has this address, and has not been looked at yet"


def _why(
    role: HeldRole, people: Sequence[str], edges: Sequence[Edge], directories: dict[str, str]
) -> str:
    if role.source_type == "default":
        return "every member of the organization has it"
    if role.source_type == "direct":
        return "granted by hand"
    path = _path(people, str(role.group_id), edges)
    through = " → ".join(path) if path else str(role.group_name)
    directory = directories.get(role.directory_id or "", str(role.directory_id))
    group = f"group {through} of directory {directory!r}"
    return f"member of {group}, which mapping {role.mapping_id} gives it"


def _lacking(
    member: Member,
    declared: Sequence[Mapping],
    people: Sequence[str],
    edges: Sequence[Edge],
    role_mode: RoleMode,
) -> Iterable[RoleReason]:
    held = {role.mapping_id for role in member.roles}
    roles = {(role.role, role.workspace_id) for role in member.roles}
    for mapping in declared:
        if mapping.id in held or (mapping.role, mapping.workspace_id) in roles:
            continue
        if mapping.group_id is None:
            why = f"mapping {mapping.id} waits for a group named {mapping.group_name!r}"
        elif _path(people, mapping.group_id, edges) is None:
            why = (
                f"not a member of group {mapping.group_name!r}, which mapping {mapping.id} gives it"
            )
        elif member.status == "removed":
            why = "removed: what groups gave was taken back"
        elif role_mode == "highest":
            why = f"mapping {mapping.id} gives it, but a role of higher rank is held (role_mode)"
        else:
            why = f"mapping {mapping.id} gives it, and that has not been settled yet, or is parked"
        yield RoleReason(mapping.role, why, workspace=mapping.workspace)


def _path(people: Sequence[str], group_id: str, edges: Sequence[Edge]) -> list[str] | None:
    """The names of the groups from the person up to `group_id`, the shortest way; None: no way."""
    ways: deque[tuple[str, list[str]]] = deque((person, []) for person in people)
    seen = set(people)
    while ways:
        here, names = ways.popleft()
        for edge in edges:
            if edge.member != here or edge.group_id in seen:
                continue
            way = [*names, repr(edge.group_name)]
            if edge.group_id == group_id:
                return way
            seen.add(edge.group_id)
            ways.append((edge.group_id, way))
    return None
