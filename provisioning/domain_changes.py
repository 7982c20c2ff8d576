"""
What becomes of a claim: written, told, and heeded by whoever it concerns. Each is the last in its
transaction.
"""

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from provisioning import organizations
from provisioning.context import Acting
from provisioning.events import Draft, EventType, former_values
from provisioning.store import (
    domain_holdings,
    domain_locks,
    domains,
    events,
    roles,
    verified_elsewhere,
)
from provisioning.store.domains import Domain, Method


def verify(
    connection: Connection, before: Domain, method: Method, by: Acting, **found: Any
) -> Domain:
    """
    With what was `found` about it, as fields of `Domain`; also what had lapsed.

    The caller holds the lock of the organization's drain, and has seen that nobody has the name.
    Everybody in the organization's directories is looked at again: who waits in a conflict about
    an address of the domain is linked. No account holds such an address by another organization's
    word any more. Raises `Collision` when somebody else was faster.
    """
    domain_locks.take(connection, [before.name])
    verified_elsewhere.release(connection, before.organization_id, before.name, by.now)
    organizations.look_again(connection, before.organization_id, actor=by.actor, now=by.now)
    domain_holdings.record(connection, before.name, before.organization_id)
    verified: dict[str, Any] = {
        "verified_at": by.now,
        "proof_missing_since": None,
        "last_seen_at": None if method == "manual" else by.now,
        "proof_unseen_since": None,
        **found,
    }
    after = replace(before, state="verified", method=method, **verified)
    return change(connection, "organization_domain.verified", before, after, by)


def lapse(connection: Connection, before: Domain, wanted: Domain, by: Acting, reason: str) -> None:
    """
    It speaks for nobody until its proof is back, and whoever contests it may have it. The caller
    holds the lock of the organization's drain, which may have read that it is verified.
    """
    domain_locks.take(connection, [before.name])
    domains.look_at_claims_on(connection, [before.name], by.now)
    verified_elsewhere.wake(connection, [before.name], by.now)
    lapsed = replace(wanted, state="lapsed")
    change(connection, "organization_domain.lapsed", before, lapsed, by, reason=reason)


def change(
    connection: Connection,
    event_type: EventType,
    before: Domain,
    wanted: Domain,
    by: Acting,
    **more: Any,
) -> Domain:
    """Written and told, with `more` than what the domain is; last in the transaction."""
    after = replace(wanted, updated_at=by.now)
    domains.update(connection, after)
    tell(connection, event_type, after, before, by, **more)
    return after


def tell(
    connection: Connection,
    event_type: EventType,
    changed: Domain,
    before: Domain | None,
    by: Acting,
    **more: Any,
) -> None:
    """Last in the transaction."""
    now = shown(connection, changed)
    previous = None if before is None else former_values(shown(connection, before), now)
    draft = Draft(event_type, {**now, **more}, previous)
    events.append(connection, changed.organization_id, [draft], actor=by.actor, now=by.now)


def shown(connection: Connection, domain: Domain) -> dict[str, Any]:
    """As events tell it."""
    role_id = domain.auto_join_role_id
    return {
        "id": domain.id,
        "organization_id": domain.organization_id,
        "name": domain.name,
        "state": domain.state,
        "method": domain.method,
        "account_label": domain.account_label,
        "note": domain.note,
        "verified_at": domain.verified_at,
        "proof_missing_since": domain.proof_missing_since,
        "proof_unseen_since": domain.proof_unseen_since,
        "expires_at": domain.expires_at,
        "policies": {
            "auto_join": domain.auto_join,
            "auto_join_role": None
            if role_id is None
            else {"id": role_id, "name": roles.name(connection, domain.organization_id, role_id)},
            "restrict_email": domain.restrict_email,
        },
    }
