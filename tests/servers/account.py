"""Whom PostgreSQL runs as: it refuses to start as root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypedDict


class Identity(TypedDict, total=False):
    """The keyword arguments that make `subprocess` drop root's rights."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    """Another user of this machine, for a test process that is root."""

    name: str
    uid: int
    gid: int

    def identity(self) -> Identity:
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_enter(self, directory: Path) -> bool:
        """Asked of the kernel as that user: modes, groups and ACLs of every parent count."""
        probe = subprocess.run(
            ["/bin/sh", "-c", 'test -x "$0"', str(directory)], check=False, **self.identity()
        )
        return probe.returncode == 0


@cache
def unprivileged() -> Account | None:
    """None when the test process is not root: then servers simply run as whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    msg = "PostgreSQL refuses to run as root, and this machine has neither a postgres nor a nobody"
    raise LookupError(msg)
