"""
When a directory lets go of so many people at once that it looks like a mistake (pure).

The losses of a window are judged as one: ten thousand PATCHes arrive one by one, and the first
hundreds are applied before anybody can know what they are the beginning of.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from provisioning.ids import DirectoryId, DirectoryUserId, MembershipId
from provisioning.reconcile.actions import Action, CloseBreaker, Park, TripBreaker, Unpark
from provisioning.reconcile.cases import MASS, Case
from provisioning.reconcile.facts import Breaker, Facts, Parked

Holding = Mapping[DirectoryId, datetime]
"""The directories whose losses are held, each with the beginning of the window that is judged."""


def tripping(facts: Facts, cases: Sequence[Case]) -> Iterator[TripBreaker]:
    """Those that what is new in these cases makes too much."""
    known = {link.directory_user_id for link in facts.links}
    new = Counter(case.speaker.directory_id for case in cases if case.loss)
    for breaker in sorted(facts.breakers, key=lambda breaker: breaker.directory_id):
        if breaker.tripped or not breaker.enabled or breaker.people is None:
            continue
        former = breaker.lost + sum(is_lost(case, breaker) for case in cases)
        losses = former + new[breaker.directory_id]
        arriving = sum(_arrives(case, breaker, known) for case in cases)
        people = former + breaker.people + arriving
        too_many = losses > breaker.max_count and losses > breaker.max_share * people
        if new[breaker.directory_id] and too_many:
            yield TripBreaker(breaker, losses, people)


def _arrives(case: Case, breaker: Breaker, known: Collection[DirectoryUserId]) -> bool:
    """
    Whether it is among the directory's people only now, by these cases: a first synchronization
    is to be measured by all whom it brings, not by who was there before.
    """
    spoken_for = [
        user
        for user in case.present
        if user.directory_id == breaker.directory_id
        and ((user.active and not user.deleted) or user.spoke_at >= breaker.since)
    ]
    if not spoken_for:
        return False
    is_active = case.membership is not None and case.membership.status == "active"
    if is_active:
        return all(user.id not in known for user in spoken_for)
    return case.status == "active"


def is_lost(case: Case, breaker: Breaker) -> bool:
    """Whether it went in the breaker's window, and is not coming back by itself."""
    membership = case.membership
    return (
        membership is not None
        and membership.lost is not None
        and membership.lost.directory_id == breaker.directory_id
        and membership.lost.at >= breaker.since
        and membership.status != "active"
        and not membership.kept_out
        and case.status != "active"
    )


def holding(facts: Facts, tripped: Iterable[TripBreaker]) -> Holding:
    """One that is switched off does not."""
    newly = {trip.breaker.directory_id for trip in tripped}
    return {
        breaker.directory_id: breaker.since
        for breaker in facts.breakers
        if breaker.enabled and (breaker.tripped or breaker.directory_id in newly)
    }


def is_judged(case: Case, holding: Holding) -> bool:
    """Whether the membership went in the window of a breaker that holds such losses now."""
    membership = case.membership
    lost = None if membership is None else membership.lost
    return (
        membership is not None
        and lost is not None
        and membership.status != "active"
        and not membership.kept_out
        and lost.directory_id in holding
        and lost.at >= holding[lost.directory_id]
    )


def counting(facts: Facts, case: Case) -> DirectoryId | None:
    """
    Whose breaker counts it when the membership ends. What was decided, or waited for something
    else, nobody's does.
    """
    membership, speaker = case.membership, case.speaker
    if case.loss:
        on = {breaker.directory_id for breaker in facts.breakers if breaker.enabled}
        return speaker.directory_id if speaker.directory_id in on else None
    lost = None if membership is None else membership.lost
    return None if lost is None else lost.directory_id


def parked_after(facts: Facts, actions: Iterable[Action]) -> dict[MembershipId, Parked]:
    """What is held when the actions are done."""
    parked = dict(facts.parked)
    for action in actions:
        if isinstance(action, Park):
            parked[action.membership_id] = Parked(
                action.wanted_status,
                action.reason,
                action.directory_id,
                action.decision,
                action.decided_by,
            )
        elif isinstance(action, Unpark):
            parked.pop(action.membership_id, None)
    return parked


def closing(facts: Facts, actions: Sequence[Action]) -> Iterator[CloseBreaker]:
    """Those that hold nobody any more about whom something is to be decided."""
    parked = parked_after(facts, actions)
    undecided = {
        one.directory_id for one in parked.values() if one.reason == MASS and one.decision is None
    }
    for breaker in sorted(facts.breakers, key=lambda breaker: breaker.directory_id):
        # Who is lost elsewhere has a note, and is yet to be taken back.
        waits = breaker.holds_others or breaker.lost or breaker.directory_id in undecided
        if breaker.tripped and not waits:
            yield CloseBreaker(breaker)
