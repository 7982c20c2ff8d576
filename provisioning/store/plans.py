"""Plans: what a change would do, as it was seen at one moment, kept to be read and applied."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Row, select

from provisioning import ids
from provisioning.ids import DirectoryId, OrganizationId, PlanId, RunId
from provisioning.store.bulk import insertion
from provisioning.store.json_columns import decoded, encoded, json_text
from provisioning.store.pages import Cut, Page, page
from provisioning.store.run_tables import plan_actions, plans
from provisioning.store.sql import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Two plans whose actions are the same, in whatever order, have the same fingerprint."""

    id: PlanId
    organization_id: OrganizationId
    directory_id: DirectoryId
    change: Mapping[str, Any]
    summary: Mapping[str, Any]
    fingerprint: str
    actor: str
    created_at: datetime
    expires_at: datetime
    applied_at: datetime | None = None
    run_id: RunId | None = None


_JSON = ("change", "summary")
_PUT_ACTIONS = insertion(
    "plan_actions",
    {"id": "text", "action": "text"},
    shared={"plan_id": ":plan_id", "organization_id": ":organization_id"},
)


def insert(connection: Connection, plan: Plan) -> None:
    """Without its actions."""
    values = {column.name: getattr(plan, column.name) for column in plans.c}
    connection.execute(plans.insert().values(encoded(values, *_JSON)))


def insert_actions(
    connection: Connection, plan: Plan, actions: Sequence[Mapping[str, Any]], first: int
) -> None:
    """A batch of them, the first of which has the number `first`."""
    rows = [
        {"id": f"{ids.PLAN_ACTION}_{number:032x}", "action": json_text(action)}
        for number, action in enumerate(actions, first)
    ]
    here = {"plan_id": plan.id, "organization_id": plan.organization_id}
    _PUT_ACTIONS.run(connection, rows, here)


def get(
    connection: Connection,
    organization_id: OrganizationId,
    directory_id: DirectoryId,
    plan_id: PlanId,
    *,
    locked: bool = False,
) -> Plan | None:
    """`locked`: nobody else applies it until the transaction ends."""
    query = _of_directory(organization_id, directory_id).where(plans.c.id == plan_id)
    row = connection.execute(query.with_for_update() if locked else query).one_or_none()
    return None if row is None else _read(row)


def listing(
    connection: Connection, organization_id: OrganizationId, directory_id: DirectoryId, cut: Cut
) -> Page[Plan]:
    """Oldest first."""
    return page(connection, _of_directory(organization_id, directory_id), plans.c.id, cut, _read)


def actions(connection: Connection, plan: Plan, cut: Cut) -> Page[dict[str, Any]]:
    """In the order in which they were planned."""
    table = plan_actions
    query = select(table.c.id, table.c.action).where(
        table.c.plan_id == plan.id, table.c.organization_id == plan.organization_id
    )
    return page(
        connection, query, table.c.id, cut, lambda row: {"id": row.id, **orjson.loads(row.action)}
    )


def mark_applied(connection: Connection, plan: Plan, run_id: RunId, now: datetime) -> None:
    """The caller holds its lock."""
    mine = plans.update().where(
        plans.c.id == plan.id, plans.c.organization_id == plan.organization_id
    )
    connection.execute(mine.values(applied_at=now, run_id=run_id))


_FORGET_ACTIONS = Statement(
    """
    DELETE FROM plan_actions WHERE plan_id IN (SELECT id FROM plans WHERE expires_at < :before)
    """
)
_FORGET = Statement("DELETE FROM plans WHERE expires_at < :before")


def forget(connection: Connection, before: datetime) -> None:
    """Those that expired long ago, of all organizations."""
    _FORGET_ACTIONS.run(connection, {"before": before})
    _FORGET.run(connection, {"before": before})


def _of_directory(organization_id: OrganizationId, directory_id: DirectoryId) -> Any:
    return select(plans).where(
        plans.c.organization_id == organization_id, plans.c.directory_id == directory_id
    )


def _read(row: Row[*tuple[Any, ...]]) -> Plan:
    return Plan(**decoded(row, *_JSON))
