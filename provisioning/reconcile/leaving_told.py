"""How it is told that people are about to leave, and what is left of whom is purged (pure)."""

from typing import Any

from provisioning.events import Draft, EventType, former_values
from provisioning.ids import OrganizationId, UserId
from provisioning.reconcile.actions import EndStep, PurgeMembership, ScheduleStep
from provisioning.reconcile.facts import LeavingStep

_NOBODY = {"email": None, "display_name": None, "given_name": None, "family_name": None}


def leaving_told(
    organization_id: OrganizationId, action: ScheduleStep | EndStep | PurgeMembership
) -> Draft:
    """Nothing personal in it: only ids and times."""
    if isinstance(action, PurgeMembership):
        data = {
            "id": action.membership_id,
            "organization_id": organization_id,
            "status": "removed",
            "suspended_by": None,
            "break_glass": False,
            "user": {"id": action.user_id, **_NOBODY},
            "purged_at": action.purged_at,
        }
        return Draft("organization_membership.purged", data, {"purged_at": None})
    shown = shown_step(organization_id, action.step, action.user_id)
    if isinstance(action, EndStep):
        told_as: EventType = (
            "leaving_step.taken" if action.outcome == "taken" else "leaving_step.cancelled"
        )
        return Draft(told_as, {**shown, "outcome": action.outcome}, {"outcome": None})
    if action.before is None:
        return Draft("leaving_step.scheduled", shown)
    return postponed(organization_id, action.before, action.step, action.user_id)


def postponed(
    organization_id: OrganizationId, before: LeavingStep, after: LeavingStep, user_id: UserId
) -> Draft:
    """At another time now, or called off, by an administrator or by another policy."""
    data = shown_step(organization_id, after, user_id)
    previous = former_values(shown_step(organization_id, before, user_id), data)
    return Draft("leaving_step.postponed", data, previous)


def user_purged(user_id: UserId, purged_at: object) -> Draft:
    """The account itself, when the last organization that had something of it has let it go."""
    return Draft("user.purged", {"id": user_id, "purged_at": purged_at}, {"purged_at": None})


def shown_step(
    organization_id: OrganizationId, step: LeavingStep, user_id: UserId
) -> dict[str, Any]:
    return {
        "id": step.id,
        "organization_id": organization_id,
        "membership_id": step.membership_id,
        "user_id": user_id,
        "step": step.step,
        "directory_id": step.directory_id,
        "planned_at": step.planned_at,
        "due_at": step.due_at,
    }
