"""The tasks, a few lines each: what they do is in `provisioning`."""

from collections.abc import Callable
from functools import cache

from celery import Celery
from sqlalchemy import Engine

from provisioning.clock import now
from provisioning.drain import BUDGET_SECONDS, drain
from provisioning.housekeeping import tidy
from provisioning.ids import OrganizationId
from provisioning.sweep import INTERVAL, sweep

DRAIN = "workers.drain"
SWEEP = "workers.sweep"
SCHEDULE = {
    "sweep": {
        "task": SWEEP,
        "schedule": INTERVAL,
        # A tick that nobody has heard by the next one has nothing left to say.
        "options": {"expires": INTERVAL.total_seconds()},
    }
}


def register(
    app: Celery, engine: Callable[[], Engine], *, budget_seconds: float = BUDGET_SECONDS
) -> None:
    """Gives the app its tasks; each process opens its own connections at the first one."""
    own_engine = cache(engine)

    @app.task(name=DRAIN, shared=False)  # type: ignore[untyped-decorator]
    def drain_organization(organization_id: str) -> None:
        found = OrganizationId(organization_id)
        done = drain(own_engine(), found, now, budget_seconds=budget_seconds)
        for woken in done.woken:
            drain_organization.apply_async((woken,))
        if done.more:
            # At the end of the queue: other organizations have their turn first.
            drain_organization.apply_async((organization_id,))

    @app.task(name=SWEEP, shared=False)  # type: ignore[untyped-decorator]
    def sweep_all() -> None:
        sweep(own_engine(), now(), lambda found: drain_organization.apply_async((found,)))
        tidy(own_engine(), now())
