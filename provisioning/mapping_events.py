"""What is told of a mapping."""

from typing import Any

from provisioning.events import Draft, EventType, former_values
from provisioning.store.mappings import Mapping


def created(mapping: Mapping) -> Draft:
    """A new one."""
    return _draft("group_role_mapping.created", mapping, None)


def updated(before: Mapping, after: Mapping) -> Draft:
    """It has another group, or another role."""
    changed = former_values(_shown(before), _shown(after))
    return _draft("group_role_mapping.updated", after, changed)


def deleted(mapping: Mapping) -> Draft:
    """One that is gone."""
    return _draft("group_role_mapping.deleted", mapping, _shown(mapping))


def _draft(event_type: EventType, mapping: Mapping, previous: dict[str, Any] | None) -> Draft:
    return Draft(event_type, _shown(mapping), previous, {"directory_id": mapping.directory_id})


def _shown(mapping: Mapping) -> dict[str, Any]:
    return {
        "id": mapping.id,
        "directory_id": mapping.directory_id,
        "group": {"id": mapping.group_id, "display_name": mapping.group_name},
        "role": {"id": mapping.role_id, "name": mapping.role},
        "workspace": None
        if mapping.workspace_id is None
        else {"id": mapping.workspace_id, "name": mapping.workspace},
    }
