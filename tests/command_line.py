"""The command line as others use it: a process of its own, settings in its environment."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
END_SECONDS = 60

Settings = Mapping[str, str]
"""`PROVISIONING_*`; nothing else of that name reaches the process."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has run."""

    status: int
    out: str
    err: str

    @property
    def answer(self) -> Any:
        """What `--json` printed: raises unless it is exactly one JSON value."""
        assert self.status == 0, self.err
        return json.loads(self.out)


def run(settings: Settings, *words: str | bytes) -> Ended:
    ended = subprocess.run(
        arguments(settings, *words),
        check=False,
        capture_output=True,
        cwd=ROOT,
        timeout=END_SECONDS,
    )
    return Ended(ended.returncode, ended.stdout.decode(), ended.stderr.decode())


def ask(settings: Settings, *words: str) -> Any:
    """The answer of a command that succeeds."""
    return run(settings, *words, "--json").answer


def arguments(settings: Settings, *words: str | bytes) -> Sequence[str | bytes]:
    """`env` sets the settings, so that whoever starts this knows nothing of environments."""
    foreign = [name for name in os.environ if name.startswith("PROVISIONING_")]
    return [
        "env",
        *(f"--unset={name}" for name in foreign),
        *(f"{name}={value}" for name, value in settings.items()),
        sys.executable,
        *("-m", "service"),
        *words,
    ]
