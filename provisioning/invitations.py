"""
Invitations: pending until somebody accepts, an administrator revokes, or their time is over.

The secret of one is made when it is sent, and only its hash is kept: holding it is the person's own
proof of the address, unless a key of the organization was shown it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from provisioning import admission, bearer_secrets, email_addresses, ids, organizations
from provisioning.context import Acting
from provisioning.errors import NotFound, ProvisioningError, Refused, UnknownRole
from provisioning.events import Draft
from provisioning.folding import fold
from provisioning.ids import InvitationId, OrganizationId, RoleId
from provisioning.invitation_expiry import end
from provisioning.reconcile.facts import Invitation
from provisioning.reconcile.telling import invitation_told
from provisioning.store import (
    events,
    held_newcomers,
    invitations,
    outgoing_mails,
    roles,
    syncs,
)
from provisioning.store.organizations import Organization

DAYS = 7
MOST_DAYS = 30
RESEND_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One person to invite; `roles` by name, none: the organization's default role."""

    email: str
    roles: tuple[str, ...] = ()
    expires_in_days: int = DAYS
    send_email: bool = True
    metadata: Mapping[str, str]
    invited_by: str | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """`token` is None where an e-mail will bring it."""

    invitation: Invitation
    token: str | None


def new_token() -> tuple[str, str]:
    """A secret, and what is kept of it."""
    token = bearer_secrets.new()
    return token, bearer_secrets.hashed(token)


def invite(
    connection: Connection,
    organization_id: OrganizationId,
    wishes: Sequence[Wish],
    by: Acting,
    *,
    sends_email: bool,
    by_organization: bool = False,
) -> list[Issued | ProvisioningError]:
    """
    What has become of each wish, in their order, by a fixed number of statements: the invitation,
    or why there is none. `by_organization`: a key of its own asks, and is shown the tokens that no
    e-mail brings. Raises `NotFound` for the organization.
    """
    organization = organizations.get(connection, organization_id)
    syncs.wait(connection, organization_id)
    keys = {fold(wish.email) for wish in wishes if email_addresses.is_address(wish.email)}
    told = end(connection, invitations.overdue(connection, organization_id, keys, by.now))
    admitting = _Admitting(
        connection,
        organization,
        keys,
        by.now,
        sends_email=sends_email,
        by_organization=by_organization,
    )
    outcomes = [admitting.judge(wish) for wish in wishes]
    issued = [outcome for outcome in outcomes if isinstance(outcome, Issued)]
    made = [
        (one.invitation, bearer_secrets.hashed(one.token) if one.token else None) for one in issued
    ]
    invitations.insert(connection, made)
    mailed = [one.invitation.id for one in issued if one.token is None]
    outgoing_mails.insert(connection, organization_id, mailed, by.now)
    invited = {one.invitation.email_key for one in issued}
    held_newcomers.wake_invited(connection, organization_id, invited, by.now)
    told += [invitation_told(one.invitation, admitting.roles, None) for one in issued]
    events.append(connection, organization_id, told, actor=by.actor, now=by.now)
    return outcomes


class _Admitting:
    """What decides about wishes, read once; each that is granted counts for the next."""

    def __init__(
        self,
        connection: Connection,
        organization: Organization,
        keys: set[str],
        now: datetime,
        *,
        sends_email: bool,
        by_organization: bool,
    ) -> None:
        self.roles = roles.grantable(connection, organization.id)
        self._names = {role.name: role_id for role_id, role in self.roles.items()}
        self._organization = organization
        self._now = now
        self._sends_email = sends_email
        self._by_organization = by_organization
        self._members = invitations.members(connection, organization.id, keys)
        pending = invitations.pending(connection, organization.id, keys, now)
        self._invited = {invitation.email_key for invitation in pending}
        self._allowed = admission.allowed_domains(connection, organization)
        self._free = admission.free_seats(connection, organization, now)

    def judge(self, wish: Wish) -> Issued | ProvisioningError:
        try:
            return self._issue(wish)
        except ProvisioningError as refusal:
            return refusal

    def _issue(self, wish: Wish) -> Issued:
        email_addresses.require(wish.email)
        email_key = fold(wish.email)
        require_email(wish.send_email, self._sends_email)
        admission.require_domain(self._allowed, wish.email)
        if email_key in self._members:
            raise already_a_member()
        if email_key in self._invited:
            raise already_invited()
        role_ids = self._role_ids(wish.roles)
        if self._free is not None:
            if self._free <= 0:
                raise admission.no_seat(self._organization)
            self._free -= 1
        self._invited.add(email_key)
        invitation = Invitation(
            id=InvitationId(ids.new(ids.INVITATION)),
            organization_id=self._organization.id,
            email=wish.email,
            email_key=email_key,
            role_ids=role_ids,
            metadata=wish.metadata,
            status="pending",
            invited_by=wish.invited_by,
            resent_count=0,
            expires_at=self._now + timedelta(days=wish.expires_in_days),
            created_at=self._now,
            updated_at=self._now,
            token_shown=self._by_organization and not wish.send_email,
        )
        return Issued(invitation, None if wish.send_email else new_token()[0])

    def _role_ids(self, names: Sequence[str]) -> tuple[RoleId, ...]:
        for name in names:
            if name not in self._names:
                raise UnknownRole(name, sorted(self._names))
        found = [self._names[name] for name in dict.fromkeys(names)]
        return tuple(found) or (self._organization.default_role_id,)


