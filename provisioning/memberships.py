"""Memberships as administrators change them; what directories say of people is in `drain`."""

from sqlalchemy import Connection

from provisioning import direct_changes, ids, organizations
from provisioning.context import Acting
from provisioning.direct_changes import live_grants, membership_of
from provisioning.errors import NotFound, Refused
from provisioning.ids import MembershipId, OrganizationId
from provisioning.reconcile.actions import Action, KeepOut, MarkBreakGlass, SetStatus
from provisioning.reconcile.facts import OWNER, Facts, Membership
from provisioning.reconcile.granting import granting, revoking
from provisioning.store import membership_standing, memberships
from provisioning.store.memberships import Member


def get(
    connection: Connection, organization_id: OrganizationId, membership_id: MembershipId
) -> Member:
    """Raises `NotFound`."""
    found = memberships.get(connection, organization_id, membership_id)
    if found is None:
        raise NotFound("membership", membership_id)
    return found


def suspend(
    connection: Connection,
    organization_id: OrganizationId,
    membership_id: MembershipId,
    acting: Acting,
) -> None:
    """
    Until an administrator reactivates it, whatever the directories say. Raises `NotFound`, and
    `Refused` for the last owner and for who is removed.
    """
    known, membership = _present(connection, organization_id, membership_id)
    if membership.kept_out:
        return
    actions: list[Action] = []
    if membership.status == "active":
        direct_changes.require_another_owner(known, membership)
        actions.append(SetStatus(membership.id, membership.user_id, "active", "suspended"))
    actions.append(KeepOut(membership.id, membership.user_id, kept_out=True))
    direct_changes.write(connection, known, membership.user_id, actions, acting)


def reactivate(
    connection: Connection,
    organization_id: OrganizationId,
    membership_id: MembershipId,
    acting: Acting,
) -> None:
    """
    From now on the directories' word counts again: whom they call inactive stays suspended. Raises
    `NotFound`, and `Refused` for who is removed, or suspended by nobody but the directories, or let
    go by them.
    """
    known, membership = _present(connection, organization_id, membership_id)
    if membership.status == "active":
        return
    people = direct_changes.known_by(known, membership.user_id)
    leaves = membership.managed and not people and membership.id in known.steps
    if leaves and not membership.kept_out:
        raise Refused(
            "membership_leaves",
            f"the directories have let the person go: call {known.steps[membership.id].id} off",
        )
    if people and not membership.kept_out:
        raise Refused(
            "managed_by_directory",
            f"suspended by {', '.join(sorted({person.directory_id for person in people}))}:"
            " activate the person there",
        )
    actions: list[Action] = []
    if not leaves and (not people or any(person.active for person in people)):
        actions.append(SetStatus(membership.id, membership.user_id, "suspended", "active"))
    if membership.kept_out:
        actions.append(KeepOut(membership.id, membership.user_id, kept_out=False))
    direct_changes.write(connection, known, membership.user_id, actions, acting)


def remove(
    connection: Connection,
    organization_id: OrganizationId,
    membership_id: MembershipId,
    acting: Acting,
) -> None:
    """
    With every role; the row stays as history. Who is removed already stays so. Raises `NotFound`,
    and `Refused` for whom a directory knows, and for the last owner.
    """
    known, membership = _known(connection, organization_id, membership_id)
    if membership.status == "removed":
        return
    direct_changes.require_unmanaged(known, membership.user_id)
    direct_changes.require_another_owner(known, membership)
    actions = direct_changes.leaving(known, membership)
    direct_changes.write(connection, known, membership.user_id, actions, acting)


def grant(
    connection: Connection,
    organization_id: OrganizationId,
    membership_id: MembershipId,
    role: str,
    acting: Acting,
) -> None:
    """
    By hand: it survives whatever the directories say. What is so already changes nothing. Raises
    `NotFound` for membership or role, and `Refused` for who is removed.
    """
    known, membership = _present(connection, organization_id, membership_id)
    role_id = organizations.role(connection, organization_id, role)
    actions = granting(known, membership_id, membership.user_id, [role_id], ids.new)
    direct_changes.write(connection, known, membership.user_id, actions, acting)


def revoke(
    connection: Connection,
    organization_id: OrganizationId,
    membership_id: MembershipId,
    role: str,
    acting: Acting,
) -> None:
    """
    What was granted by hand. Raises `NotFound` for membership, role or grant, and `Refused` for a
    grant that is not by hand, and for the last owner's.
    """
    known, membership = _known(connection, organization_id, membership_id)
    role_id = organizations.role(connection, organization_id, role)
    live = live_grants(known, membership_id)
    of_role = [held for held in live if held.role_id == role_id and held.workspace_id is None]
    direct = [held for held in of_role if held.source_type == "direct"]
    if not of_role:
        raise NotFound("role of the membership", role)
    if not direct:
        sources = sorted({held.source_type for held in of_role})
        raise Refused(
            "grant_not_direct", f"the role comes by {', '.join(sources)}: change it there"
        )
    if role_id == OWNER and of_role == direct:
        direct_changes.require_another_owner(known, membership)
    actions = revoking(membership.user_id, direct)
    direct_changes.write(connection, known, membership.user_id, actions, acting)


def set_break_glass(
    connection: Connection,
    organization_id: OrganizationId,
    membership_id: MembershipId,
    acting: Acting,
    *,
    break_glass: bool,
) -> None:
    """
    While it is true no machine suspends, removes or demotes the person: what the directories want
    is held, and shown as such. Administrators still can. Raises `NotFound`, and `Refused` for who
    is removed.
    """
    known, membership = _present(connection, organization_id, membership_id)
    if membership.break_glass == break_glass:
        return
    actions = [MarkBreakGlass(membership_id, membership.user_id, break_glass)]
    direct_changes.write(connection, known, membership.user_id, actions, acting)


def _known(
    connection: Connection, organization_id: OrganizationId, membership_id: MembershipId
) -> tuple[Facts, Membership]:
    direct_changes.lock(connection, organization_id)
    user_id = membership_standing.user_of(connection, organization_id, membership_id)
    known = None if user_id is None else direct_changes.look(connection, organization_id, user_id)
    found = None if known is None or user_id is None else membership_of(known, user_id)
    if known is None or found is None:
        raise NotFound("membership", membership_id)
    return known, found


def _present(
    connection: Connection, organization_id: OrganizationId, membership_id: MembershipId
) -> tuple[Facts, Membership]:
    known, found = _known(connection, organization_id, membership_id)
    if found.status == "removed":
        raise Refused("membership_removed", "the person is no member any more: add them again")
    return known, found
