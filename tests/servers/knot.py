"""An authoritative DNS server, Knot: it signs its zone, and takes changes while it runs."""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGSTOP, SIGTERM

import dns.dnssec
import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.query
import dns.rcode
import dns.rdatatype
import dns.update
from dns.rdtypes.ANY.SOA import SOA

from tests.servers.dns import absolute
from tests.servers.server import POLL_SECONDS, READY_SECONDS, Server

_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class ZoneFile:
    """`text` is without the SOA; a copy has none, and the address that it is copied from."""

    origin: str
    text: str = ""
    minimum: int = 3600
    """For how many seconds an absence may be remembered."""
    is_signed: bool = True
    copied_from: str | None = None

    @property
    def whole(self) -> str:
        soa = f"@ SOA ns.invalid. admin.invalid. 1 7200 900 1209600 {self.minimum}"
        return f"$ORIGIN {absolute(self.origin)}\n$TTL {self.minimum}\n{soa}\n{self.text}\n"


class Knot(Server):
    """One zone at one address; the port is the same for all, as resolvers expect it."""

    stop_signal = SIGTERM
    orphan_signal = SIGKILL  # it may have fallen silent, and hear of nothing else

    def __init__(
        self, directory: Path, program: Path, zone: ZoneFile, address: str, port: int
    ) -> None:
        super().__init__(directory)
        self.zone = zone
        self.address = address
        self.port = port
        self.has_zone = True
        """Without, at its next start, it refuses to answer: a delegation that is lame."""
        self._program = program

    def command(self) -> list[str | Path]:
        zone = self.directory / "zone"
        zone.write_text(self.zone.whole)
        configuration = self.directory / "knot.conf"
        configuration.write_text(self._configuration(zone))
        return [self._program, "-c", configuration]

    def answers(self) -> bool:
        try:
            said = self._ask("SOA", self.address)
        except (dns.exception.DNSException, OSError):
            return False
        return bool(said.answer) or (not self.has_zone and said.rcode() == dns.rcode.REFUSED)

    def change(self, name: str, *texts: str, kind: str = "TXT", seconds: int = 60) -> None:
        """Instead of what was there: served, and signed, when this returns (RFC 2136)."""
        away = dns.update.UpdateMessage(self._origin)
        away.delete(absolute(name), kind)
        self._tell(away)  # by itself: Knot 3.2 adds no CNAME where one goes in the same update
        update = dns.update.UpdateMessage(self._origin)
        for text in texts:
            update.add(absolute(name), seconds, kind, text)
        self._tell(update)

    def fetch(self) -> None:
        """What is new where it is copied from: a copy comes when it is told (RFC 1996)."""
        assert self.zone.copied_from is not None
        wanted = self._serial(self.zone.copied_from)
        notify = dns.message.make_query(self._origin, "SOA")
        notify.set_opcode(dns.opcode.NOTIFY)
        notify.flags = dns.flags.AA | (notify.flags & ~dns.flags.RD)
        self._tell(notify)
        deadline = time.monotonic() + READY_SECONDS
        while self._serial(self.address) < wanted:
            assert time.monotonic() < deadline, self._last_words()
            time.sleep(POLL_SECONDS)

    def signers(self) -> list[str]:
        """What the zone above has to have as its DS records (RFC 4034 §5)."""
        said = self._ask("DNSKEY", self.address)
        (keys,) = (one for one in said.answer if one.rdtype == dns.rdatatype.DNSKEY)
        return [dns.dnssec.make_ds(keys.name, key, "SHA256").to_text() for key in keys]

    def fall_silent(self) -> None:
        os.kill(self.pid, SIGSTOP)

    def stop(self) -> None:
        if self._process is not None:
            os.kill(self.pid, SIGCONT)  # it may have fallen silent
        super().stop()

    @property
    def _origin(self) -> str:
        return absolute(self.zone.origin)

    def _serial(self, address: str) -> int:
        said = self._ask("SOA", address)
        soa = said.answer[0][0]
        assert isinstance(soa, SOA)
        return soa.serial

    def _tell(self, message: dns.message.Message) -> None:
        said = self._send(message, self.address)
        assert said.rcode() == dns.rcode.NOERROR, f"{said.to_text()}\n{self._last_words()}"

    def _ask(self, kind: str, address: str) -> dns.message.Message:
        return self._send(dns.message.make_query(self._origin, kind), address)

    def _send(self, message: dns.message.Message, address: str) -> dns.message.Message:
        # By TCP, which tells at once that nobody is there yet.
        return dns.query.tcp(message, address, timeout=_SECONDS, port=self.port)

    def _configuration(self, zone: Path) -> str:
        first = self.zone.copied_from
        remote = f"remote:\n  - id: first\n    address: {first}@{self.port}\n" if first else ""
        signing = "    dnssec-signing: on\n    dnssec-policy: ours\n"
        served = (
            f"zone:\n  - domain: {self._origin}\n    acl: everybody\n"
            "    zonefile-sync: -1\n"
            + ("    master: first\n" if first else f"    file: {zone}\n")
            + (signing if self.zone.is_signed and not first else "")
        )
        # Sizes: by default each database takes gigabytes of address space.
        return f"""
server:
    rundir: {self.directory}
    listen: {self.address}@{self.port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: info
database:
    storage: {self.directory}
    journal-db-max-size: 16M
    kasp-db-max-size: 16M
    timer-db-max-size: 1M
acl:
  - id: everybody
    address: 127.0.0.0/8
    action: [update, transfer, notify]
policy:
  - id: ours
    algorithm: ecdsap256sha256
    single-type-signing: on
{remote}{served if self.has_zone else ""}"""
