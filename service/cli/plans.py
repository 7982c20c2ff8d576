"""`provisioning plan …`, and what `--dry-run` shows."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from sqlalchemy import Connection

from provisioning import directories, plans
from provisioning.clock import now, rfc3339
from provisioning.ids import DirectoryId, PlanId
from provisioning.store import plans as store
from provisioning.store.pages import Cut
from provisioning.store.plans import Plan
from service.cli.options import DirectoryOption
from service.cli.output import AsJson, emit
from service.cli.runtime import actor, changing, looking
from service.cli.tables import print_rows

app = typer.Typer(no_args_is_help=True, help="Plans: what a change would do, before it is done.")

DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Say what would change to whom, and change nothing.")
]
_PAGE = 1000
_SHOWN_TO_PEOPLE = 200


@app.command(name="list")
def list_all(directory: DirectoryOption, as_json: AsJson = False) -> None:
    """The plans of a directory that are still kept, oldest first."""
    with looking() as connection:
        found = directories.get(connection, DirectoryId(directory))
        page = store.listing(connection, found.organization_id, found.id, Cut(limit=_PAGE))
    emit([_summary(plan) for plan in page.items], as_json=as_json, title="plans")


@app.command()
def show(directory: DirectoryOption, plan: str, as_json: AsJson = False) -> None:
    """Whom it concerns, how, and why."""
    with looking() as connection:
        found = directories.get(connection, DirectoryId(directory))
        known = plans.get(connection, found.organization_id, found.id, PlanId(plan))
        actions = list(_actions(connection, known))
    tell(known, actions, as_json=as_json)


@app.command()
def apply(directory: DirectoryOption, plan: str, as_json: AsJson = False) -> None:
    """Does exactly what the plan says, or nothing where something else would come of it by now."""
    with changing() as connection:
        found = directories.get(connection, DirectoryId(directory))
        applied, _ = plans.apply(
            connection,
            found.organization_id,
            found.id,
            PlanId(plan),
            actor=actor(),
            now=now(),
        )
    emit(_summary(applied), as_json=as_json)


def draw_up(directory: str, change: Mapping[str, Any], *, as_json: bool) -> None:
    """Keeps a plan of the change, and shows it."""
    with changing() as connection:
        found = directories.get(connection, DirectoryId(directory))
        drawn = plans.draw_up(connection, found, change, actor=actor(), now=now())
        actions = list(_actions(connection, drawn))
    tell(drawn, actions, as_json=as_json)


def tell(plan: Plan, actions: list[dict[str, Any]], *, as_json: bool) -> None:
    """The summary first."""
    summary = _summary(plan)
    if as_json:
        emit({**summary, "actions": actions}, as_json=True)
        return
    emit(summary, as_json=False)
    if not actions:
        return
    console = Console(highlight=False)
    print_rows(console, [_row(action) for action in actions[:_SHOWN_TO_PEOPLE]])
    if len(actions) > _SHOWN_TO_PEOPLE:
        console.print(f"… and {len(actions) - _SHOWN_TO_PEOPLE} more: `--json` shows all")


def _row(action: Mapping[str, Any]) -> dict[str, str]:
    person = action["person"]
    before, after = (", ".join(action[name]) for name in ("roles_before", "roles_after"))
    return {
        "person": str(person["email"] or person["display_name"] or person["directory_user_id"]),
        "action": str(action["action"]),
        "status": _step(action["before"], action["after"]),
        "roles": before if before == after else _step(before or "–", after or "–"),
        "why": str(action["why"]),
    }


def _step(before: str | None, after: str | None) -> str:
    return " → ".join(each for each in (before, after) if each is not None)


def _summary(plan: Plan) -> dict[str, Any]:
    return {
        "directory_id": plan.directory_id,
        "dry_run": plan.applied_at is None,
        "plan_id": plan.id,
        "change": dict(plan.change),
        "people": plan.summary["people"],
        "losing_access": plan.summary["losing_access"],
        "counts": plan.summary["actions"],
        "expires_at": rfc3339(plan.expires_at),
        "applied_at": None if plan.applied_at is None else rfc3339(plan.applied_at),
        "run_id": plan.run_id,
    }


def _actions(connection: Connection, plan: Plan) -> Iterator[dict[str, Any]]:
    after: str | None = None
    while True:
        page = store.actions(connection, plan, Cut(limit=_PAGE, after=after))
        yield from page.items
        if page.after is None:
            return
        after = page.after
