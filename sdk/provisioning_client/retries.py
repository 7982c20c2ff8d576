"""
Whether an attempt is followed by another, and when: 0.5, 1, 2 … seconds, each up to a half less,
or what the server's Retry-After says.

Repeated are GET, PUT, DELETE, and POST, which carries an Idempotency-Key or does no harm twice. A
PATCH that may have been done is not: by now it could undo what somebody else has done since.
"""

import random
from dataclasses import dataclass

import httpx

from provisioning_client.errors import refusal, retry_after

_NOT_DONE = frozenset({429})
_MAYBE_DONE = frozenset({502, 503, 504})
_TRY_AGAIN = "try_again"
"""The code of a 409 by which the server says that two changes met, and this one was not done."""
_REPEATABLE = frozenset({"GET", "PUT", "DELETE", "POST"})
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """`limit` attempts after the first; `longest` seconds are the most that is waited at once."""

    limit: int = 3
    first: float = 0.5
    longest: float = 30.0

    def after_answer(self, method: str, attempt: int, answer: httpx.Response) -> float | None:
        """Seconds until the next attempt; None: this answer stands. The first attempt is 0."""
        status = answer.status_code
        again = (
            status in _NOT_DONE
            or (status in _MAYBE_DONE and method in _REPEATABLE)
            or (status == httpx.codes.CONFLICT and refusal(answer).code == _TRY_AGAIN)
        )
        if attempt >= self.limit or not again:
            return None
        asked = retry_after(answer)
        if asked is None:
            return self._pause(attempt)
        return asked if asked <= self.longest else None

    def after_silence(self, method: str, attempt: int, error: httpx.TransportError) -> float | None:
        """As `after_answer`, where there was none."""
        again = method in _REPEATABLE or isinstance(error, _NEVER_SENT)
        return self._pause(attempt) if again and attempt < self.limit else None

    def _pause(self, attempt: int) -> float:
        pause: float = min(self.longest, self.first * 2**attempt)
        return pause * random.uniform(0.5, 1)  # noqa: S311 - so that clients do not march in step
