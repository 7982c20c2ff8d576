"""
A small internet of DNS on loopback addresses: authoritative servers with zones and delegations, and
resolvers that walk them from the root and remember what they have seen, absences too, for as long
as the zones say (RFC 1034 §5.3.3, RFC 2308). Their clock is a test's.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Literal, Protocol

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rrset

from tests.servers.dns import dns_server, rrset
from tests.servers.ports import LOOPBACK

MOST_BYTES = 1232
ROOT = "127.0.0.2"
DELEGATED = "_provisioning-challenge.acme.example"
_SECONDS = 2.0
_STEPS = 20


Fault = Literal["refused", "silence"]


class SmallInternet(Protocol):
    """
    The root, `example`, `acme.example` with two servers, and `dcv.example`; two resolvers. What is
    published is there at once.
    """

    port: int
    """Of all name servers."""

    @property
    def resolvers(self) -> list[int]:
        """Their ports."""

    def publish(self, name: str, *texts: str, kind: str = "TXT", seconds: int = 60) -> None:
        """In `acme.example`; to be remembered for so long."""

    def publish_at_first(self, name: str, *texts: str) -> None:
        """The other server of `acme.example` has not heard of it yet."""

    def publish_elsewhere(self, name: str, *texts: str) -> None:
        """In `dcv.example`."""

    def delegate(self) -> None:
        """The challenge's name in `acme.example` is a zone of its own now, of another server."""

    def publish_delegated(self, *texts: str) -> None:
        """At that name, in that zone."""

    def break_(self, fault: Fault) -> None:
        """Both servers of `acme.example`."""

    def silence_one(self) -> None:
        """The second one."""

    def pass_(self, seconds: float) -> None: ...


@dataclass
class Authority:
    """
    A server of one zone; `records` are what it has by name and kind. A name with NS below the
    origin is delegated. `minimum`: for how many seconds an absence may be remembered.
    """

    origin: str
    address: str
    records: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    lives: dict[tuple[str, str], int] = field(default_factory=dict)
    """For how many seconds each may be remembered."""
    minimum: int = 3600
    fault: Fault | None = None
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """By name, kind and transport."""

    def publish(self, name: str, *texts: str, kind: str = "TXT", seconds: int = 60) -> None:
        self.records[name, kind] = list(texts)
        self.lives[name, kind] = seconds

    def answer(self, wire: bytes, transport: str) -> bytes | None:
        query = dns.message.from_wire(wire)
        name = query.question[0].name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(query.question[0].rdtype)
        self.asked.append((name, kind, transport))
        response = dns.message.make_response(query)
        if self.fault == "silence":
            return None
        if self.fault == "refused":
            response.set_rcode(dns.rcode.REFUSED)
        else:
            self._fill(response, name, kind)
        return _wire(response, query, transport)

    def _fill(self, response: dns.message.Message, name: str, kind: str) -> None:
        below = [one for one, of in self.records if of == "NS" and _within(name, one)]
        cut = max(below, key=len, default=self.origin)
        if cut != self.origin:
            hosts = self.records[cut, "NS"]
            response.authority.append(rrset(cut, "NS", hosts))
            for host in (one.removesuffix(".") for one in hosts):
                if glue := self.records.get((host, "A")):
                    response.additional.append(rrset(host, "A", glue))
            return
        response.flags |= dns.flags.AA
        for _ in range(_STEPS):
            if texts := self.records.get((name, kind)):
                response.answer.append(rrset(name, kind, texts, self.lives[name, kind]))
                return
            above = next((one for one, of in self.records if of == "DNAME"), None)
            if above is not None and name.endswith(f".{above}"):
                # The CNAME is made from it (RFC 6672 §3.1).
                (target,) = self.records[above, "DNAME"]
                response.answer.append(rrset(above, "DNAME", [target], self.lives[above, "DNAME"]))
                aliases = [f"{name.removesuffix(above)}{target}"]
                seconds = self.lives[above, "DNAME"]
            else:
                aliases = self.records.get((name, "CNAME"), [])
                seconds = self.lives.get((name, "CNAME"), 0)
            if not aliases:
                break
            response.answer.append(rrset(name, "CNAME", aliases, seconds))
            name = aliases[0].removesuffix(".")
            if not _within(name, self.origin):
                return
        # An empty non-terminal is there, and has nothing (RFC 8020).
        if not any(_within(known, name) for known, _ in self.records):
            response.set_rcode(dns.rcode.NXDOMAIN)
        soa = f"ns.invalid. admin.invalid. 1 7200 900 1209600 {self.minimum}"
        response.authority.append(rrset(self.origin, "SOA", [soa], self.minimum))