def get(
    connection: Connection,
    organization_id: OrganizationId,
    invitation_id: InvitationId,
    now: datetime,
) -> Invitation:
    """Raises `NotFound`."""
    found = invitations.get(connection, organization_id, invitation_id, now)
    if found is None:
        raise NotFound("invitation", invitation_id)
    return found


def resend(
    connection: Connection,
    organization_id: OrganizationId,
    invitation_id: InvitationId,
    by: Acting,
    *,
    send_email: bool,
    expires_in_days: int | None,
    sends_email: bool,
    by_organization: bool = False,
) -> Issued:
    """
    A new token; the former one opens nothing any more. One that has expired is pending again, for
    another week unless said otherwise. Raises `NotFound` and `Refused`.
    """
    organization = organizations.get(connection, organization_id)
    syncs.wait(connection, organization_id)
    before = get(connection, organization_id, invitation_id, by.now)
    require_email(send_email, sends_email)
    admission.require_domain(admission.allowed_domains(connection, organization), before.email)
    if before.status == "expired":
        _require_roles(connection, before)
        told = _require_room(connection, organization, before, by.now)
        expires_in_days = expires_in_days or DAYS
    elif before.status != "pending":
        raise not_pending(before)
    elif by.now < before.updated_at + RESEND_AFTER:
        raise Refused("resent_too_soon", "an invitation is sent once a minute at most")
    else:
        told = []
    expires_at = before.expires_at
    if expires_in_days is not None:
        expires_at = by.now + timedelta(days=expires_in_days)
    after = replace(
        before,
        status="pending",
        resent_count=before.resent_count + 1,
        expires_at=expires_at,
        updated_at=by.now,
        token_shown=by_organization and not send_email,
    )
    token, token_hash = (None, None) if send_email else new_token()
    # The mail first, as whoever sends one does: neither waits for the other in a circle.
    outgoing_mails.cancel(connection, organization_id, invitation_id)
    invitations.update(connection, after)
    invitations.set_token(connection, organization_id, invitation_id, token_hash)
    if send_email:
        outgoing_mails.insert(connection, organization_id, [invitation_id], by.now)
    known = roles.of_organization(connection, organization_id)
    told.append(invitation_told(after, known, before))
    events.append(connection, organization_id, told, actor=by.actor, now=by.now)
    return Issued(after, token)


def revoke(
    connection: Connection,
    organization_id: OrganizationId,
    invitation_id: InvitationId,
    by: Acting,
) -> Invitation:
    """Nobody can accept it any more. Raises `NotFound`, and `Refused` unless it is pending."""
    syncs.wait(connection, organization_id)
    before = get(connection, organization_id, invitation_id, by.now)
    if before.status != "pending":
        raise not_pending(before)
    after = replace(before, status="revoked", updated_at=by.now)
    outgoing_mails.cancel(connection, organization_id, invitation_id)
    invitations.update(connection, after)
    known = roles.of_organization(connection, organization_id)
    told = [invitation_told(after, known, before)]
    events.append(connection, organization_id, told, actor=by.actor, now=by.now)
    return after


def require_email(wanted: bool, sends_email: bool) -> None:  # noqa: FBT001 - two questions of one kind
    """Raises `Refused` where an e-mail is wanted and nothing can send one."""
    if wanted and not sends_email:
        raise Refused(
            "email_not_configured",
            "this installation sends no e-mail; ask for the token instead"
            " (send_email: false, or --no-email)",
        )


def not_pending(found: Invitation) -> Refused:
    """It was accepted, revoked, or has expired."""
    return Refused("invitation_not_pending", f"the invitation is {found.status}")


def already_a_member() -> Refused:
    return Refused("already_a_member", "the person is a member of the organization")


def already_invited() -> Refused:
    return Refused("email_already_invited", "there is a pending invitation to this address")


def _require_roles(connection: Connection, before: Invitation) -> None:
    """Only pending invitations keep a role from being deleted."""
    if not roles.grantable(connection, before.organization_id).keys() >= set(before.role_ids):
        raise Refused("role_deleted", "a role of the invitation has been deleted: invite anew")


def _require_room(
    connection: Connection, organization: Organization, before: Invitation, now: datetime
) -> list[Draft]:
    """What was expired is to be pending again. Others' expiry may have to be told first."""
    keys = {before.email_key}
    overdue = invitations.overdue(connection, organization.id, keys, now)
    others = [one for one in overdue if one.id != before.id]
    told = end(connection, others)
    if invitations.members(connection, organization.id, keys):
        raise already_a_member()
    if invitations.pending(connection, organization.id, keys, now):
        raise already_invited()
    admission.require_seat(connection, organization, now)
    return told
