"""How a replay went, for the person who has to repair the server."""

from dataclasses import dataclass

import httpx

SHOWN_CHARACTERS = 800


@dataclass(frozen=True, slots=True)
class Outcome:
    """One step: passed when there are no problems, unless it was skipped."""

    number: int
    name: str
    level: str
    problems: tuple[str, ...] = ()
    is_skipped: bool = False

    def __str__(self) -> str:
        lines = [f"{self.number:4d} [{self.level}] {self.name}", *self.problems]
        return "\n       ".join(lines)


@dataclass(frozen=True, slots=True)
class Report:
    """All steps of one file."""

    outcomes: tuple[Outcome, ...]

    @property
    def failed(self) -> list[Outcome]:
        """At every level: what a client merely should be able to do, we do."""
        return [outcome for outcome in self.outcomes if outcome.problems]

    @property
    def skipped(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.is_skipped]

    def __str__(self) -> str:
        failed, skipped = len(self.failed), len(self.skipped)
        passed = len(self.outcomes) - failed - skipped
        total = f"{passed} passed, {failed} failed, {skipped} skipped"
        return "\n".join([total, *map(str, self.failed)])


def trace(response: httpx.Response) -> list[str]:
    """The exchange in four lines, bodies cut."""
    request = response.request
    return [
        f"> {request.method} {request.url}",
        f"> {request.content.decode(errors='replace')[:SHOWN_CHARACTERS]}",
        f"< {response.status_code} {response.headers.get('content-type', '')}",
        f"< {response.text[:SHOWN_CHARACTERS]}",
    ]
