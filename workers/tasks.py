"""The tasks, a few lines each: what they do is in `provisioning`."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import cache
from typing import Any

from celery import Celery
from sqlalchemy import Engine

from provisioning import domain_checks, invitation_expiry, join_requests, mail_delivery
from provisioning.clock import now
from provisioning.drain import BUDGET_SECONDS, drain
from provisioning.housekeeping import tidy
from provisioning.ids import OrganizationId
from provisioning.key_renewal import INTERVAL as KEY_INTERVAL
from provisioning.key_renewal import renew
from provisioning.leaving_steps import ring_due
from provisioning.signing_keys import Vault
from provisioning.sweep import INTERVAL, sweep
from provisioning.sync_schedules import start_due
from workers.poll_domains import Look, poll

DRAIN = "workers.drain"
SWEEP = "workers.sweep"
RENEW_SIGNING_KEYS = "workers.renew_signing_keys"
SEND_MAILS = "workers.send_mails"
EXPIRE_INVITATIONS = "workers.expire_invitations"
EXPIRE_JOIN_REQUESTS = "workers.expire_join_requests"
POLL_DOMAINS = "workers.poll_domains"


def _every(interval: timedelta, task: str) -> dict[str, Any]:
    # A tick that nobody has heard by the next one has nothing left to say.
    options = {"expires": interval.total_seconds()}
    return {"task": task, "schedule": interval, "options": options}


SCHEDULE = {
    "sweep": _every(INTERVAL, SWEEP),
    "renew_signing_keys": _every(KEY_INTERVAL, RENEW_SIGNING_KEYS),
    "send_mails": _every(mail_delivery.INTERVAL, SEND_MAILS),
    "expire_invitations": _every(invitation_expiry.INTERVAL, EXPIRE_INVITATIONS),
    "expire_join_requests": _every(join_requests.INTERVAL, EXPIRE_JOIN_REQUESTS),
    "poll_domains": _every(domain_checks.INTERVAL, POLL_DOMAINS),
}


def register(
    app: Celery,
    engine: Callable[[], Engine],
    *,
    budget_seconds: float = BUDGET_SECONDS,
    secret_key: str | None = None,
    send: mail_delivery.Send | None = None,
    looks: Sequence[Look] = (),
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
        _look_around(own_engine(), lambda found: drain_organization.apply_async((found,)))

    @app.task(name=RENEW_SIGNING_KEYS, shared=False)  # type: ignore[untyped-decorator]
    def renew_signing_keys() -> None:
        if secret_key is not None:
            renew(own_engine(), Vault(secret_key), now())

    @app.task(name=SEND_MAILS, shared=False)  # type: ignore[untyped-decorator]
    def send_mails() -> None:
        if send is not None:
            mail_delivery.deliver(own_engine(), now, send)

    _register_expiries(app, own_engine)
    _register_polling(
        app, own_engine, looks, lambda found: drain_organization.apply_async((found,))
    )


def _register_expiries(app: Celery, engine: Callable[[], Engine]) -> None:
    @app.task(name=EXPIRE_INVITATIONS, shared=False)  # type: ignore[untyped-decorator]
    def expire_invitations() -> None:
        invitation_expiry.expire(engine(), now())

    @app.task(name=EXPIRE_JOIN_REQUESTS, shared=False)  # type: ignore[untyped-decorator]
    def expire_join_requests() -> None:
        join_requests.expire(engine(), now())


def _register_polling(
    app: Celery,
    engine: Callable[[], Engine],
    looks: Sequence[Look],
    ring: Callable[[OrganizationId], None],
) -> None:
    @app.task(name=POLL_DOMAINS, shared=False)  # type: ignore[untyped-decorator]
    def poll_domains() -> None:
        if looks:
            poll(engine(), now, looks, ring)


def _look_around(engine: Engine, ring: Callable[[OrganizationId], object]) -> None:
    """For what nobody has heard, what is due, and what has been kept long enough."""
    # First: everything else may fail, and what is noted is settled all the same.
    sweep(engine, now(), ring)
    start_due(engine, now(), ring)
    ring_due(engine, now(), ring)
    tidy(engine, now())
