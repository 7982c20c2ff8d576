"""What happened, told in order: one gap-free sequence per organization."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Draft:
    """
    An event before it has a place in the sequence. `previous` holds the former values of the
    attributes that changed (None where there was none), and is None when nothing was before.
    """

    type: str
    data: Mapping[str, Any]
    previous: Mapping[str, Any] | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
