"""The statements that something executes, and how PostgreSQL goes about them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, event

from tests.tenant import Tenant


@dataclass(frozen=True, slots=True)
class Executed:
    """A statement, and what it was given."""

    statement: str
    parameters: Any


def executed(engine: Engine, act: Callable[[], object]) -> list[Executed]:
    """By the act, in order; how they are to be planned is none of them."""
    captured: list[Executed] = []

    def listen(*execution: Any) -> None:
        if "plan_cache_mode" not in execution[2]:
            captured.append(Executed(execution[2], execution[3]))

    event.listen(engine, "before_cursor_execute", listen)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", listen)
    return captured


def counted(tenant: Tenant, act: Callable[[], object]) -> int:
    """How many statements the act takes."""
    return len(executed(tenant.engine, act))


def analyzed(connection: Connection, one: Executed) -> dict[str, Any]:
    """PostgreSQL's outermost node, with what it took; the statement is executed once more."""
    explained = connection.exec_driver_sql(
        f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {one.statement}", one.parameters
    ).scalar_one()
    (plan,) = explained if isinstance(explained, list) else orjson.loads(explained)
    node: dict[str, Any] = plan["Plan"]
    return node


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """It, and all below it."""
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes(inner)


def handled(node: dict[str, Any]) -> int:
    """The rows that a node gave or threw away."""
    lost = sum(value for name, value in node.items() if name.startswith("Rows Removed by"))
    return int((node["Actual Rows"] + lost) * node["Actual Loops"])
