"""
The last step of leaving: what is personal goes, out of the organization's rows and events, and out
of the account, when no other organization has anything of the person. By a drain, which has planned
it; in its transaction, so that nobody is ever half forgotten.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from provisioning import invitation_expiry
from provisioning.events import Draft
from provisioning.ids import OrganizationId, UserId
from provisioning.reconcile.actions import Action, PurgeMembership
from provisioning.reconcile.leaving_told import user_purged
from provisioning.reconcile.telling import invitation_told
from provisioning.store import (
    awaited_addresses,
    erasure,
    invitations,
    outgoing_mails,
    roles,
    traces,
)
from provisioning.store.traces import Traces


@dataclass(frozen=True, slots=True)
class Purge:
    """What has begun, is to be told, and is finished once it is told."""

    traces: Traces | None = None
    accounts: tuple[UserId, ...] = ()
    drafts: tuple[Draft, ...] = ()
    woken: frozenset[OrganizationId] = frozenset()
    """Others in which somebody waits for an address that is free now."""


NOTHING = Purge()


def begin(
    connection: Connection,
    organization_id: OrganizationId,
    actions: Sequence[Action],
    now: datetime,
) -> Purge:
    """After the actions are written, and before anything is told of them."""
    purged = [action for action in actions if isinstance(action, PurgeMembership)]
    if not purged:
        return NOTHING
    found = traces.of_members(
        connection,
        organization_id,
        [action.membership_id for action in purged],
        [action.user_id for action in purged],
    )
    ended = _end_invitations(connection, organization_id, found, now)
    accounts = erasure.accounts(connection, found.users, now)
    released = {user_id: email_key for user_id, email_key in accounts.items() if email_key}
    woken = awaited_addresses.wake(connection, released, (), now)
    drafts = (*ended, *(user_purged(user_id, now) for user_id in accounts))
    return Purge(found, tuple(accounts), drafts, frozenset(woken - {organization_id}))


def finish(
    connection: Connection, organization_id: OrganizationId, purge: Purge, now: datetime
) -> None:
    """After everything is told: what was told just now is redacted with the rest."""
    if purge.traces is not None:
        erasure.rows(connection, organization_id, purge.traces, purge.accounts, now)


def _end_invitations(
    connection: Connection, organization_id: OrganizationId, found: Traces, now: datetime
) -> list[Draft]:
    """Those that have not ended yet: nobody knows any more whom they are for."""
    overdue = invitations.overdue(connection, organization_id, found.addresses, now)
    drafts = invitation_expiry.end(connection, overdue)
    pending = invitations.pending(connection, organization_id, found.addresses, now)
    if not pending:
        return drafts
    # The mail first, as whoever sends one does: neither waits for the other in a circle.
    keys = [invitation.id for invitation in pending]
    outgoing_mails.cancel_all(connection, organization_id, keys)
    invitations.mark_revoked(connection, organization_id, keys, now)
    known = roles.of_organization(connection, organization_id)
    for before in pending:
        after = replace(before, status="revoked", updated_at=now)
        drafts.append(invitation_told(after, known, before))
    return drafts
