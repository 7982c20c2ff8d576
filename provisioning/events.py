"""What happened, told in order: one gap-free sequence per organization."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

LAST_SEQUENCE = 2**53
"""Every reader of JSON can tell it from its neighbors."""
EventType = Literal[
    "organization.created",
    "organization.updated",
    "organization.deleted",
    "role.created",
    "role.updated",
    "role.deleted",
    "directory.created",
    "directory.updated",
    "directory.deleted",
    "directory.token_created",
    "directory.token_revoked",
    "directory.breaker_updated",
    "directory.breaker_tripped",
    "directory.breaker_closed",
    "group_role_mapping.created",
    "group_role_mapping.updated",
    "group_role_mapping.deleted",
    "directory_user.created",
    "directory_user.updated",
    "directory_user.deleted",
    "directory_group.created",
    "directory_group.updated",
    "directory_group.deleted",
    "directory_group.member_added",
    "directory_group.member_removed",
    "directory_group.privileged_growth",
    "organization_membership.created",
    "organization_membership.updated",
    "organization_membership.deleted",
    "organization_membership.purged",
    "user.purged",
    "leaving_policy.updated",
    "leaving_step.scheduled",
    "leaving_step.postponed",
    "leaving_step.cancelled",
    "leaving_step.taken",
    "role_grant.created",
    "role_grant.deleted",
    "workspace.created",
    "workspace.updated",
    "workspace.deleted",
    "workspace_membership.created",
    "workspace_membership.deleted",
    "connection.created",
    "connection.updated",
    "connection.deleted",
    "organization_domain.created",
    "organization_domain.updated",
    "organization_domain.verified",
    "organization_domain.failed",
    "organization_domain.proof_missing",
    "organization_domain.proof_unseen",
    "organization_domain.lapsed",
    "organization_domain.contested",
    "organization_domain.deleted",
    "conflict.opened",
    "conflict.rejected",
    "conflict.resolved",
    "sync_run.started",
    "sync_run.completed",
    "sync_run.failed",
    "sync_run.cancelled",
    "join_request.created",
    "join_request.approved",
    "join_request.declined",
    "join_request.expired",
    "join_request.withdrawn",
    "newcomer.held",
    "newcomer.refused",
    "newcomer.released",
    "change.held",
    "change.released",
    "change.rejected",
    "invitation.created",
    "invitation.resent",
    "invitation.accepted",
    "invitation.expired",
    "invitation.revoked",
]
"""Every type there is, as `docs/events.md` lists them."""


@dataclass(frozen=True, slots=True)
class Draft:
    """
    An event before it has a place in the sequence. `previous` holds the former values of the
    attributes that changed (None where there was none), and is None when nothing was before.
    """

    type: EventType
    data: Mapping[str, Any]
    previous: Mapping[str, Any] | None = None
    context: Mapping[str, Any] = field(default_factory=dict)


def former_values(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Of what differs, as it was; None where there was nothing. Empty when nothing changed."""
    names = sorted(before.keys() | after.keys())
    return {name: before.get(name) for name in names if before.get(name) != after.get(name)}
