"""Many latencies in a few numbers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Self

from service.bench.connection import Slice


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


def percentile(ascending: Sequence[float], percent: int) -> float:
    """Of seconds, in milliseconds; by nearest rank, so that it is one that was measured."""
    rank = max(1, math.ceil(len(ascending) * percent / 100))
    return round(ascending[rank - 1] * 1000, 2)
