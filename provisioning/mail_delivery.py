"""
Sends what is in the outbox of e-mail. The token of an invitation is made here, for each attempt a
new one: only its hash is kept, so a mail that is sent again brings another.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection, Engine

from provisioning.invitations import new_token
from provisioning.reconcile.facts import Invitation
from provisioning.store import failures, invitations, organizations, outgoing_mails, periodic_jobs
from provisioning.store.engine import transaction
from provisioning.store.organizations import Organization
from provisioning.store.outgoing_mails import OutgoingMail

INTERVAL = timedelta(seconds=5)
BUDGET_SECONDS = 30.0
_LEASE = timedelta(minutes=1)
"""One sender at a time, lest a mail server that does not answer hold up every worker."""
_AWAY_PAUSE = timedelta(seconds=30)
_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=6)
_PATIENCE = timedelta(days=3)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationMail:
    """What a mail has to say, and to whom."""

    organization: Organization
    invitation: Invitation
    token: str


class Undeliverable(Exception):
    """
    The server's words about it, without addresses. `permanent`: it will say so again (a 5xx);
    `away`: it says nothing to anybody at present.
    """

    def __init__(self, problem: str, *, permanent: bool = False, away: bool = False) -> None:
        super().__init__(problem)
        self.problem = problem
        self.permanent = permanent
        self.away = away


Send = Callable[[InvitationMail], None]
"""Returns when the server has taken the mail. Raises `Undeliverable`."""


def deliver(
    engine: Engine,
    now: Callable[[], datetime],
    send: Send,
    *,
    budget_seconds: float = BUDGET_SECONDS,
    monotonic: Callable[[], float] = time.monotonic,
) -> int:
    """Until nothing is due, the server is away, or the budget is spent. How many were sent."""
    with transaction(engine) as connection:
        if not periodic_jobs.claim(connection, "send_mails", now(), _LEASE):
            return 0
    deadline = monotonic() + budget_seconds
    pause = timedelta()
    sent = 0
    try:
        while monotonic() < deadline:
            with transaction(engine) as connection:
                mail = outgoing_mails.due(connection, now())
                written = None if mail is None else _begin(connection, mail, now())
            if mail is None:
                break
            if written is None:
                continue
            # Outside of any transaction: a server may take its time.
            problem = _attempt(send, written)
            with transaction(engine) as connection:
                _note(connection, mail, problem, now())
            sent += problem is None
            if problem is not None and problem.away:
                pause = _AWAY_PAUSE
                break
    finally:
        with transaction(engine) as connection:
            periodic_jobs.put_off(connection, "send_mails", now() + pause)
    return sent


def _begin(connection: Connection, mail: OutgoingMail, now: datetime) -> InvitationMail | None:
    """None: there is nothing to send any more."""
    organization = organizations.get(connection, mail.organization_id)
    invitation = invitations.get(connection, mail.organization_id, mail.invitation_id, now)
    if organization is None or invitation is None or invitation.status != "pending":
        outgoing_mails.give_up(connection, mail, "the invitation was no longer pending")
        return None
    # Before it is sent: a worker that dies meanwhile has not sent it, as far as anybody knows.
    outgoing_mails.begin(connection, mail, now + _pause(mail.attempts))
    token, token_hash = new_token()
    invitations.set_token(connection, mail.organization_id, mail.invitation_id, token_hash)
    return InvitationMail(organization=organization, invitation=invitation, token=token)


def _pause(attempts: int) -> timedelta:
    pause: timedelta = _FIRST_PAUSE * 2 ** min(attempts, 10)
    return min(pause, _LONGEST_PAUSE)


def _attempt(send: Send, written: InvitationMail) -> Undeliverable | None:
    try:
        send(written)
    except Undeliverable as problem:
        return problem
    except Exception as error:  # noqa: BLE001 - a defect, of this mail: the others wait behind it
        return Undeliverable(f"{failures.kind(error)} {failures.whereabouts(error)}")
    return None


def _note(
    connection: Connection, mail: OutgoingMail, problem: Undeliverable | None, now: datetime
) -> None:
    if problem is None:
        outgoing_mails.mark_sent(connection, mail, now)
        return
    log.warning("mail not sent", mail_id=mail.id, problem=problem.problem)
    if problem.permanent or now >= mail.created_at + _PATIENCE:
        outgoing_mails.give_up(connection, mail, problem.problem)
    else:
        outgoing_mails.mark_failed(connection, mail, problem.problem)
