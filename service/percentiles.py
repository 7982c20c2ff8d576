"""Many latencies in one number."""

import math
from collections.abc import Sequence


def percentile(ascending: Sequence[float], percent: int) -> float:
    """Of seconds, in milliseconds; by nearest rank, so that it is one that was measured."""
    rank = max(1, math.ceil(len(ascending) * percent / 100))
    return round(ascending[rank - 1] * 1000, 2)
