"""What is kept for a while only, and then goes."""

from datetime import datetime, timedelta

from sqlalchemy import Engine

from provisioning import strangers
from provisioning.store import idempotent_answers, periodic_jobs, plans
from provisioning.store.engine import transaction

INTERVAL = timedelta(hours=1)
ANSWERS_KEPT = timedelta(hours=24)
"""How long a request may be repeated with its Idempotency-Key."""
PLANS_KEPT = timedelta(days=7)
"""How long a plan can be read after it has expired."""

JOIN_REQUESTS_KEPT = timedelta(days=90)
"""How long a request to join can be read after its end; a member's as long as there is one."""


def tidy(engine: Engine, now: datetime) -> bool:
    """False when it is not due."""
    with transaction(engine) as connection:
        if not periodic_jobs.claim(connection, "housekeeping", now, INTERVAL):
            return False
        idempotent_answers.forget(connection, now - ANSWERS_KEPT)
        plans.forget(connection, now - PLANS_KEPT)
    strangers.forget_requests(engine, now - JOIN_REQUESTS_KEPT, now)
    strangers.forget_gone(engine, now)
    return True
