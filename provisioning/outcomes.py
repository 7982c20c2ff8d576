"""
What a change comes to, for everybody it concerns: made in the transaction of whoever asks, who
undoes it for a plan, and keeps it when the plan is applied. Both go through here, so that a plan
says what applying does.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection

from provisioning import planned_changes
from provisioning.ids import DirectoryId, DirectoryUserId, MappingId, OrganizationId
from provisioning.packed import Packed
from provisioning.plan_entries import entries
from provisioning.purging import Purge
from provisioning.reconcile.actions import Action, TripBreaker
from provisioning.reconcile.facts import Facts
from provisioning.reconcile.telling import told
from provisioning.run_steps import counted
from provisioning.settling import settle
from provisioning.store import (
    breakers,
    changes,
    directory_groups,
    directory_news,
    domain_locks,
    sync_runs,
    syncs,
)
from provisioning.store import mappings as mapping_store
from provisioning.store.directories import Directory

_LOSING = ("remove", "suspend")


@dataclass(frozen=True, slots=True)
class _Trip:
    """With whom it came about, and what was known of them; `late`: others were settled before."""

    action: TripBreaker
    people: Sequence[DirectoryUserId]
    known: Facts
    late: bool


@dataclass(slots=True)
class Outcome:
    """What a change has done to everybody it concerns, in this transaction."""

    entries: Packed = field(default_factory=Packed)
    drafts: Packed = field(default_factory=Packed)
    kinds: Counter[str] = field(default_factory=Counter)
    people: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    purges: list[Purge] = field(default_factory=list)
    woken: frozenset[OrganizationId] = frozenset()
    hashed: int = 0
    trips: list[_Trip] = field(default_factory=list)

    @property
    def fingerprint(self) -> str:
        """Of all that is done, in whatever order."""
        return f"{self.hashed:064x}"

    @property
    def summary(self) -> dict[str, Any]:
        """How many people, and how many actions of which kind."""
        losing = sum(self.kinds[kind] for kind in _LOSING)
        return {
            "people": len(self.people),
            "losing_access": losing,
            "actions": dict(sorted(self.kinds.items())),
        }


def carry_out(
    connection: Connection,
    directory: Directory,
    change: Mapping[str, Any],
    *,
    actor: str,
    now: datetime,
) -> Outcome:
    """
    `change` as in `planned_changes`. Where a breaker trips only after some have been lost already,
    all of it is made again, with the breaker tripped from the beginning: those, too, are to be
    held, and not lost and taken back. Raises what the change raises.
    """
    organization_id = directory.organization_id
    syncs.wait(connection, organization_id)  # no drain reads or writes meanwhile
    syncs.plan_by_size(connection)
    # All at once: two that verify would wait for each other, batch by batch.
    verified = planned_changes.verified_names(connection, directory, change)
    domain_locks.take_with_people(connection, verified, organization_id)
    known = mapping_store.of_organization(connection, organization_id)
    work = _Work(connection, directory, change, actor, now, {mapping.id for mapping in known})
    trips: dict[DirectoryId, _Trip] = {}
    while True:
        with connection.begin_nested() as savepoint:
            outcome = work.carry_out(list(trips.values()))
            late = {_directory_of(trip): trip for trip in outcome.trips if trip.late}
            if late.keys() <= trips.keys():
                return outcome
            savepoint.rollback()
        trips = {**late, **trips}


@dataclass(frozen=True, slots=True)
class _Work:
    connection: Connection
    directory: Directory
    change: Mapping[str, Any]
    actor: str
    now: datetime
    mappings: Collection[MappingId]
    """Those of before the change."""

    def carry_out(self, trips: Sequence[_Trip]) -> Outcome:
        """`trips` are to come about in any case, and so they come first."""
        outcome = Outcome()
        people = planned_changes.make(
            self.connection, self.directory, self.change, actor=self.actor, now=self.now
        )
        for trip in trips:
            changes.write(self.connection, self._here, [trip.action], self.now)
            self._note(outcome, trip.known, [trip.action])
            outcome.drafts.add(list(told(trip.known, [trip.action])))
        # All at once: a breaker that holds nobody would close with the next people.
        first = {key for trip in trips for key in trip.people}
        if first:
            self._settle(outcome, sorted(first))
        for some in people:
            others = [key for key in some if key not in first] if first else some
            if others:
                self._settle(outcome, others)
        tripped = [_directory_of(trip) for trip in (*trips, *outcome.trips)]
        if tripped:
            # What the next drain would do: those who went before the change are back, too.
            lost = breakers.lost(self.connection, self._here, tripped)
            for some in planned_changes.batches(lost):
                self._settle(outcome, some)
        return outcome

    @property
    def _here(self) -> OrganizationId:
        return self.directory.organization_id

    def _settle(self, outcome: Outcome, people: Sequence[DirectoryUserId]) -> None:
        # Their IdP is writing them at this moment: as if it did so a moment later.
        changing = directory_news.changing(self.connection, self._here, people)
        if changing:
            sync_runs.note(self.connection, self._here, sorted(changing), self.now)
            people = [key for key in people if key not in changing]
        is_late = outcome.counts["seen"] > 0
        settled = settle(self.connection, self._here, {"user": people}, self.now, list, wait=False)
        self._note(outcome, settled.known, settled.actions)
        outcome.drafts.add([*settled.news, *settled.drafts])
        outcome.woken |= settled.woken
        outcome.purges.append(settled.purge)
        outcome.counts.update({"seen": len(people), **counted(settled.actions)})
        outcome.trips += [
            _Trip(action, people, settled.known, is_late)
            for action in settled.actions
            if isinstance(action, TripBreaker)
        ]

    def _note(self, outcome: Outcome, known: Facts, actions: Sequence[Action]) -> None:
        group_ids = {role.group_id for role in known.mapped}
        group_ids |= {grant.group_id for grant in known.grants if grant.group_id}
        names = directory_groups.names_of(self.connection, self._here, sorted(group_ids))
        shown = entries(known, actions, names)
        for entry in shown:
            if entry["mapping_id"] not in self.mappings:
                entry["mapping_id"] = None  # whoever applies it makes another one
            outcome.kinds[entry["action"]] += 1
            person = entry["person"]
            key = person["directory_user_id"] or person["user_id"]
            if key is not None:  # else it is about a directory
                outcome.people.add(key)
            outcome.hashed = (outcome.hashed + _hash(entry)) % 2**256
        outcome.entries.add(shown)


def _directory_of(trip: _Trip) -> DirectoryId:
    return trip.action.breaker.directory_id


def _hash(entry: Mapping[str, Any]) -> int:
    """Added up, so that neither the order nor the batches decide."""
    text = orjson.dumps(entry, option=orjson.OPT_SORT_KEYS)
    return int.from_bytes(hashlib.sha256(text).digest())
