"""
An invitation is accepted by its token, which only the owner of the address can have: the account of
that address joins, whoever made it, or a new one does.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from provisioning import bearer_secrets, ids, invitations, join_request_endings
from provisioning.admission import require_room
from provisioning.context import Acting
from provisioning.email_domains import is_of_one_domain, is_one_address
from provisioning.errors import Collision, NotFound, Refused
from provisioning.ids import MembershipId, OrganizationId, UserId
from provisioning.reconcile.facts import Facts, Invitation, Profile
from provisioning.reconcile.joining import join
from provisioning.reconcile.telling import told
from provisioning.store import (
    changes,
    events,
    facts,
    joining,
    membership_standing,
    outgoing_mails,
    syncs,
    users,
    verified_elsewhere,
)
from provisioning.store import invitations as store


@dataclass(frozen=True, slots=True)
class Accepted:
    """Who has become a member by it."""

    invitation: Invitation
    user_id: UserId
    membership_id: MembershipId


def by_token(
    connection: Connection, token: str, only: OrganizationId | None, by: Acting
) -> Invitation:
    """With `only`, an invitation of that organization. Raises `NotFound`."""
    found = store.by_token(connection, bearer_secrets.hashed(token), only, by.now)
    if found is None:
        raise NotFound("invitation", "of this token")
    return found


def accept(
    connection: Connection,
    token: str,
    person: Profile,
    only: OrganizationId | None,
    by: Acting,
    *,
    organization_limit: int | None = None,
) -> Accepted:
    """
    `person` is what a new account is shown as; one that exists keeps its profile.
    `organization_limit` is of one user. Raises `NotFound` for the token, and `Refused` unless the
    invitation is pending, for a suspended membership, beyond the limit, and for a token that proves
    no address where only a proof counts; `Collision` when the account has gone just now.
    """
    organization_id = by_token(connection, token, only, by).organization_id
    syncs.wait(connection, organization_id)
    # Read again under the lock: it may have been accepted, revoked or sent again meanwhile.
    invitation = by_token(connection, token, only, by)
    if invitation.status == "expired":
        raise Refused("invitation_expired", "the invitation has expired")
    if invitation.status != "pending":
        raise invitations.not_pending(invitation)
    _require_proof(connection, invitation)
    known = _known(connection, invitation, by.now)
    _require_room(connection, known, organization_limit)
    _prove_address(connection, known, invitation, by.now)
    shown = replace(person, email=invitation.email)
    actions, accepted = join(known, invitation, shown, ids.new)
    # The mail first, as whoever sends one does: neither waits for the other in a circle.
    outgoing_mails.cancel(connection, organization_id, invitation.id)
    changes.write(connection, organization_id, actions, by.now)
    if any(membership.status == "removed" for membership in known.memberships):
        joining.forget_leaving(connection, organization_id, accepted.user_id)
    joining.note_disputes(connection, organization_id, accepted.user_id, by.now)
    joined = [accepted.user_id]
    withdrawn = join_request_endings.withdrawn(connection, organization_id, joined, by.now)
    drafts = [*told(known, actions), *withdrawn]
    events.append(connection, organization_id, drafts, actor=by.actor, now=by.now)
    after = invitations.get(connection, organization_id, invitation.id, by.now)
    return Accepted(after, accepted.user_id, accepted.membership_id)


def _require_proof(connection: Connection, invitation: Invitation) -> None:
    """Of an address of another's domain, a token that the inviters were shown says nothing."""
    elsewhere = verified_elsewhere.names(
        connection, invitation.organization_id, [invitation.email] if invitation.token_shown else []
    )
    if elsewhere:
        raise Refused(
            "address_not_proven",
            "the domain of the address is another organization's: the person accepts by signing in"
            " with it, or by a token that came by e-mail",
        )


def _prove_address(
    connection: Connection, known: Facts, invitation: Invitation, now: datetime
) -> None:
    """The token came by e-mail: the address is the person's own, whoever has vouched for it."""
    for account in known.accounts:
        if not invitation.token_shown and is_of_one_domain(account.profile.email, invitation.email):
            users.claim_address(connection, account.id, invitation.email_key, now)


def _known(connection: Connection, invitation: Invitation, now: datetime) -> Facts:
    known = facts.read_holder(connection, invitation.organization_id, invitation.email_key, now)
    if any(membership.status == "suspended" for membership in known.memberships):
        raise Refused(
            "membership_suspended", "the person's membership is suspended; only that can be lifted"
        )
    if not all(is_one_address(one.profile.email, invitation.email) for one in known.accounts):
        raise Refused(
            "account_conflict",
            "another account has an address that is this one but for its spelling, and so far only"
            " one of the two can have an account",
        )
    return replace(known, invitations=(invitation,))


def _require_room(connection: Connection, known: Facts, most: int | None) -> None:
    for account in known.accounts:
        # Nobody takes them in elsewhere by the same count.
        if users.lock(connection, account.id) is None:
            raise Collision
        standings = membership_standing.of_users(connection, [account.id], None)
        elsewhere = [one for one in standings if one.organization_id != known.organization_id]
        require_room(len(elsewhere), most)
