"""Where Debian's DNS servers are: Knot has zones, Unbound resolves, its clock being a test's."""

import shutil
import socket
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PACKAGES = "unbound knot libfaketime"
"""Debian's."""
DNS_PORT = 53
_SBIN = "/usr/local/sbin:/usr/sbin"  # not on everybody's PATH


@dataclass(frozen=True, slots=True)
class DnsPrograms:
    knot: Path
    unbound: Path
    faketime: Path
    """A library that moves the clock of the program which it is loaded into."""

    def __str__(self) -> str:
        versions = (_version(program) for program in (self.unbound, self.knot))
        return ", ".join(versions)


@cache
def dns_programs() -> DnsPrograms | None:
    """None unless all of them are there."""
    knot, unbound = _program("knotd"), _program("unbound")
    libraries = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    if knot is None or unbound is None or not libraries:
        return None
    return DnsPrograms(knot, unbound, libraries[0])


@cache
def may_serve_at_53() -> bool:
    """Unbound goes to no other port along a delegation; most users may not listen there."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("127.53.53.53", DNS_PORT))
        except OSError:
            return False
        return True


def described() -> str:
    """For whoever reads the outcome of a run: who has taken part."""
    found = dns_programs()
    if found is None:
        return f"DNS servers: ours alone (Debian's: apt-get install {PACKAGES})"
    how = "along delegations" if may_serve_at_53() else "told of each zone: port 53 is not ours"
    return f"DNS servers: ours; {found}, {how}"


def _program(name: str) -> Path | None:
    found = shutil.which(name) or shutil.which(name, path=_SBIN)
    return Path(found) if found else None


def _version(program: Path) -> str:
    said = subprocess.run([program, "-V"], check=False, capture_output=True, text=True).stdout
    number = next(
        (word for word in said.replace(",", " ").split() if word[0].isdigit()), "unknown version"
    )
    return f"{program.name} {number}"


if __name__ == "__main__" and dns_programs() is None:
    print(PACKAGES)  # noqa: T201 - for .ci/run, which installs them
