"""One question to one DNS server, and what it says, however badly it does."""

from dataclasses import dataclass
from ipaddress import ip_address

import dns.asyncresolver
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rdatatype
import dns.resolver
from dns.rdtypes.ANY.SOA import SOA
from dns.rdtypes.ANY.TXT import TXT

from provisioning.domain_proofs import Answer, Code

TRY_SECONDS = 2.0
LIFETIME_SECONDS = 5.0
_PAYLOAD = 1232
"""Bytes of a datagram that no network cuts in two (DNS flag day 2020); more comes by TCP."""


@dataclass(frozen=True, slots=True)
class Server:
    """A DNS server, by address."""

    address: str
    port: int = 53

    @classmethod
    def parse(cls, text: str) -> "Server":
        """`192.0.2.1`, or with a port; an IPv6 address then in brackets. Raises `ValueError`."""
        host, colon, port = text.rpartition(":")
        if not colon or "]" in port or (":" in host and not host.endswith("]")):
            host, port = text, "53"
        return cls(str(ip_address(host.strip("[]"))), int(port))

    def __str__(self) -> str:
        shown = f"[{self.address}]" if ":" in self.address else self.address
        return self.address if self.port == 53 else f"{shown}:{self.port}"  # noqa: PLR2004 - domain


@dataclass(frozen=True, slots=True)
class Said:
    """`response` None: nothing that could be read."""

    code: Code
    response: dns.message.Message | None = None
    found: dns.resolver.Answer | None = None


async def ask(
    server: Server,
    name: str,
    kind: dns.rdatatype.RdataType,
    *,
    recursive: bool = True,
    seconds: float = LIFETIME_SECONDS,
    validated: bool = True,
) -> Said:
    """
    Takes so many seconds at most; by TCP when the answer is cut off. Raises nothing. What is not
    `validated` is what the zone's signatures do not vouch for, either.
    """
    asking = dns.asyncresolver.Resolver(configure=False)
    asking.nameservers = [server.address]
    asking.port = server.port
    asking.timeout = min(TRY_SECONDS, seconds / 2)
    asking.use_edns(0, 0, _PAYLOAD)
    # AD in a question asks for AD in the answer (RFC 6840 §5.7).
    asking.flags = dns.flags.RD | dns.flags.AD if recursive else 0
    if not validated:
        asking.flags |= dns.flags.CD
    try:
        asked = dns.name.from_text(name)
        found = await asking.resolve(asked, kind, search=False, lifetime=seconds)
    except dns.resolver.NXDOMAIN as error:
        return Said("nxdomain", error.response(asked))  # type: ignore[no-untyped-call]
    except dns.resolver.NoAnswer as error:
        return Said("nodata", error.response())  # type: ignore[no-untyped-call]
    except dns.exception.Timeout:
        return Said("timeout")
    except (dns.exception.DNSException, OSError):
        # SERVFAIL, REFUSED, a chain of CNAMEs without end, or no such server.
        return Said("servfail")
    return Said("answered", found.response, found)


async def ask_texts(server: Server, name: str) -> Answer:
    """The TXT records of the name, as a resolver has them."""
    said = await ask(server, name, dns.rdatatype.TXT)
    if said.code == "servfail" and await _answers_unchecked(server, name):
        said = await ask(server, name, dns.rdatatype.TXT, seconds=TRY_SECONDS)
        if said.code == "servfail":  # not by chance, then
            return Answer(str(server), "bogus")
    if said.found is None:
        seconds, is_fresh = _remembered(said.response)
        return Answer(str(server), said.code, seconds=seconds, is_fresh=is_fresh)
    return Answer(
        str(server),
        "answered",
        texts(said.found),
        authenticated=bool(said.found.response.flags & dns.flags.AD),
        seconds=said.found.rrset.ttl if said.found.rrset is not None else 0,
    )


async def _answers_unchecked(server: Server, name: str) -> bool:
    """Whether there is an answer for whoever checks signatures himself (CD, RFC 4035 §3.2.2)."""
    said = await ask(server, name, dns.rdatatype.TXT, seconds=TRY_SECONDS, validated=False)
    return said.response is not None


def texts(found: dns.resolver.Answer) -> tuple[str, ...]:
    """The strings of one record are one text (RFC 7208 §3.3 has the rule in other words)."""
    return tuple(
        b"".join(record.strings).decode("utf-8", "replace")
        for record in found
        if isinstance(record, TXT)
    )


def _remembered(response: dns.message.Message | None) -> tuple[int, bool]:
    """
    For how many seconds at most the absence is remembered, and whether it was seen just now: a
    resolver counts down what it has from the zone (RFC 2308 §5). A CNAME that leads to where
    nothing is may be as old as it likes; and without a SOA nobody can say, as dnsmasq remembers.
    """
    if response is None:
        return 0, True
    aliases = [one.ttl for one in response.answer if one.rdtype == dns.rdatatype.CNAME]
    for rrset in response.authority:
        soa = rrset[0]
        if isinstance(soa, SOA):
            is_fresh = rrset.ttl >= soa.minimum and not aliases
            return max(min(rrset.ttl, soa.minimum), *aliases, 0), is_fresh
    return max(aliases, default=0), False
