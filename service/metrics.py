"""
The page that Prometheus reads: what this service's processes counted, and how far the workers are
behind, which is in the database, so that every web process says the same of it.
"""

from collections.abc import Iterator
from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from service.health import Health

CONTENT_TYPE = CONTENT_TYPE_LATEST


def page(found: Health, shared: Path | None) -> bytes:
    """
    `shared` is where the processes behind one port keep their counters; None: this one is alone.
    Without a database there is nothing to say of the workers, and a zero would look well.
    """
    state = CollectorRegistry()
    state.register(_State(found))
    if shared is None:
        return generate_latest(REGISTRY) + generate_latest(state)
    counted = CollectorRegistry()
    # Untyped upstream.
    MultiProcessCollector(counted, str(shared))  # type: ignore[no-untyped-call]
    return generate_latest(counted) + generate_latest(state)


class _State(Collector):
    """Gauges without a process of their own."""

    def __init__(self, found: Health) -> None:
        self._found = found

    def collect(self) -> Iterator[GaugeMetricFamily]:
        found = self._found
        yield _gauge("ready", "Whether requests can be answered: 1 or 0", found.ready)
        if not found.ready:
            return
        yield _gauge("waiting_notes", "Notes that no drain has settled yet", found.waiting_notes)
        yield _gauge(
            "oldest_note_seconds", "How long the oldest note has waited", found.oldest_note_seconds
        )
        yield _gauge("set_aside_notes", "Notes that could not be settled", found.set_aside_notes)
        yield _gauge("waiting_mails", "E-mails to be sent, or tried again", found.waiting_mails)
        yield _gauge(
            "given_up_mails",
            "Pending invitations whose e-mail was refused for good",
            found.given_up_mails,
        )
        if found.last_sweep_seconds is not None:
            yield _gauge(
                "last_sweep_seconds", "How long ago a worker swept", found.last_sweep_seconds
            )


def _gauge(name: str, documentation: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"provisioning_{name}", documentation, value=value)
