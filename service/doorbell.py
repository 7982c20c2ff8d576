"""Tells the workers that there may be something to do; the sweep finds what was not heard."""

import threading
import time
from collections.abc import Callable

import structlog

from provisioning.ids import OrganizationId

QUIET_SECONDS = 0.02
"""At most one ring per organization in this time, however many requests there were."""
_WARN_EVERY_SECONDS = 60.0

log = structlog.get_logger(__name__)


class Doorbell:
    """A thread that rings, so that no request ever waits for the broker."""

    def __init__(self, ring: Callable[[OrganizationId], None]) -> None:
        self._ring = ring
        self._waiting: set[OrganizationId] = set()
        self._wake = threading.Event()
        self._stopped = False
        self._warned_at = float("-inf")
        self._thread = threading.Thread(target=self._run, name="doorbell", daemon=True)
        self._thread.start()

    def ring(self, organization_id: OrganizationId) -> None:
        """Returns at once."""
        self._waiting.add(organization_id)
        self._wake.set()

    def stop(self) -> None:
        """What has not been rung yet is left to the sweep."""
        self._stopped = True
        self._wake.set()
        self._thread.join(timeout=2)

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            if self._stopped:
                return
            while self._waiting:
                self._ring_safely(self._waiting.pop())
            time.sleep(QUIET_SECONDS)

    def _ring_safely(self, organization_id: OrganizationId) -> None:
        try:
            self._ring(organization_id)
        except Exception:  # noqa: BLE001 - whatever the broker's client raises, the note is there
            if time.monotonic() - self._warned_at > _WARN_EVERY_SECONDS:
                self._warned_at = time.monotonic()
                log.warning("the broker does not answer; the sweep will find the notes")
