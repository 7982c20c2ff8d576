"""A ledger, summed up."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any

from service.percentiles import percentile
from service.simulate.ledger import Failure, Ledger

_SHOWN_FAILURES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Milliseconds from request to complete answer."""

    p50: float
    p95: float
    p99: float
    max: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KindReport:
    """All attempts of one kind of request; status 0 counts those without an answer."""

    kind: str
    count: int
    statuses: dict[int, int]
    latency_ms: Latency


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a simulation did and how the server took it."""

    seconds: float
    requests: int
    requests_per_second: float
    retries: int
    kinds: tuple[KindReport, ...]
    failure_count: int
    failures: tuple[Failure, ...]
    """The first twenty."""
    user_ids: tuple[str, ...]
    """Created by this run, as the server named them; adopted ones are not among them."""
    group_ids: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; statuses become text, as JSON's keys are."""
        return asdict(self) | {
            "kinds": [
                asdict(kind) | {"statuses": {str(k): n for k, n in kind.statuses.items()}}
                for kind in self.kinds
            ]
        }


def summarize(ledger: Ledger) -> Report:
    """The report of everything up to now."""
    seconds = perf_counter() - ledger.started
    requests = sum(len(samples) for samples in ledger.samples.values())
    return Report(
        seconds=round(seconds, 3),
        requests=requests,
        requests_per_second=round(requests / seconds, 1),
        retries=ledger.retries,
        kinds=tuple(_kind(kind, samples) for kind, samples in ledger.samples.items()),
        failure_count=len(ledger.failures),
        failures=tuple(ledger.failures[:_SHOWN_FAILURES]),
        user_ids=tuple(ledger.created["user"]),
        group_ids=tuple(ledger.created["group"]),
    )


def _kind(kind: str, samples: Sequence[tuple[int, float]]) -> KindReport:
    took = sorted(seconds for _, seconds in samples)
    return KindReport(
        kind=kind,
        count=len(samples),
        statuses=dict(sorted(Counter(status for status, _ in samples).items())),
        latency_ms=Latency(
            p50=percentile(took, 50),
            p95=percentile(took, 95),
            p99=percentile(took, 99),
            max=percentile(took, 100),
        ),
    )
