"""What is foreseen for people who leave, each with its time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from provisioning.ids import LeavingStepId, MembershipId, OrganizationId, UserId
from provisioning.reconcile.actions import Action, EndStep, PurgeMembership, ScheduleStep
from provisioning.reconcile.facts import LeavingStep, Profile, Step
from provisioning.store import profiles
from provisioning.store.bulk import insertion
from provisioning.store.leaving_tables import leaving_steps
from provisioning.store.pages import Cut, Page, page
from provisioning.store.people_tables import memberships
from provisioning.store.sql import Statement
from provisioning.store.types import moment

RETRY = timedelta(hours=1)
"""Of a step that was due and could not be taken: the last owner's, say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """A step, with whom it is about as the organization last knew them."""

    step: LeavingStep
    user_id: UserId
    profile: Profile | None


_OF_MEMBERSHIPS = Statement(
    """
    SELECT id, membership_id, step, directory_id, planned_at, due_at, put_off_to FROM leaving_steps
    WHERE organization_id = :organization_id AND membership_id = ANY(:memberships)
    """
)
_END = Statement(
    """
    DELETE FROM leaving_steps
    WHERE organization_id = :organization_id AND membership_id = ANY(:memberships)
    """
)
_SCHEDULE = insertion(
    "leaving_steps",
    {
        "id": "text",
        "membership_id": "text",
        "directory_id": "text",
        "step": "text",
        "planned_at": "timestamptz",
        "due_at": "timestamptz",
        "next_at": "timestamptz",
        "put_off_to": "timestamptz",
    },
    """
    ON CONFLICT (id) DO UPDATE SET directory_id = excluded.directory_id,
        planned_at = excluded.planned_at, due_at = excluded.due_at, next_at = excluded.next_at,
        put_off_to = excluded.put_off_to
    """,
    shared={"organization_id": ":organization_id", "created_at": ":now"},
)
_MOVE = Statement(
    """
    UPDATE leaving_steps SET due_at = :due_at, next_at = :due_at, put_off_to = NULL
    WHERE organization_id = :organization_id AND id = :id
    """
)
# One that a drain or an administrator holds is theirs; if it is still due, the next tick finds it.
# Whose removal a guard holds is woken by what is decided of it.
_CLAIM = Statement(
    """
    UPDATE leaving_steps SET next_at = :again_at WHERE id IN (
        SELECT id FROM leaving_steps WHERE next_at <= :now AND NOT (step = 'remove' AND EXISTS (
            SELECT 1 FROM parked_changes p WHERE p.membership_id = leaving_steps.membership_id
        ))
        ORDER BY next_at LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    RETURNING organization_id, membership_id
    """
)
_NOTE = Statement(
    """
    INSERT INTO notes (organization_id, directory_id, kind, key, created_at)
    SELECT organization_id, '', 'user', user_id, :now FROM memberships WHERE id = ANY(:ids)
    """
)


def of_memberships(
    connection: Connection, organization_id: OrganizationId, members: Sequence[MembershipId]
) -> dict[MembershipId, LeavingStep]:
    """The next one of each, if there is one."""
    bound = {"organization_id": organization_id, "memberships": list(members)}
    rows = _OF_MEMBERSHIPS.run(connection, bound)
    return {row.membership_id: read(row) for row in rows}


def write(
    connection: Connection,
    organization_id: OrganizationId,
    actions: Sequence[Action],
    now: datetime,
) -> None:
    """What has ended goes before what begins: a membership has one step at a time."""
    ended = [
        action.step.membership_id if isinstance(action, EndStep) else action.membership_id
        for action in actions
        if isinstance(action, EndStep | PurgeMembership)
    ]
    if ended:
        _END.run(connection, {"organization_id": organization_id, "memberships": ended})
    scheduled = [
        {
            "id": action.step.id,
            "membership_id": action.step.membership_id,
            "directory_id": action.step.directory_id,
            "step": action.step.step,
            "planned_at": action.step.planned_at,
            "due_at": action.step.due_at,
            "next_at": action.step.due_at,
            "put_off_to": action.step.put_off_to,
        }
        for action in actions
        if isinstance(action, ScheduleStep)
    ]
    _SCHEDULE.run(connection, scheduled, {"organization_id": organization_id, "now": now})


def move(connection: Connection, organization_id: OrganizationId, step: LeavingStep) -> None:
    """To its `due_at`; None: it is called off, and stays to be seen."""
    bound = {"organization_id": organization_id, "id": step.id, "due_at": step.due_at}
    _MOVE.run(connection, bound)


def claim(connection: Connection, now: datetime, limit: int) -> list[OrganizationId]:
    """
    The organizations of at most `limit` steps that are due, each noted. A step that is still there
    later is noted again: whoever dies in between loses nothing.
    """
    bound = {"now": now, "again_at": now + RETRY, "limit": limit}
    rows = _CLAIM.run(connection, bound).all()
    if rows:
        _NOTE.run(connection, {"ids": [row.membership_id for row in rows], "now": now})
    return [row.organization_id for row in rows]


def get(
    connection: Connection, organization_id: OrganizationId, step_id: LeavingStepId
) -> Foreseen | None:
    """None when nothing of that id is foreseen (any more)."""
    query = _foreseen(organization_id).where(leaving_steps.c.id == step_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else _read_foreseen(row)


def listing(
    connection: Connection,
    organization_id: OrganizationId,
    cut: Cut,
    *,
    user_id: str | None = None,
    membership_id: str | None = None,
    step: Step | None = None,
    due_before: datetime | None = None,
) -> Page[Foreseen]:
    """Those for whom all of it holds that is not None, in the order in which they were foreseen."""
    query = _foreseen(organization_id)
    if user_id is not None:
        query = query.where(memberships.c.user_id == user_id)
    if membership_id is not None:
        query = query.where(leaving_steps.c.membership_id == membership_id)
    if step is not None:
        query = query.where(leaving_steps.c.step == step)
    if due_before is not None:
        query = query.where(leaving_steps.c.due_at < due_before)
    return page(connection, query, leaving_steps.c.id, cut, _read_foreseen)


def _foreseen(organization_id: OrganizationId) -> Select[Any]:
    table = leaving_steps
    return (
        select(
            table.c.id,
            table.c.membership_id,
            table.c.step,
            table.c.directory_id,
            table.c.planned_at,
            table.c.due_at,
            table.c.put_off_to,
            memberships.c.user_id,
            memberships.c.told_profile,
        )
        .join_from(table, memberships, memberships.c.id == table.c.membership_id)
        .where(table.c.organization_id == organization_id)
    )


def _read_foreseen(row: Row[*tuple[Any, ...]]) -> Foreseen:
    return Foreseen(step=read(row), user_id=row.user_id, profile=profiles.decoded(row.told_profile))


def read(row: Any) -> LeavingStep:
    """Of a row with the columns of a step by their names."""
    return LeavingStep(
        id=row.id,
        membership_id=row.membership_id,
        step=row.step,
        directory_id=row.directory_id,
        planned_at=moment(row.planned_at),
        due_at=None if row.due_at is None else moment(row.due_at),
        put_off_to=None if row.put_off_to is None else moment(row.put_off_to),
    )
