"""Many latencies in a few numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Self

from service.bench.connection import Slice
from service.percentiles import percentile


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One side of one operation."""

    requests_per_second: float
    p50_ms: float
    p99_ms: float

    @classmethod
    def of(cls, measured: Slice) -> Self:
        """Of one round."""
        ascending = sorted(measured.latencies)
        return cls(
            requests_per_second=round(len(ascending) / measured.elapsed, 1),
            p50_ms=percentile(ascending, 50),
            p99_ms=percentile(ascending, 99),
        )

    @classmethod
    def typical(cls, rounds: Sequence["Figures"]) -> Self:
        """The median of each number."""
        return cls(
            requests_per_second=median(each.requests_per_second for each in rounds),
            p50_ms=median(each.p50_ms for each in rounds),
            p99_ms=median(each.p99_ms for each in rounds),
        )
