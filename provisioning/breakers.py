"""The policy by which a directory's losses are too many to be believed at once."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection

from provisioning.breaker_policy import BreakerPolicy
from provisioning.context import Acting
from provisioning.errors import NotFound
from provisioning.events import Draft, former_values
from provisioning.ids import DirectoryId, OrganizationId
from provisioning.store import breakers, directories, events, syncs
from provisioning.store.breakers import BreakerState


def of_directory(
    connection: Connection, organization_id: OrganizationId, directory_id: DirectoryId
) -> BreakerState:
    """The caller knows that the directory is there."""
    return breakers.of(connection, organization_id, [directory_id])[directory_id]


def set_policy(
    connection: Connection,
    organization_id: OrganizationId,
    directory_id: DirectoryId,
    changes: Mapping[str, Any],
    acting: Acting,
) -> None:
    """
    `changes` are fields of a `BreakerPolicy`. What is held stays held; switching off ends the
    window, and nothing more is held; switching on begins another one. The same policy changes
    nothing. Raises `NotFound`.
    """
    # A drain that is at work has read the former policy.
    syncs.wait(connection, organization_id)
    if directories.lock(connection, organization_id, directory_id) is None:
        raise NotFound("directory", directory_id)
    state = of_directory(connection, organization_id, directory_id)
    policy = replace(state.policy, **changes)
    if policy == state.policy:
        return
    is_switched = policy.enabled != state.policy.enabled
    breakers.set_policy(
        connection, organization_id, directory_id, policy, anew=acting.now if is_switched else None
    )
    before = _shown(directory_id, state.policy, tripped=state.tripped_at is not None)
    data = _shown(directory_id, policy, tripped=before["tripped"] and not is_switched)
    previous = former_values(before, data)
    draft = Draft("directory.breaker_updated", data, previous, {"directory_id": directory_id})
    events.append(connection, organization_id, [draft], actor=acting.actor, now=acting.now)


def _shown(directory_id: DirectoryId, policy: BreakerPolicy, *, tripped: bool) -> dict[str, Any]:
    return {"directory_id": directory_id, **asdict(policy), "tripped": tripped}
