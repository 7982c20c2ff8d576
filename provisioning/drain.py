"""
Settles an organization's notes: take them, look at the present, plan, write, tell, commit; then
look for notes again, since whoever was turned away while we held the lock relies on us.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Connection, Engine

from provisioning import ids
from provisioning.errors import Collision, Unavailable
from provisioning.events import Draft
from provisioning.ids import DirectoryUserId, OrganizationId
from provisioning.reconcile.plan import plan
from provisioning.reconcile.telling import told
from provisioning.store import (
    changes,
    directory_news,
    events,
    facts,
    mappings,
    notes,
    ripples,
    syncs,
)
from provisioning.store.engine import reading, transaction

BATCH = 1000
"""Notes per transaction: 500 to 2,000 give most of the throughput and keep transactions short."""
_ATTEMPTS = 5
_ACTOR = "worker:drain"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Drained:
    """What a drain did: notes settled, actions written."""

    notes: int = 0
    actions: int = 0
    woken: frozenset[OrganizationId] = frozenset()
    """The other organizations that have notes because of it: somebody should ring for them."""

    def __add__(self, other: "Drained") -> "Drained":
        return Drained(
            self.notes + other.notes, self.actions + other.actions, self.woken | other.woken
        )


def drain(engine: Engine, organization_id: OrganizationId, now: Callable[[], datetime]) -> Drained:
    """Until there are no notes left, or somebody else is at it. May be called at any time."""
    total = Drained()
    while True:
        done = _settle_batch(engine, organization_id, now())
        if done is BUSY:
            # Whoever has the lock looks once more after letting it go, and sees what we came for.
            return total
        if done is EMPTY:
            with reading(engine) as connection:
                if not notes.are_left(connection, organization_id):
                    return total
            continue
        total += done
        log.info("drained", organization_id=organization_id, notes=done.notes, actions=done.actions)


EMPTY = Drained()
BUSY = Drained()


def _settle_batch(engine: Engine, organization_id: OrganizationId, now: datetime) -> Drained:
    """
    `EMPTY` or `BUSY` when nothing was taken. Two organizations that meet the same new address at
    the same moment collide in the database; the one that lost looks again, and sees the other's
    user.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with transaction(engine) as connection:
                return _settle(connection, organization_id, now)
        except (Collision, Unavailable):
            if attempt == _ATTEMPTS:
                raise
            log.info("drain collided", organization_id=organization_id, attempt=attempt)
    raise AssertionError


def _settle(connection: Connection, organization_id: OrganizationId, now: datetime) -> Drained:
    if not syncs.lock(connection, organization_id):
        return BUSY
    taken = notes.take(connection, organization_id, BATCH)
    if not taken:
        return EMPTY
    keys: dict[notes.Kind, list[str]] = {}
    for note in sorted(set(taken), key=lambda note: note.key):
        keys.setdefault(note.kind, []).append(note.key)
    people = [DirectoryUserId(key) for key in keys.get("user", ())]
    _expand(connection, organization_id, keys, now)
    known = facts.read(connection, organization_id, people)
    actions = plan(known, ids.new)
    changes.write(connection, organization_id, actions, now)
    woken = ripples.spread(connection, organization_id, actions, now)
    syncs.mark_drained(connection, organization_id, now)
    drafts = [*_tell_directories(connection, organization_id, keys, now), *told(known, actions)]
    events.append(connection, organization_id, drafts, actor=_ACTOR, now=now)
    return Drained(len(taken), len(actions), woken)


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
    if "group_members" in keys:
        directory_news.forget_members(connection, organization_id, keys["group_members"])
    return drafts


def _expand(
    connection: Connection,
    organization_id: OrganizationId,
    keys: dict[notes.Kind, list[str]],
    now: datetime,
) -> None:
    groups = list(keys.get("group_members", ()))
    if "group" in keys:
        # A mapping that was declared by name waits for the first group that has it.
        groups += mappings.bind(connection, organization_id, keys["group"])
    if groups:
        syncs.expand_groups(connection, organization_id, groups, now)
    if "directory" in keys:
        syncs.expand_directories(connection, organization_id, keys["directory"], now)
