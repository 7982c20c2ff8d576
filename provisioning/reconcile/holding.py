"""What the directories want and a guard does not let happen; and what is done instead (pure)."""

from collections.abc import Iterator
from dataclasses import dataclass

from provisioning.ids import DirectoryId
from provisioning.reconcile.actions import Park
from provisioning.reconcile.breakers import Holding, is_judged
from provisioning.reconcile.cases import MASS, Case
from provisioning.reconcile.facts import (
    Facts,
    Grant,
    HoldReason,
    Membership,
    Parked,
    Status,
    Verdict,
)
from provisioning.reconcile.sources import DIRECT, Source, counting, default, source_now

LAST_OWNER: HoldReason = "last_owner"
BREAK_GLASS: HoldReason = "break_glass"
_STRENGTH: tuple[Status, ...] = ("removed", "suspended", "active")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """`status` and `wanted` are what the membership is and has meanwhile."""

    reason: HoldReason
    directory_id: DirectoryId
    status: Status
    wanted: frozenset[Source]
    decision: Verdict | None = None
    decided_by: str | None = None


def hold(facts: Facts, case: Case, holding: Holding) -> Hold | None:
    """None: what the directories want may happen, but for the last owner."""
    membership, parked = case.membership, case.meant
    is_released = parked is not None and parked.decision == "released"
    if membership is None or case.left_alone or is_released:
        return None
    by = None if case.said == "active" else _by_breaker(case, membership, holding)
    if membership.break_glass and by is not None:
        # Lost before it was marked.
        return _kept(facts, case, membership, Parked("active", BREAK_GLASS, by))
    demoting = parked is not None and parked.wanted_status == "active"
    rejected = parked is not None and parked.decision == "rejected"
    if (membership.break_glass and membership.status != "removed") or (rejected and demoting):
        return _untouched(facts, case, membership, parked)
    if case.said == "active":
        return None
    if parked is None or (parked.reason != MASS and parked.decision is None):
        # What another guard held until now: the breaker holds it with the rest.
        parked = None if by is None else Parked("active", MASS, by)
    return None if parked is None else _kept(facts, case, membership, parked)


def last_owner(case: Case) -> Hold:
    """
    Nothing is done until there is another one; not even what would be added. What an administrator
    has released of another guard goes then, without being asked about again.
    """
    membership, parked = case.membership, case.meant
    is_released = parked is not None and parked.decision == "released"
    return Hold(
        reason=LAST_OWNER,
        directory_id=case.speaker.directory_id,
        status=case.status if membership is None else membership.status,
        wanted=case.wanted,
        decision="released" if is_released else None,
        decided_by=parked.decided_by if parked is not None and is_released else None,
    )


def park(case: Case, held: Hold) -> Iterator[Park]:
    """Nothing when it is known to be held so."""
    parked, membership = case.parked, case.membership
    if membership is None:
        return
    taken_back = held.status == "active" != membership.status
    if (
        parked is None
        or taken_back
        or (parked.wanted_status, parked.reason) != (case.wish, held.reason)
        or parked.decision != held.decision
    ):
        yield Park(
            membership_id=membership.id,
            user_id=case.user_id,
            wanted_status=case.wish,
            reason=held.reason,
            evidence=case.speaker,
            directory_id=held.directory_id,
            decision=held.decision,
            decided_by=held.decided_by,
        )


def _by_breaker(case: Case, membership: Membership, holding: Holding) -> DirectoryId | None:
    """The directory whose breaker holds it, or takes it back."""
    speaker, lost = case.speaker, membership.lost
    if case.ends and speaker.directory_id in holding:
        return speaker.directory_id
    # Disconnecting is deliberate: what the directory had lost before goes with it.
    if lost is None or case.is_cut_off(lost.directory_id) or not is_judged(case, holding):
        return None
    return lost.directory_id


def _kept(facts: Facts, case: Case, membership: Membership, parked: Parked) -> Hold:
    """
    Active as before, with what groups gave as long as an administrator's mapping is there, and as
    the role that it gives now; what groups give anew is added.
    """
    kept = {
        source_now(grant)
        for grant in case.held.values()
        if grant.giving is not None and grant.declared and _was_held(grant, membership)
    }
    return Hold(
        reason=parked.reason,
        directory_id=parked.directory_id or case.speaker.directory_id,
        status="suspended" if membership.kept_out else "active",
        wanted=frozenset(counting(facts, {*case.wanted, default(facts), *kept})),
        decision=parked.decision,
        decided_by=parked.decided_by,
    )


def _was_held(grant: Grant, membership: Membership) -> bool:
    """It is; or was when the membership ended, and is taken back with it."""
    if not grant.revoked:
        return True
    lost = membership.lost
    return (
        lost is not None
        and membership.status != "active"
        and grant.revoked_at is not None
        and grant.revoked_at >= lost.at
    )


def _untouched(
    facts: Facts, case: Case, membership: Membership, parked: Parked | None
) -> Hold | None:
    """Neither status nor roles become less. None when nothing would."""
    live = {
        source_now(grant)
        for grant in case.held.values()
        if not grant.revoked and grant.source_type != DIRECT
    }
    wanted = frozenset(counting(facts, {*case.wanted, *live}))
    status = max(case.status, membership.status, key=_STRENGTH.index)
    if (status, wanted) == (case.status, case.wanted):
        return None
    return Hold(
        reason=BREAK_GLASS if membership.break_glass or parked is None else parked.reason,
        directory_id=case.speaker.directory_id,
        status=status,
        wanted=wanted,
        decision=None if parked is None else parked.decision,
        decided_by=None if parked is None else parked.decided_by,
    )
