"""Who is taken in by hand: an account that is there, or whoever has an address."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from provisioning import direct_changes, ids, organizations, users
from provisioning.admission import allowed_domains, require_domain, require_room, require_seat
from provisioning.context import Acting
from provisioning.direct_changes import live_grants, membership_of
from provisioning.email_domains import is_one_address
from provisioning.errors import NotFound, Refused, Taken
from provisioning.ids import MembershipId, OrganizationId, RoleId, UserId
from provisioning.reconcile.actions import (
    AcceptInvitation,
    Action,
    CreateMembership,
    SetStatus,
)
from provisioning.reconcile.facts import Facts, Membership
from provisioning.reconcile.granting import granting, revoking
from provisioning.store import (
    domains,
    invitations,
    membership_standing,
    outgoing_mails,
    verified_elsewhere,
)
from provisioning.store import users as user_rows
from provisioning.store.organizations import Organization
from provisioning.store.users import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """Whom to take in: an account by its id, or whoever has an address, and be it somebody new."""

    user_id: UserId | None = None
    email: str | None = None
    roles: Sequence[str] | None = None
    """By name; None: the organization's default role."""
    proven_email: str | None = None
    """By which the person has asked to be taken in, whatever the account is shown with."""


def add(
    connection: Connection,
    organization_id: OrganizationId,
    newcomer: Newcomer,
    acting: Acting,
    *,
    only_here: bool,
    organization_limit: int | None = None,
) -> MembershipId:
    """
    A pending invitation to the account's address is accepted by it: its roles are granted, too.
    `only_here`: who asks may reach no account that has never been a member here, unless the
    organization has proven the domain of its address; whoever types an address does not get the
    account behind it. `organization_limit` is of one user. Raises `NotFound` for organization,
    user or role, `Refused`, and `Taken` for an address that folds to another account's.
    """
    organization = direct_changes.lock(connection, organization_id)
    roles = _roles(connection, organization, newcomer.roles)
    user = _newcomer(connection, organization, newcomer, acting, only_here=only_here)
    known = _known(connection, organization_id, user, acting)
    before = membership_of(known, user.id)
    if before is not None and before.status != "removed":
        raise Refused("already_a_member", f"the person is membership {before.id} already")
    email = newcomer.proven_email or user.email or ""
    require_domain(allowed_domains(connection, organization), email)
    if not known.invitations:
        # The seat of who is invited has been counted since then.
        require_seat(connection, organization, acting.now)
    roles += _invited_roles(known, roles)
    require_room(len(membership_standing.of_users(connection, [user.id], None)), organization_limit)
    if before is None:
        membership_id = MembershipId(ids.new(ids.MEMBERSHIP))
        actions: list[Action] = [
            CreateMembership(membership_id, user.id, "active", user.profile, "api")
        ]
    else:
        membership_id = before.id
        membership_standing.take_in_again(connection, organization_id, membership_id)
        actions = _returning(known, before, roles)
    actions += granting(known, membership_id, user.id, roles, ids.new)
    for invitation in known.invitations:
        # The mail first, as whoever sends one does: neither waits for the other in a circle.
        outgoing_mails.cancel(connection, organization_id, invitation.id)
        actions.append(AcceptInvitation(invitation.id, membership_id, user.id))
    direct_changes.write(connection, known, user.id, actions, acting)
    return membership_id


def _roles(
    connection: Connection, organization: Organization, names: Sequence[str] | None
) -> list[RoleId]:
    if names is None:
        return [organization.default_role_id]
    return [organizations.role(connection, organization.id, name) for name in dict.fromkeys(names)]


def _newcomer(
    connection: Connection,
    organization: Organization,
    newcomer: Newcomer,
    acting: Acting,
    *,
    only_here: bool,
) -> User:
    email, user_id = newcomer.email, newcomer.user_id
    if email is not None:
        holder = user_rows.by_email(connection, email)
        if holder is None:
            vouched_by = organization.id if only_here else None
            if only_here and verified_elsewhere.names(connection, organization.id, [email]):
                raise Refused(
                    "email_domain_elsewhere",
                    "the domain of the address is another organization's: invite the person, who"
                    " may accept",
                )
            made = {"email": email, "email_vouched_by": vouched_by}
            return users.create(connection, made, acting)
        if not is_one_address(holder.email, email):
            raise Taken("user", "email")
        user_id = holder.id
    user = None if user_id is None else user_rows.lock(connection, user_id)
    stranger = user is not None and not membership_standing.is_known(
        connection, organization.id, user.id
    )
    if (
        user is not None
        and stranger
        and email is not None
        and domains.speaks_for(connection, organization.id, user.id, user.email, email)
    ):
        stranger = False
    if user is not None and only_here and stranger and email is not None:
        raise Refused(
            "user_exists_elsewhere",
            "the account of this address is another organization's, too: invite the person, who"
            " may accept",
        )
    if user is None or (only_here and stranger):
        raise NotFound("user", str(user_id))
    return user


def _known(
    connection: Connection, organization_id: OrganizationId, user: User, acting: Acting
) -> Facts:
    """The present of the person, and what is pending to the address that their account holds."""
    known = direct_changes.look(connection, organization_id, user.id)
    keys = [] if user.email_key is None else [user.email_key]
    pending = invitations.pending(connection, organization_id, keys, acting.now)
    mine = [one for one in pending if is_one_address(one.email, user.email)]
    return replace(known, invitations=tuple(mine))


def _invited_roles(known: Facts, others: Sequence[RoleId]) -> list[RoleId]:
    invited = dict.fromkeys(role for one in known.invitations for role in one.role_ids)
    return [role_id for role_id in invited if role_id in known.roles and role_id not in others]


def _returning(known: Facts, before: Membership, roles: Sequence[RoleId]) -> list[Action]:
    """Back under the same id, with the roles that are given now and no others."""
    former = [held for held in live_grants(known, before.id) if held.role_id not in roles]
    return [
        SetStatus(before.id, before.user_id, "removed", "active"),
        *revoking(before.user_id, former),
    ]