class Recursion:
    """A resolver, with a memory."""

    def __init__(self, port: int, clock: Callable[[], float]) -> None:
        self._port = port
        self._clock = clock
        self._memory: dict[tuple[str, str], tuple[float, dns.message.Message]] = {}

    def answer(self, wire: bytes, transport: str) -> bytes | None:
        query = dns.message.from_wire(wire)
        name = query.question[0].name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(query.question[0].rdtype)
        response = dns.message.make_response(query, recursion_available=True)
        try:
            self._fill(response, name, kind)
        except (dns.exception.DNSException, OSError, LookupError):
            response = dns.message.make_response(query, recursion_available=True)
            response.set_rcode(dns.rcode.SERVFAIL)
        return _wire(response, query, transport)

    def _fill(self, response: dns.message.Message, name: str, kind: str) -> None:
        for _ in range(_STEPS):
            age, found = self._find(name, kind)
            response.answer += [_older(one, age) for one in found.answer]
            response.authority = [_older(one, age) for one in found.authority]
            response.set_rcode(found.rcode())
            aliases = {
                one.name.to_text(omit_final_dot=True).lower(): one[0].target.to_text()
                for one in response.answer
                if one.rdtype == dns.rdatatype.CNAME
            }
            target = name
            while target in aliases and kind != "CNAME":
                target = aliases[target].removesuffix(".")
            done = any(
                one.name.to_text(omit_final_dot=True).lower() == target for one in found.answer
            )
            if target == name or done or found.authority:
                return
            name = target
        raise LookupError

    def _find(self, name: str, kind: str) -> tuple[int, dns.message.Message]:
        now = self._clock()
        known = self._memory.get((name, kind))
        if known is not None:
            since, found = known
            lives = min((one.ttl for one in (*found.answer, *found.authority)), default=0)
            if now < since + lives:
                return int(now - since), found
        found = self._walk(name, kind)
        self._memory[name, kind] = now, found
        return 0, found

    def _walk(self, name: str, kind: str) -> dns.message.Message:
        address = ROOT
        for _ in range(_STEPS):
            query = dns.message.make_query(name, kind, use_edns=0, payload=MOST_BYTES)
            query.flags &= ~dns.flags.RD
            found, _by_tcp = dns.query.udp_with_fallback(
                query, address, timeout=_SECONDS, port=self._port
            )
            if found.rcode() not in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
                raise LookupError
            if found.flags & dns.flags.AA:
                return found
            (glue, *_) = [one for one in found.additional if one.rdtype == dns.rdatatype.A]
            address = glue[0].address
        raise LookupError


@dataclass
class Tree:
    """Its small internet is of threads of this process."""

    port: int
    resolvers: list[int]
    acme: list[Authority]
    dcv: Authority
    delegated: Authority
    time: list[float]

    def publish(self, name: str, *texts: str, kind: str = "TXT", seconds: int = 60) -> None:
        for server in self.acme:
            server.publish(name, *texts, kind=kind, seconds=seconds)

    def publish_at_first(self, name: str, *texts: str) -> None:
        self.acme[0].publish(name, *texts)

    def publish_elsewhere(self, name: str, *texts: str) -> None:
        self.dcv.publish(name, *texts)

    def delegate(self) -> None:
        self.publish("ns2.acme.example", self.delegated.address, kind="A")
        self.publish(DELEGATED, "ns2.acme.example.", kind="NS")

    def publish_delegated(self, *texts: str) -> None:
        self.delegated.publish(DELEGATED, *texts)

    def break_(self, fault: Fault) -> None:
        for server in self.acme:
            server.fault = fault

    def silence_one(self) -> None:
        self.acme[1].fault = "silence"

    def pass_(self, seconds: float) -> None:
        self.time[0] += seconds


@contextmanager
def dns_tree() -> Iterator[Tree]:
    """All of it, with nothing in the zones that is not about their servers."""
    time = [0.0]
    root = Authority("", ROOT)
    root.publish("example", "ns.example.", kind="NS")
    root.publish("ns.example", "127.0.0.3", kind="A")
    example = Authority("example", "127.0.0.3")
    addresses = ["127.0.0.4", "127.0.0.5"]
    hosts = [f"ns{number}.acme.example" for number, _ in enumerate(addresses)]
    acme = [Authority("acme.example", address) for address in addresses]
    example.publish("acme.example", *(f"{host}." for host in hosts), kind="NS")
    for host, address in zip(hosts, addresses, strict=True):
        example.publish(host, address, kind="A")
        for server in acme:
            server.publish(host, address, kind="A")
            server.publish("acme.example", *(f"{one}." for one in hosts), kind="NS")
    dcv = Authority("dcv.example", "127.0.0.6")
    for server in (example, dcv):
        server.publish("dcv.example", "ns.dcv.example.", kind="NS")
        server.publish("ns.dcv.example", dcv.address, kind="A")
    delegated = Authority(DELEGATED, "127.0.0.7")
    delegated.publish(DELEGATED, "ns2.acme.example.", kind="NS")
    with ExitStack() as stack:
        port = stack.enter_context(dns_server(root, ROOT))
        for server in (example, dcv, delegated, *acme):
            stack.enter_context(dns_server(server, server.address, port))
        resolvers = [
            stack.enter_context(dns_server(Recursion(port, lambda: time[0]), LOOPBACK))
            for _ in range(2)
        ]
        yield Tree(port, resolvers, acme, dcv, delegated, time)


def _wire(response: dns.message.Message, query: dns.message.Message, transport: str) -> bytes:
    found = response.to_wire(max_size=65535)
    if transport == "udp" and len(found) > MOST_BYTES:
        cut = dns.message.make_response(query)
        cut.flags |= dns.flags.TC | (response.flags & dns.flags.AA)
        return cut.to_wire()
    return found


def _older(one: dns.rrset.RRset, seconds: int) -> dns.rrset.RRset:
    aged: dns.rrset.RRset = one.copy()  # type: ignore[no-untyped-call]
    aged.ttl = max(0, one.ttl - seconds)
    return aged


def _within(name: str, origin: str) -> bool:
    return name == origin or not origin or name.endswith(f".{origin}")
