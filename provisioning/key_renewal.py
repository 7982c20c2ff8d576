"""The periodic look at the keys that sign tokens."""

from datetime import datetime, timedelta

from sqlalchemy import Engine

from provisioning import signing_keys
from provisioning.context import Acting
from provisioning.signing_keys import Vault
from provisioning.store import periodic_jobs
from provisioning.store.engine import transaction

INTERVAL = timedelta(minutes=10)
_EARLY = timedelta(minutes=1)


def renew(engine: Engine, vault: Vault, now: datetime) -> None:
    """What is due of `signing_keys.renew`; nothing when another process has just done it."""
    with transaction(engine) as connection:
        # Beat ticks once per interval; a tick that is a little early must not skip its turn.
        if periodic_jobs.claim(connection, "renew_signing_keys", now, INTERVAL - _EARLY):
            by = Acting(actor="worker:renew_signing_keys", now=now)
            signing_keys.renew(connection, vault, by)
