"""What a resync would do, without doing it."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection

from provisioning import ids
from provisioning.reconcile.actions import Action
from provisioning.reconcile.plan import plan
from provisioning.store import facts, syncs
from provisioning.store.directories import Directory

_BATCH = 1000


def preview(connection: Connection, directory: Directory, now: datetime) -> Iterator[Action]:
    """
    The actions for everybody the directory knows, or has deleted. Each batch is planned by itself,
    so a last owner who would be kept only because of another batch is not foreseen.
    """
    after = ""
    while people := syncs.everybody(
        connection, directory.organization_id, directory.id, after, _BATCH
    ):
        known = facts.read(connection, directory.organization_id, people, now)
        yield from plan(known, ids.new)
        after = people[-1]
