"""
Look, plan, apply, for some people at once: what a note about them leads to, and a run, and the
rehearsal of a plan. The caller holds the organization's lock, and tells the drafts last of all.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Generic, TypeVar

from sqlalchemy import Connection

from provisioning import ids, join_request_endings, privileged_growth, purging
from provisioning.events import Draft
from provisioning.ids import DirectoryUserId, OrganizationId, UserId
from provisioning.purging import Purge
from provisioning.reconcile.actions import Action, Identify
from provisioning.reconcile.facts import Facts
from provisioning.reconcile.identify import People
from provisioning.reconcile.plan import decide, identify
from provisioning.reconcile.telling import told
from provisioning.store import (
    accounts,
    changes,
    directory_news,
    facts,
    ripples,
    set_aside_notes,
    syncs,
)
from provisioning.store.engine import meanwhile
from provisioning.store.notes import Kind

_MANY = 1000
"""So many actions are worth a thread."""


Told = TypeVar("Told")
"""A draft, or what the caller makes of one."""


@dataclass(frozen=True, slots=True)
class Settled(Generic[Told]):
    """What was known of them, what was written, and what is to be told of it."""

    known: Facts
    actions: Sequence[Action]
    news: Sequence[Draft]
    """Of what the directories said."""
    drafts: Sequence[Told]
    """Of what has become of members."""
    woken: frozenset[OrganizationId]
    """The other organizations that have notes because of it."""
    purge: Purge
    """To be finished when all is told."""


def settle(
    connection: Connection,
    organization_id: OrganizationId,
    keys: Mapping[Kind, Sequence[str]],
    now: datetime,
    tell: Callable[[Iterable[Draft]], Sequence[Told]],
    *,
    wait: bool = True,
) -> Settled[Told]:
    """
    `keys`: by kind the ids of whom it is about; groups are expanded to people already. `tell` is
    called while the database writes. Who does this more than once in a transaction does not `wait`
    for those whom somebody is changing, and who may wait for us.
    """
    known = _facts(connection, organization_id, keys.get("user", ()), now)
    people, identified = identify(known, ids.new)
    accounts.hold(connection, _joining(known, people, identified))
    with _writing(connection, organization_id, identified, now):
        decided = decide(known, people, ids.new)
    actions = [*identified, *decided]
    with _writing(connection, organization_id, decided, now):
        done = tell(told(known, actions))
    subjects = {(kind, key) for kind, some in keys.items() for key in some}
    set_aside_notes.forget(connection, organization_id, subjects)
    woken = ripples.spread(connection, organization_id, actions, now)
    syncs.mark_drained(connection, organization_id, now)
    news = _tell_directories(connection, organization_id, keys, now, wait=wait)
    grown = privileged_growth.watch(connection, organization_id, known.roles, actions, now)
    purge = purging.begin(connection, organization_id, actions, now)
    joined = join_request_endings.joined(actions)
    withdrawn = join_request_endings.withdrawn(connection, organization_id, joined, now)
    drafts = [*done, *tell([*withdrawn, *grown, *purge.drafts])]
    return Settled(known, actions, news, drafts, woken | purge.woken, purge)


def _joining(known: Facts, people: People, identified: Sequence[Action]) -> set[UserId]:
    """The accounts that were there before, and that somebody is taken for now, or a member."""
    members = {membership.user_id for membership in known.memberships}
    joining = {link.user_id for link in people.links.values()} - members
    joining |= {one.user_id for one in identified if isinstance(one, Identify)}
    return joining & {account.id for account in known.accounts}


def _writing(
    connection: Connection,
    organization_id: OrganizationId,
    actions: Sequence[Action],
    now: datetime,
) -> AbstractContextManager[None]:
    """While the block thinks on, without the connection."""
    write = partial(changes.write, connection, organization_id, actions, now)
    return meanwhile(connection, write, many=len(actions) >= _MANY)


def _facts(
    connection: Connection, organization_id: OrganizationId, keys: Sequence[str], now: datetime
) -> Facts:
    people = [DirectoryUserId(key) for key in keys if not ids.is_of(key, ids.USER)]
    users = [UserId(key) for key in keys if ids.is_of(key, ids.USER)]
    return facts.read(connection, organization_id, people, now, users)


def _tell_directories(
    connection: Connection,
    organization_id: OrganizationId,
    keys: Mapping[Kind, Sequence[str]],
    now: datetime,
    *,
    wait: bool,
) -> list[Draft]:
    users, groups = keys.get("user", ()), keys.get("group", ())
    drafts: list[Draft] = []
    if users:
        drafts += directory_news.resources(connection, organization_id, "user", users, wait=wait)
    if groups:
        drafts += directory_news.resources(connection, organization_id, "group", groups, wait=wait)
    joined = [*users, *keys.get("group_members", ())]
    if joined:
        drafts += directory_news.members(connection, organization_id, joined, wait=wait)
    created = [draft.data["id"] for draft in drafts if draft.type == "directory_group.created"]
    if created:
        directory_news.note_untold_members(connection, organization_id, created, now)
    if "group_members" in keys:
        directory_news.forget_members(connection, organization_id, keys["group_members"])
    return drafts
