"""Members as they are shown: by the commands and by the demo."""

from typing import Any

from provisioning.explanations import Explanation, RoleReason
from provisioning.store.memberships import HeldRole, Member


def shown(member: Member) -> dict[str, Any]:
    """The JSON that is relied upon from outside."""
    return {
        "id": member.membership_id,
        "status": member.status,
        "user": {
            "id": member.user_id,
            "email": member.profile.email,
            "display_name": member.profile.display_name,
            "given_name": member.profile.given_name,
            "family_name": member.profile.family_name,
        },
        "roles": [
            {"role": role.role, "workspace": role.workspace, "source": source(role)}
            for role in member.roles
        ],
    }


def source(role: HeldRole) -> dict[str, Any]:
    """Where a grant comes from."""
    if role.source_type != "mapping":
        return {"type": role.source_type}
    return {
        "type": "mapping",
        "mapping_id": role.mapping_id,
        "group_id": role.group_id,
        "group": role.group_name,
        "directory_id": role.directory_id,
    }


def row(member: Member) -> dict[str, Any]:
    """One line for people."""
    return {
        "person": member.profile.display_name or member.profile.email or member.user_id,
        "e-mail": member.profile.email,
        "status": member.status,
        "roles": [f"{role.role} ({_short(role)})" for role in member.roles],
    }


def explained(explanation: Explanation) -> dict[str, Any]:
    """An explanation as JSON."""
    member = explanation.member
    return {
        "membership": None if member is None else shown(member),
        "reasons": list(explanation.reasons),
        "roles": [_reason(reason) for reason in explanation.held],
        "lacking": [_reason(reason) for reason in explanation.lacking],
    }


def _reason(reason: RoleReason) -> dict[str, Any]:
    found: dict[str, Any] = {
        "role": reason.role,
        "workspace": reason.workspace,
        "why": reason.why,
    }
    if reason.source is not None:
        found["source"] = source(reason.source)
    return found


def _short(role: HeldRole) -> str:
    where = "" if role.workspace is None else f" in {role.workspace}"
    given = f"group {role.group_name}" if role.source_type == "mapping" else role.source_type
    return given + where
