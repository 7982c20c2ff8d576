"""Groups that make owners or administrators are watched: fast growth is told, once a window."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from provisioning.events import Draft
from provisioning.ids import OrganizationId, RoleId
from provisioning.reconcile.actions import Action, GrantRole, RevokeRole
from provisioning.reconcile.facts import ADMIN, Role
from provisioning.reconcile.growing import Grown, Growth, is_to_be_told, window_of
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
    of them gives a privileged role by a mapping.
    """
    privileged = {role_id for role_id, role in roles.items() if role.rank >= roles[ADMIN].rank}
    came: Counter[str] = Counter()
    grew = False
    for action in actions:
        if not isinstance(action, GrantRole | RevokeRole) or action.source_type != "mapping":
            continue
        if action.workspace_id is None and action.role_id in privileged:
            grew = grew or isinstance(action, GrantRole)
            came[action.source_id] += 1 if isinstance(action, GrantRole) else -1
    if not grew:
        return []
    windows, drafts = [], []
    for grown in mapping_growths.grown(connection, organization_id, sorted(came)):
        window = window_of(grown, came[grown.mapping_id], now)
        if is_to_be_told(window, grown.people):
            window = replace(window, told_at=now)
            drafts.append(_told(grown, window))
        if window != grown.window:
            windows.append(window)
    mapping_growths.put(connection, organization_id, windows)
    return drafts


def _told(grown: Grown, window: Growth) -> Draft:
    data = {
        "mapping_id": grown.mapping_id,
        "directory_id": grown.directory_id,
        "group": {"id": grown.group_id, "display_name": grown.group_name},
        "role": {"id": grown.role_id, "name": grown.role},
        "people_before": window.people_before,
        "people": grown.people,
        "since": window.since,
    }
    context = {"directory_id": grown.directory_id}
    return Draft("directory_group.privileged_growth", data, None, context)
