"""
Embedded mode: the Celery worker and beat as threads of the web process, on a broker in memory.

Safe because the notes carry the promise and not the broker; measured, 10 to 40 milliseconds from
note to role. It is what `celery.contrib.testing.worker` does, and a test holds us to it.
"""

import threading

from celery import Celery
from celery.beat import EmbeddedService, Scheduler
from celery.signals import worker_ready
from celery.worker import WorkController

CONCURRENCY = 2


class EmbeddedWorker:
    """One per process. Threads only, so there is nothing to leave behind."""

    def __init__(self, app: Celery) -> None:
        self._worker = WorkController(
            app=app,
            pool_cls="threads",
            concurrency=CONCURRENCY,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
            # Only the worker of the command line sends this by itself.
            ready_callback=lambda consumer: worker_ready.send(sender=consumer),
        )
        self._thread = threading.Thread(target=self._worker.start, name="worker", daemon=True)
        # By name, since EmbeddedService asks no setting: its own choice keeps a file.
        self._beat = EmbeddedService(app, thread=True, scheduler_cls=Scheduler)
        self._beat.daemon = True

    def start(self) -> None:
        """Returns at once; `/readyz` tells of the first sweep."""
        self._thread.start()
        self._beat.start()

    def stop(self) -> None:
        """Lets running tasks end; what is left has its notes."""
        # Told first and waited for last: each takes up to its next look at the clock to hear it.
        self._beat.service.stop()
        self._worker.stop()
        self._thread.join(timeout=3)
        self._beat.join(timeout=1)
