"""
A real DNS server on a loopback port, by UDP and TCP. As a resolver would, it follows CNAMEs and
knows what there is not; and it can be as faulty as servers are.
"""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from tests.servers.ports import LOOPBACK

_MOST_BYTES = 1232
_MOST_CNAMES = 8


@dataclass
class Zone:
    """What there is; `faults` by name, instead of an answer: `servfail`, `refused` or `silence`; or
    `bogus`, for whoever wants it validated."""

    records: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    signed: bool = False
    """Whether the answers say that they are validated."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """By name and transport."""

    def publish(self, name: str, *texts: str, kind: str = "TXT") -> None:
        """A TXT is written as in a zone file, in quotes; instead of what was there."""
        self.records[name] = [(kind, text) for text in texts]

    def answer(self, wire: bytes, transport: str) -> bytes | None:
        query = dns.message.from_wire(wire)
        name = query.question[0].name.to_text(omit_final_dot=True).lower()
        self.asked.append((name, transport))
        response = dns.message.make_response(query, recursion_available=True)
        fault = self.faults.get(name)
        if fault == "silence":
            return None
        if fault == "bogus":
            fault = None if query.flags & dns.flags.CD else "servfail"
        if fault is not None:
            response.set_rcode(dns.rcode.from_text(fault))
        else:
            self._fill(response, name, dns.rdatatype.to_text(query.question[0].rdtype))
        found = response.to_wire(max_size=65535)
        if transport == "udp" and len(found) > _MOST_BYTES:
            cut = dns.message.make_response(query, recursion_available=True)
            cut.flags |= dns.flags.TC
            return cut.to_wire()
        return found

    def _fill(self, response: dns.message.Message, name: str, kind: str) -> None:
        if self.signed:
            response.flags |= dns.flags.AD
        for _ in range(_MOST_CNAMES):
            present = self.records.get(name)
            if present is None:
                # An empty non-terminal is there, and has nothing (RFC 8020).
                if not any(known.endswith(f".{name}") for known in self.records):
                    response.set_rcode(dns.rcode.NXDOMAIN)
                return
            texts = [text for known, text in present if known == kind]
            if texts:
                response.answer.append(rrset(name, kind, texts))
                return
            aliases = [text for known, text in present if known == "CNAME"]
            if not aliases:
                return
            response.answer.append(rrset(name, "CNAME", aliases))
            name = aliases[0].removesuffix(".")


def rrset(name: str, kind: str, texts: list[str], seconds: int = 60) -> dns.rrset.RRset:
    """With the final dot or without."""
    return dns.rrset.from_text_list(dns.name.from_text(name), seconds, "IN", kind, texts)


def absolute(name: str) -> str:
    """With the final dot."""
    return f"{name.removesuffix('.')}."


class Answering(Protocol):
    """Whoever has answers: to a message in wire format, by `udp` or `tcp`; None is silence."""

    def answer(self, wire: bytes, transport: str) -> bytes | None: ...


@contextmanager
def dns_server(zone: Answering, address: str = LOOPBACK, port: int = 0) -> Iterator[int]:
    """Its port; what is published while it runs is there at once."""

    class Datagrams(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            wire, socket = self.request
            if (answer := zone.answer(wire, "udp")) is not None:
                socket.sendto(answer, self.client_address)

    class Streams(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            size = int.from_bytes(self.rfile.read(2))
            if (answer := zone.answer(self.rfile.read(size), "tcp")) is not None:
                self.wfile.write(len(answer).to_bytes(2) + answer)

    servers = _bound((address, port), Datagrams, Streams)
    threads = [
        threading.Thread(target=server.serve_forever, args=(0.01,), name="dns")
        for server in servers
    ]
    for thread in threads:
        thread.start()
    try:
        yield servers[0].server_address[1]
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
        for thread in threads:
            thread.join()


def _bound(
    place: tuple[str, int],
    datagrams: type[socketserver.BaseRequestHandler],
    streams: type[socketserver.BaseRequestHandler],
) -> tuple[socketserver.ThreadingTCPServer, socketserver.ThreadingUDPServer]:
    """At one port, which both have to find free."""
    while True:
        by_tcp = socketserver.ThreadingTCPServer(place, streams)
        try:
            return by_tcp, socketserver.ThreadingUDPServer(by_tcp.server_address, datagrams)
        except OSError:
            by_tcp.server_close()
            if place[1]:
                raise
