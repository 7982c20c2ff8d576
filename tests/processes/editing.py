"""
Somebody who changes one thing after the other over HTTP, chosen by a seed: what becomes of it among
all the others is chance, and what must hold in the end is not.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, TypeVar

import httpx

T = TypeVar("T")

REFUSED = frozenset({404, 409})
"""What was there is gone, or a rule stands against it: among ten who edit, nothing unusual."""
_AGAIN_SECONDS = 0.1
_PATIENCE_SECONDS = 60


class Editor:
    """Asks again where it is told to, as its kind does; any other failure is the test's."""

    def __init__(self, client: httpx.Client, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - a workload
        self.statuses: Counter[int] = Counter()
        """Of every attempt."""
        self.again = 0
        """How often somebody had to ask again."""
        self._client = client

    def acts(self) -> Sequence[Callable[[], object]]:
        """What it does, the more often the more often it stands there."""
        raise NotImplementedError

    def edit(self, times: int) -> None:
        for _ in range(times):
            self.random.choice(self.acts())()

    def one_of(self, things: Sequence[T]) -> T | None:
        """None of none."""
        return self.random.choice(things) if things else None

    def ask(
        self, method: str, path: str, body: Any = None, may_be: frozenset[int] = REFUSED
    ) -> dict[str, Any] | None:
        """What is answered; None where it was refused, with one of the statuses it `may_be`."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            answer = self._client.request(method, path, json=body)
            self.statuses[answer.status_code] += 1
            if not self._is_to_try_again(answer):
                break
            assert time.monotonic() < deadline, f"{method} {path}: {answer.text}"
            self.again += 1
            time.sleep(_AGAIN_SECONDS)
        if answer.status_code in may_be:
            return None
        assert answer.is_success, f"{method} {path} {body}: {answer.status_code} {answer.text}"
        return dict(answer.json()) if answer.content else {}

    def _is_to_try_again(self, answer: httpx.Response) -> bool:
        return answer.status_code == httpx.codes.SERVICE_UNAVAILABLE or (
            answer.status_code == httpx.codes.CONFLICT and '"try_again"' in answer.text
        )
