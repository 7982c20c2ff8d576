"""
Settles an organization's notes, and goes on with its runs when there are none: take them, look at
the present, plan, write, tell, commit; then look for notes again, since whoever was turned away
while we held the lock relies on us.

A batch that is refused for what is in it is halved, until the one note that is to blame is alone
and can be set aside.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import Connection, Engine

from provisioning import mapping_moves, purging, run_steps, set_aside
from provisioning.errors import Collision, Unavailable
from provisioning.events import Draft
from provisioning.ids import OrganizationId
from provisioning.mapping_moves import Moves
from provisioning.settling import settle
from provisioning.store import events, failures, notes, sync_runs, syncs
from provisioning.store.engine import reading, transaction
from provisioning.store.events import Encoded
from provisioning.store.notes import Note

BATCH = 1000
"""Notes per transaction: 500 to 2,000 give most of the throughput and keep transactions short."""
BUDGET_SECONDS = 5.0
"""One organization that writes without pause must not keep a worker from all others."""
_MANY = 100
"""Notes of a batch that is worth planning its statements for."""
_ATTEMPTS = 5
_ACTOR = "worker:drain"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Drained:
    """What a drain did: notes settled, actions written, notes set aside, people runs looked at."""

    notes: int = 0
    actions: int = 0
    set_aside: int = 0
    more: bool = False
    """The budget is spent and something is left: whoever called should call again, after others."""
    woken: frozenset[OrganizationId] = frozenset()
    """The other organizations that have notes because of it: somebody should ring for them."""
    seen: int = 0

    def __add__(self, other: "Drained") -> "Drained":
        return Drained(
            self.notes + other.notes,
            self.actions + other.actions,
            self.set_aside + other.set_aside,
            other.more,
            self.woken | other.woken,
            self.seen + other.seen,
        )


@dataclass(frozen=True, slots=True)
class _Refused:
    """Nothing is written, and the notes are back; each of the two may be why."""

    taken: Sequence[Note]
    error: Exception


def drain(
    engine: Engine,
    organization_id: OrganizationId,
    now: Callable[[], datetime],
    *,
    budget_seconds: float = BUDGET_SECONDS,
    monotonic: Callable[[], float] = time.monotonic,
) -> Drained:
    """
    Until there are no notes left, somebody else is at it, or the budget is spent: then what has
    been begun is finished, and at least one transaction is. May be called at any time.
    """
    deadline = monotonic() + budget_seconds
    total = Drained()
    parts: list[Sequence[Note]] = []
    while True:
        part = parts.pop() if parts else None
        done = _settle_batch(engine, organization_id, now(), part)
        if isinstance(done, _Refused):
            halves = set_aside.halved(done.taken)
            if len(halves) > 1:
                parts += reversed(halves)  # the older one is the next
                continue
            done = _set_aside(engine, organization_id, done, now())
        if done is BUSY:
            # Whoever has the lock looks once more after letting it go, and sees what we came for.
            return total
        if done is not EMPTY:
            total += done
            log.info(
                "drained",
                organization_id=organization_id,
                notes=done.notes,
                actions=done.actions,
                seen=done.seen,
            )
        if monotonic() >= deadline:
            return replace(total, more=bool(parts) or _are_left(engine, organization_id))
        if done is EMPTY and not parts and not _are_left(engine, organization_id):
            return total


EMPTY = Drained()
BUSY = Drained()


def _settle_batch(
    engine: Engine, organization_id: OrganizationId, now: datetime, part: Sequence[Note] | None
) -> Drained | _Refused:
    """
    The oldest notes, or `part` of a batch that was refused. `EMPTY` or `BUSY` when nothing was
    taken. Two organizations that meet the same new address at the same moment collide in the
    database; the one that lost looks again, and sees the other's user.
    """
    attempt = 1
    while True:
        taken: Sequence[Note] = ()
        stepping = False
        try:
            with transaction(engine) as connection:
                if not syncs.lock(connection, organization_id):
                    return BUSY
                if part is None:
                    taken = notes.take(connection, organization_id, BATCH)
                else:
                    taken = notes.take_again(connection, organization_id, part)
                if taken:
                    return _settle(connection, organization_id, taken, now)
                if part is not None:
                    return EMPTY
                stepping = True
                return _stepped(run_steps.step(connection, organization_id, now))
        except Exception as error:
            if isinstance(error, Collision | Unavailable) and attempt < _ATTEMPTS:
                log.info("drain collided", organization_id=organization_id, attempt=attempt)
                attempt += 1
                continue
            if not failures.is_about_rows(error) or not (taken or stepping):
                raise
            if stepping:
                return _leave_to_notes(engine, organization_id, now)
            return _Refused(taken, error)


def _stepped(step: run_steps.Step | None) -> Drained:
    if step is None:
        return EMPTY
    return Drained(actions=step.actions, woken=step.woken, seen=step.seen)


def _leave_to_notes(engine: Engine, organization_id: OrganizationId, now: datetime) -> Drained:
    try:
        with transaction(engine) as connection:
            if not syncs.lock(connection, organization_id):
                return BUSY
            return _stepped(run_steps.leave_to_notes(connection, organization_id, now))
    except Exception as error:
        if not failures.is_about_rows(error):
            raise
        with transaction(engine) as connection:
            run_steps.fail(connection, organization_id, error, now)
        return EMPTY


def is_anything_left(connection: Connection, organization_id: OrganizationId) -> bool:
    """Whether there are notes to settle, or a run to go on with."""
    return notes.are_left(connection, organization_id) or sync_runs.are_left(
        connection, organization_id
    )


def _are_left(engine: Engine, organization_id: OrganizationId) -> bool:
    with reading(engine) as connection:
        return is_anything_left(connection, organization_id)


def _set_aside(
    engine: Engine, organization_id: OrganizationId, refused: _Refused, now: datetime
) -> Drained:
    with transaction(engine) as connection:
        if not syncs.lock(connection, organization_id):
            return BUSY
        count = set_aside.put(connection, organization_id, refused.taken, refused.error, now)
        return Drained(set_aside=count) if count else EMPTY


def _settle(
    connection: Connection, organization_id: OrganizationId, taken: Sequence[Note], now: datetime
) -> Drained:
    if len(taken) > _MANY:
        syncs.plan_by_size(connection)
    subjects = {(note.kind, note.key) for note in taken}
    keys: dict[notes.Kind, list[str]] = {}
    for kind, key in sorted(subjects, key=lambda subject: subject[1]):
        keys.setdefault(kind, []).append(key)
    moves = _expand(connection, organization_id, keys, now)
    tell = partial(events.encode_all, actor=_ACTOR)
    settled = settle(connection, organization_id, keys, now, tell)
    if "group" in keys:
        moves = mapping_moves.move_again(connection, organization_id, keys["group"], moves)
    drafts: list[Draft | Encoded] = [*moves.told(settled.news), *settled.drafts]
    events.append(connection, organization_id, drafts, actor=_ACTOR, now=now)
    purging.finish(connection, organization_id, settled.purge, now)
    return Drained(len(taken), len(settled.actions), woken=settled.woken)


def _expand(
    connection: Connection,
    organization_id: OrganizationId,
    keys: dict[notes.Kind, list[str]],
    now: datetime,
) -> Moves:
    """To the people whom the notes are about; which mappings moved from or to a group."""
    groups = list(keys.get("group_members", ()))
    moves = Moves()
    if "group" in keys:
        # A mapping that was declared by name waits for the first group that has it.
        moves = mapping_moves.move(connection, organization_id, keys["group"])
        groups += moves.groups
    if groups:
        syncs.expand_groups(connection, organization_id, groups, now)
    if "directory" in keys:
        syncs.expand_directories(connection, organization_id, keys["directory"], now)
    return moves
