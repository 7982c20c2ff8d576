"""A validating resolver, Unbound, whose clock goes by a test's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from signal import SIGTERM

import dns.exception
import dns.message
import dns.query

from tests.servers.dns_programs import DnsPrograms
from tests.servers.ports import LOOPBACK
from tests.servers.server import Server

_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Roots:
    """Where it begins: the addresses of zones, of the root's at least."""

    zones: Mapping[str, Sequence[str]]
    port: int
    trust_anchors: Sequence[str]
    """Records in text."""


class Unbound(Server):
    """`more` are lines of its configuration's section `server`."""

    stop_signal = SIGTERM
    orphan_signal = SIGTERM

    def __init__(
        self, directory: Path, programs: DnsPrograms, roots: Roots, more: Sequence[str] = ()
    ) -> None:
        super().__init__(directory)
        self._programs = programs
        self._roots = roots
        self._more = more
        self._now = datetime.now(UTC)
        self.advance(0)

    def advance(self, seconds: float) -> None:
        """Its clock, which stands still otherwise."""
        self._now += timedelta(seconds=seconds)
        fresh = self.directory / "clock.new"
        fresh.write_text(self._now.strftime("%Y-%m-%d %H:%M:%S"))
        fresh.replace(self._clock)  # it may be looking at it

    def command(self) -> list[str | Path]:
        configuration = self.directory / "unbound.conf"
        configuration.write_text(self._configuration())
        variables = {
            "LD_PRELOAD": self._programs.faketime,
            "FAKETIME_TIMESTAMP_FILE": self._clock,
            "TZ": "UTC",
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # its timers are the kernel's
        }
        given = [f"{name}={value}" for name, value in variables.items()]
        return ["/usr/bin/env", *given, self._programs.unbound, "-d", "-c", configuration]

    def ask(self, name: str, kind: str = "TXT") -> dns.message.Message:
        # By TCP, which tells at once that nobody is there yet.
        query = dns.message.make_query(name, kind)
        return dns.query.tcp(query, LOOPBACK, timeout=_SECONDS, port=self.port)

    def answers(self) -> bool:
        try:
            self.ask(".", "SOA")
        except (dns.exception.DNSException, OSError):
            return False
        return True

    @property
    def _clock(self) -> Path:
        return self.directory / "clock"

    def _configuration(self) -> str:
        anchors = "".join(f'    trust-anchor: "{one}"\n' for one in self._roots.trust_anchors)
        stubs = "".join(
            f'stub-zone:\n    name: "{zone or "."}"\n'
            + "".join(f"    stub-addr: {one}@{self._roots.port}\n" for one in addresses)
            for zone, addresses in self._roots.zones.items()
        )
        more = "".join(f"    {line}\n" for line in self._more)
        return f"""
server:
    directory: "{self.directory}"
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    interface: {LOOPBACK}@{self.port}
    do-not-query-localhost: no
    unknown-server-time-limit: 100
    module-config: "validator iterator"
{anchors}{more}remote-control:
    control-enable: no
{stubs}"""
