"""Breakers of directories as clients set and get them."""

from dataclasses import asdict
from typing import Annotated

from pydantic import Field

from admin_api.messages import WHOLE, Body, Shown, Time
from provisioning.breaker_policy import MOST_PEOPLE
from provisioning.store.breakers import BreakerState

_DAY = 24 * 3600


class ChangedBreaker(Body):
    """What is left out stays."""

    enabled: Annotated[bool | None, Field(description="Off: no further loss is held.")] = None
    max_count: Annotated[
        int | None,
        Field(ge=0, le=MOST_PEOPLE, description="Losses in the window that always go through."),
        WHOLE,
    ] = None
    max_share: Annotated[
        float | None,
        Field(ge=0, le=1, description="Of the directory's active people; both must be passed."),
    ] = None
    window_seconds: Annotated[int | None, Field(ge=60, le=7 * _DAY), WHOLE] = None


class ShownBreaker(Shown):
    enabled: bool
    max_count: int
    max_share: float
    window_seconds: int
    tripped_at: Annotated[Time | None, Field(description="Since when it holds losses.")]
    held: Annotated[int, Field(description="Changes that wait for a decision.")]


def shown(state: BreakerState) -> ShownBreaker:
    """As clients get it."""
    return ShownBreaker(**asdict(state.policy), tripped_at=state.tripped_at, held=state.held)
