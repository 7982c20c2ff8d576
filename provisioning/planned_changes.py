"""
What can be planned before it is done: each kind of change is made in the transaction of whoever
asks, and says whom it concerns. A plan is made by making the change, looking, and undoing it; so
what is planned is what applying does, whatever it is.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import Connection

from provisioning import directories, domains, mappings
from provisioning.context import Acting
from provisioning.differing import differing
from provisioning.errors import Invalid
from provisioning.ids import DirectoryGroupId, DirectoryUserId, DomainId, MappingId, WorkspaceId
from provisioning.store import directories as stored_directories
from provisioning.store import domains as stored_domains
from provisioning.store import kept_roles, sync_runs, syncs
from provisioning.store import mappings as mapping_store
from provisioning.store.directories import Directory

BATCH = 2000

People = Iterator[Sequence[DirectoryUserId]]
"""Whom to look at after the change, a batch at a time."""
Change = Callable[[Connection, Directory, Mapping[str, Any], str, datetime], People]
"""Makes the change: in which directory, with which parameters, by whom and when."""


def make(
    connection: Connection,
    directory: Directory,
    change: Mapping[str, Any],
    *,
    actor: str,
    now: datetime,
) -> People:
    """`change`: its `type`, one of `CHANGES`, and its parameters. Raises what the change raises."""
    made = CHANGES.get(change["type"])
    if made is None:
        raise Invalid("type", f"must be one of {', '.join(CHANGES)}")
    return made(connection, directory, change, actor, now)


def verified_names(
    connection: Connection, directory: Directory, change: Mapping[str, Any]
) -> list[str]:
    """Of domains that the change would verify."""
    if change["type"] != "verify_domain":
        return []
    found = stored_domains.get(connection, directory.organization_id, DomainId(change["domain_id"]))
    return [] if found is None else [found.name]


def _resync(
    connection: Connection, directory: Directory, _change: object, _actor: str, now: datetime
) -> People:
    return _everybody(connection, directory, now)


def _set_mapping(
    connection: Connection,
    directory: Directory,
    change: Mapping[str, Any],
    actor: str,
    now: datetime,
) -> People:
    """Parameters: `group`, with its `id` or its `display_name`; `role`; `workspace_id` or None."""
    workspace_id = change.get("workspace_id")
    more: dict[str, Any] = {
        "actor": actor,
        "now": now,
        "workspace_id": None if workspace_id is None else WorkspaceId(workspace_id),
    }
    group, role = change["group"], change["role"]
    if "id" in group:
        group_id = DirectoryGroupId(group["id"])
        found = mappings.declare_by_id(connection, directory, group_id, role, **more)
    else:
        found = mappings.declare(connection, directory, group["display_name"], role, **more)
    return batches(_inside(connection, directory, found.group_id))


def _remove_mapping(
    connection: Connection,
    directory: Directory,
    change: Mapping[str, Any],
    actor: str,
    now: datetime,
) -> People:
    """Parameters: `mapping_id`."""
    mapping_id = MappingId(change["mapping_id"])
    known = mapping_store.of_organization(connection, directory.organization_id)
    group_ids = [mapping.group_id for mapping in known if mapping.id == mapping_id]
    mappings.remove(connection, directory, mapping_id, actor=actor, now=now)
    people = {
        *_inside(connection, directory, *group_ids),
        *kept_roles.keepers(connection, directory.organization_id, mapping_id),
    }
    return batches(sorted(people))


def _disconnect(
    connection: Connection,
    directory: Directory,
    change: Mapping[str, Any],
    actor: str,
    now: datetime,
) -> People:
    """
    Parameters: `people`, "ladder" or "keep"; `roles`, "direct" or "drop", of who is kept. Left out,
    the first of each.
    """
    directories.delete(
        connection,
        directory.organization_id,
        directory.id,
        actor=actor,
        now=now,
        kept_roles=change.get("roles", "direct") if change.get("people") == "keep" else None,
    )
    return _everybody(connection, directory, now)


def _verify_domain(
    connection: Connection,
    directory: Directory,
    change: Mapping[str, Any],
    actor: str,
    now: datetime,
) -> People:
    """
    Parameters: `domain_id`, and `note`: on whose word. It concerns everybody in all directories of
    the organization, whichever the plan is kept with.
    """
    here, by = directory.organization_id, Acting(actor=actor, now=now)
    domains.verify_manually(connection, here, DomainId(change["domain_id"]), change["note"], by)
    known = stored_directories.of_organization(connection, here)
    return chain.from_iterable(_everybody(connection, each, now) for each in known)


CHANGES: Mapping[str, Change] = {
    "resync": _resync,
    "set_mapping": _set_mapping,
    "remove_mapping": _remove_mapping,
    "disconnect": _disconnect,
    "verify_domain": _verify_domain,
}


def _everybody(connection: Connection, directory: Directory, now: datetime) -> People:
    """Those of the directory who differ from what it says."""
    here = (directory.organization_id, directory.id)
    after, seen = "", BATCH
    while seen == BATCH:
        upto, seen = sync_runs.next_batch(connection, *here, after, BATCH)
        people = differing(connection, *here, after, upto, now)
        if people:
            yield people
        after = upto


def _inside(
    connection: Connection, directory: Directory, *group_ids: DirectoryGroupId | None
) -> list[DirectoryUserId]:
    wanted = [group_id for group_id in group_ids if group_id is not None]
    return syncs.people_inside(connection, directory.organization_id, wanted) if wanted else []


def batches(people: Sequence[DirectoryUserId]) -> People:
    """In the order they are in."""
    for first in range(0, len(people), BATCH):
        yield people[first : first + BATCH]
