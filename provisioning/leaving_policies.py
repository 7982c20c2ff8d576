"""How long people are kept who leave, as administrators say."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from provisioning import directories, organizations
from provisioning.context import Acting
from provisioning.errors import Invalid
from provisioning.events import Draft, former_values
from provisioning.ids import DirectoryId, OrganizationId
from provisioning.store import events, leaving_policies, syncs

LONGEST_GRACE = timedelta(days=366)
SHORTEST_RETENTION = timedelta(days=1)
LONGEST_RETENTION = timedelta(days=3660)


@dataclass(frozen=True, slots=True, kw_only=True)
class Periods:
    """`grace_seconds` 0: removed at once; `retention_seconds` None: never purged."""

    grace_seconds: int = 0
    retention_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """What holds for a directory, or for the organization; `inherited`: by the organization's."""

    directory_id: DirectoryId | None
    grace_seconds: int
    retention_seconds: int | None
    inherited: bool
    changed_at: datetime | None
    """None: nobody has ever said anything."""


def in_force(
    connection: Connection, organization_id: OrganizationId, directory_id: DirectoryId | None = None
) -> InForce:
    """Raises `NotFound` for the organization and the directory."""
    organizations.get(connection, organization_id)
    if directory_id is not None:
        directories.within(connection, organization_id, directory_id)
    found = leaving_policies.of_organization(connection, organization_id)
    policy = found.get(directory_id) or found.get(None)
    shown = policy or Periods()
    return InForce(
        directory_id=directory_id,
        grace_seconds=shown.grace_seconds,
        retention_seconds=shown.retention_seconds,
        inherited=directory_id is not None
        and (directory_id not in found or found[directory_id].inherited),
        changed_at=None if policy is None else policy.changed_at,
    )


def put(
    connection: Connection,
    organization_id: OrganizationId,
    directory_id: DirectoryId | None,
    periods: Periods,
    acting: Acting,
) -> InForce:
    """
    What is foreseen follows, but no step comes earlier by it than in a day. Raises `NotFound`,
    `Invalid`.
    """
    _check(periods)
    syncs.wait(connection, organization_id)
    before = in_force(connection, organization_id, directory_id)
    if not before.inherited and before.changed_at is not None and _periods(before) == periods:
        return before
    leaving_policies.put(
        connection,
        organization_id,
        directory_id,
        periods.grace_seconds,
        periods.retention_seconds,
        acting.now,
    )
    return _changed(connection, organization_id, before, acting)


def inherit(
    connection: Connection,
    organization_id: OrganizationId,
    directory_id: DirectoryId,
    acting: Acting,
) -> InForce:
    """From now on the organization's holds for the directory. Raises `NotFound`."""
    syncs.wait(connection, organization_id)
    before = in_force(connection, organization_id, directory_id)
    if before.inherited:
        return before
    leaving_policies.put(connection, organization_id, directory_id, None, None, acting.now)
    return _changed(connection, organization_id, before, acting)


def _changed(
    connection: Connection, organization_id: OrganizationId, before: InForce, acting: Acting
) -> InForce:
    after = in_force(connection, organization_id, before.directory_id)
    leaving_policies.note_leavers(connection, organization_id, acting.now)
    data = _shown(organization_id, after)
    previous = former_values(_shown(organization_id, before), data)
    if not previous:  # what holds without a word was said for the first time
        return after
    context = {} if after.directory_id is None else {"directory_id": after.directory_id}
    draft = Draft("leaving_policy.updated", data, previous, context)
    events.append(connection, organization_id, [draft], actor=acting.actor, now=acting.now)
    return after


def _periods(policy: InForce) -> Periods:
    return Periods(grace_seconds=policy.grace_seconds, retention_seconds=policy.retention_seconds)


def _shown(organization_id: OrganizationId, policy: InForce) -> dict[str, Any]:
    shown = {name: value for name, value in asdict(policy).items() if name != "changed_at"}
    return {"organization_id": organization_id, **shown}


def _check(periods: Periods) -> None:
    if not 0 <= periods.grace_seconds <= LONGEST_GRACE.total_seconds():
        raise Invalid("grace_seconds", f"must be 0 to {LONGEST_GRACE.total_seconds():.0f}")
    least, most = SHORTEST_RETENTION.total_seconds(), LONGEST_RETENTION.total_seconds()
    if periods.retention_seconds is not None and not least <= periods.retention_seconds <= most:
        raise Invalid("retention_seconds", f"must be {least:.0f} (a day) to {most:.0f}, or nothing")
