"""
Settles an organization's notes: take them, look at the present, plan, write, tell, commit; then
look for notes again, since whoever was turned away while we held the lock relies on us.

A batch that is refused for what is in it is halved, until the one note that is to blame is alone
and can be set aside.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlalchemy import Connection, Engine

from provisioning import ids, mappings, set_aside
from provisioning.errors import Collision, Unavailable
from provisioning.events import Draft
from provisioning.ids import DirectoryUserId, OrganizationId, UserId
from provisioning.mappings import Moves
from provisioning.reconcile.facts import Facts
from provisioning.reconcile.plan import plan
from provisioning.reconcile.telling import told
from provisioning.store import (
    changes,
    directory_news,
    events,
    facts,
    failures,
    notes,
    ripples,
    set_aside_notes,
    syncs,
)
from provisioning.store.engine import reading, transaction
from provisioning.store.notes import Note

BATCH = 1000
"""Notes per transaction: 500 to 2,000 give most of the throughput and keep transactions short."""
BUDGET_SECONDS = 5.0
"""One organization that writes without pause must not keep a worker from all others."""
_ATTEMPTS = 5
_ACTOR = "worker:drain"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Drained:
    """What a drain did: notes settled, actions written, notes set aside."""

    notes: int = 0
    actions: int = 0
    set_aside: int = 0
    more: bool = False
    """The budget is spent and notes are left: whoever called should call again, after others."""
    woken: frozenset[OrganizationId] = frozenset()
    """The other organizations that have notes because of it: somebody should ring for them."""

    def __add__(self, other: "Drained") -> "Drained":
        return Drained(
            self.notes + other.notes,
            self.actions + other.actions,
            self.set_aside + other.set_aside,
            other.more,
            self.woken | other.woken,
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
                "drained", organization_id=organization_id, notes=done.notes, actions=done.actions
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
        try:
            with transaction(engine) as connection:
                if not syncs.lock(connection, organization_id):
                    return BUSY
                if part is None:
                    taken = notes.take(connection, organization_id, BATCH)
                else:
                    taken = notes.take_again(connection, organization_id, part)
                return _settle(connection, organization_id, taken, now) if taken else EMPTY
        except Exception as error:
            if isinstance(error, Collision | Unavailable) and attempt < _ATTEMPTS:
                log.info("drain collided", organization_id=organization_id, attempt=attempt)
                attempt += 1
                continue
            if not taken or not failures.is_about_rows(error):
                raise
            return _Refused(taken, error)


def _are_left(engine: Engine, organization_id: OrganizationId) -> bool:
    with reading(engine) as connection:
        return notes.are_left(connection, organization_id)


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
    subjects = {(note.kind, note.key) for note in taken}
    keys: dict[notes.Kind, list[str]] = {}
    for kind, key in sorted(subjects, key=lambda subject: subject[1]):
        keys.setdefault(kind, []).append(key)
    moves = _expand(connection, organization_id, keys, now)
    known = _facts(connection, organization_id, keys.get("user", ()), now)
    actions = plan(known, ids.new)
    changes.write(connection, organization_id, actions, now)
    set_aside_notes.forget(connection, organization_id, subjects)
    woken = ripples.spread(connection, organization_id, actions, now)
    syncs.mark_drained(connection, organization_id, now)
    news = _tell_directories(connection, organization_id, keys, now)
    if "group" in keys:
        moves = mappings.move_again(connection, organization_id, keys["group"], moves)
    drafts = [*moves.told(news), *told(known, actions)]
    events.append(connection, organization_id, drafts, actor=_ACTOR, now=now)
    return Drained(len(taken), len(actions), woken=woken)


def _facts(
    connection: Connection, organization_id: OrganizationId, keys: Sequence[str], now: datetime
) -> Facts:
    people = [DirectoryUserId(key) for key in keys if not ids.is_of(key, ids.USER)]
    users = [UserId(key) for key in keys if ids.is_of(key, ids.USER)]
    return facts.read(connection, organization_id, people, now, users)


def _tell_directories(
    connection: Connection,
    organization_id: OrganizationId,
    keys: dict[notes.Kind, list[str]],
    now: datetime,
) -> list[Draft]:
    users, groups = keys.get("user", []), keys.get("group", [])
    drafts: list[Draft] = []
    if users:
        drafts += directory_news.resources(connection, organization_id, "user", users)
    if groups:
        drafts += directory_news.resources(connection, organization_id, "group", groups)
    joined = [*users, *keys.get("group_members", ())]
    if joined:
        drafts += directory_news.members(connection, organization_id, joined, now)
    created = [draft.data["id"] for draft in drafts if draft.type == "directory_group.created"]
    if created:
        directory_news.note_untold_members(connection, organization_id, created, now)
    if "group_members" in keys:
        directory_news.forget_members(connection, organization_id, keys["group_members"])
    return drafts


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
        moves = mappings.move(connection, organization_id, keys["group"])
        groups += moves.groups
    if groups:
        syncs.expand_groups(connection, organization_id, groups, now)
    if "directory" in keys:
        syncs.expand_directories(connection, organization_id, keys["directory"], now)
    return moves
