"""Groups that make owners or administrators are watched: fast growth is told, once a window."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from provisioning.events import Draft
from provisioning.ids import MappingId, OrganizationId, RoleId
from provisioning.reconcile.actions import Action, GrantRole, RevokeRole
from provisioning.reconcile.facts import ADMIN, Role
from provisioning.reconcile.growing import Growth, Watched, counted, followed, is_to_be_told
from provisioning.store import mapping_growths


def watch(
    connection: Connection,
    organization_id: OrganizationId,
    roles: Mapping[RoleId, Role],
    actions: Sequence[Action],
    now: datetime,
) -> list[Draft]:
    """
    What to tell after a drain has written `actions`. Nothing is asked of the database unless one
    of them gives or takes a privileged role by a mapping.
    """
    came = _came(roles, actions)
    if not came:
        return []
    windows, uncounted, drafts = [], [], []
    for watched in mapping_growths.watched(connection, organization_id, sorted(came)):
        window = followed(watched.window, came[watched.mapping_id], now)
        if window is not None:
            windows.append(window)
        elif came[watched.mapping_id] > 0:
            uncounted.append(watched)
    people = mapping_growths.count(connection, organization_id, uncounted)
    for watched in uncounted:
        count = people.get(watched.mapping_id, 0)
        window = counted(watched, count, came[watched.mapping_id], now)
        if is_to_be_told(window):
            window = replace(window, told_at=now)
            drafts.append(_told(watched, window))
        windows.append(window)
    mapping_growths.put(connection, organization_id, windows)
    return drafts


def _came(roles: Mapping[RoleId, Role], actions: Sequence[Action]) -> Counter[MappingId]:
    """By the mapping, how many more have a privileged role now; those who left it are less."""
    privileged = {role_id for role_id, role in roles.items() if role.rank >= roles[ADMIN].rank}
    came: Counter[MappingId] = Counter()
    for action in actions:
        if not isinstance(action, GrantRole | RevokeRole) or action.source_type != "mapping":
            continue
        if action.workspace_id is None and action.role_id in privileged:
            came[MappingId(action.source_id)] += 1 if isinstance(action, GrantRole) else -1
    return came


def _told(watched: Watched, window: Growth) -> Draft:
    data = {
        "mapping_id": watched.mapping_id,
        "directory_id": watched.directory_id,
        "group": {"id": watched.group_id, "display_name": watched.group_name},
        "role": {"id": watched.role_id, "name": watched.role},
        "people_before": window.people_before,
        "people": window.people,
        "since": window.since,
    }
    context = {"directory_id": watched.directory_id}
    return Draft("directory_group.privileged_growth", data, None, context)
