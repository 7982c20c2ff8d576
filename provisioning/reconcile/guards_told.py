"""How members, what is held of them, and breakers are told (pure)."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from provisioning.events import Draft, EventType, former_values
from provisioning.ids import DirectoryId, DirectoryUserId, MembershipId, OrganizationId
from provisioning.reconcile.actions import (
    CloseBreaker,
    EndHold,
    HoldNewcomer,
    Park,
    TripBreaker,
    Unpark,
)
from provisioning.reconcile.facts import Breaker, HoldReason, Status, SuspendedBy


def held(membership: Mapping[str, Any], action: Park) -> Draft:
    """With what the directory wrote, and when."""
    spoke = action.evidence
    evidence = {
        "directory_id": spoke.directory_id,
        "directory_user_id": spoke.id,
        "said": spoke.said,
        "said_at": spoke.spoke_at,
    }
    data = shown_change(membership, action.reason, action.wanted_status)
    data |= {"decided_by": action.decided_by, "evidence": evidence}
    return Draft("change.held", data, None, _context(action.directory_id))


def released(membership: Mapping[str, Any], action: Unpark) -> Draft:
    """`decided_by` is who has released it, if it is done by a decision."""
    parked = action.parked
    data = shown_change(membership, parked.reason, parked.wanted_status)
    decided = parked.decision == "released" and action.outcome == "applied"
    data |= {
        "decided_by": parked.decided_by if decided else None,
        "outcome": action.outcome,
    }
    return Draft("change.released", data, None, _context(parked.directory_id))


def newcomer(action: HoldNewcomer | EndHold) -> Iterator[Draft]:
    """Once, however often the directory writes: that only the address is another one is no news."""
    held, directory_id = action.held, action.person.directory_id
    data = shown_newcomer(held.directory_user_id, directory_id, held.decided_by)
    if isinstance(action, EndHold):
        data |= {"outcome": action.outcome}
        yield Draft("newcomer.released", data, None, _context(directory_id))
    elif action.before is None or action.before.decision != held.decision:
        told: EventType = "newcomer.held" if held.decision is None else REFUSED
        yield Draft(told, data, None, _context(directory_id))


REFUSED: EventType = "newcomer.refused"


def shown_newcomer(
    directory_user_id: DirectoryUserId, directory_id: DirectoryId, decided_by: str | None
) -> dict[str, Any]:
    """The data that `newcomer.held`, `.refused` and `.released` have."""
    return {
        "directory_user_id": directory_user_id,
        "directory_id": directory_id,
        "reason": "out_of_scope",
        "decided_by": decided_by,
    }


def shown_membership(
    organization_id: OrganizationId,
    membership_id: MembershipId,
    status: Status,
    suspender: SuspendedBy | None,
    user: Mapping[str, Any],
    *,
    break_glass: bool,
) -> dict[str, Any]:
    """The data of `organization_membership.*`; `user` is the id and the profile."""
    return {
        "id": membership_id,
        "organization_id": organization_id,
        "status": status,
        "suspended_by": suspender,
        "break_glass": break_glass,
        "user": user,
    }


def shown_change(
    membership: Mapping[str, Any], reason: HoldReason, wanted_status: Status
) -> dict[str, Any]:
    """The data that all of `change.*` have."""
    return {**membership, "reason": reason, "wanted_status": wanted_status}


def breaker(action: TripBreaker | CloseBreaker) -> Draft:
    """One event, however many are held."""
    before = shown_breaker(action.breaker)
    context = _context(action.breaker.directory_id)
    if isinstance(action, CloseBreaker):
        data = shown_breaker(replace(action.breaker, tripped=False))
        return Draft("directory.breaker_closed", data, former_values(before, data), context)
    data = shown_breaker(replace(action.breaker, tripped=True))
    counted = {"losses": action.losses, "people": action.people}
    previous = former_values(before, data)
    return Draft("directory.breaker_tripped", {**data, **counted}, previous, context)


def shown_breaker(breaker: Breaker) -> dict[str, Any]:
    """The data of `directory.breaker_*`."""
    return {
        "directory_id": breaker.directory_id,
        "enabled": breaker.enabled,
        "max_count": breaker.max_count,
        "max_share": breaker.max_share,
        "window_seconds": breaker.window_seconds,
        "tripped": breaker.tripped,
    }


def _context(directory_id: DirectoryId | None) -> dict[str, Any]:
    return {} if directory_id is None else {"directory_id": directory_id}
