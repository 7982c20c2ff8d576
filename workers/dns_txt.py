"""
Looks for challenges in DNS (draft-ietf-dnsop-domain-verification-techniques-13 §5.2): each resolver
is asked by itself, for what one of them says may be a lie or a memory.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address

import dns.asyncresolver
import dns.exception
import dns.flags
import dns.name
import dns.rdatatype
import dns.resolver
from dns.rdtypes.ANY.TXT import TXT

from provisioning.domain_proofs import AGREEING, Answer, Challenge, Code, Observation, judge

_TRY_SECONDS = 2.0
_LIFETIME_SECONDS = 5.0
_PATIENCE_SECONDS = 1.0
_PAYLOAD = 1232
"""Bytes of a datagram that no network cuts in two (DNS flag day 2020); more comes by TCP."""


@dataclass(frozen=True, slots=True)
class Resolver:
    """A recursive one, by address; it follows CNAMEs, and validates if it can."""

    address: str
    port: int = 53

    @classmethod
    def parse(cls, text: str) -> "Resolver":
        """`192.0.2.1`, or with a port; an IPv6 address then in brackets. Raises `ValueError`."""
        host, colon, port = text.rpartition(":")
        if not colon or "]" in port or (":" in host and not host.endswith("]")):
            host, port = text, "53"
        return cls(str(ip_address(host.strip("[]"))), int(port))

    def __str__(self) -> str:
        shown = f"[{self.address}]" if ":" in self.address else self.address
        return self.address if self.port == 53 else f"{shown}:{self.port}"  # noqa: PLR2004 - domain


async def observe(
    challenge: Challenge, now: datetime, *, resolvers: Sequence[Resolver]
) -> Observation:
    """Asks all of them at once; takes a few seconds at most, and raises nothing."""
    answers = await _ask_all(resolvers, challenge.record_name)
    seen = judge(challenge, answers, (), now)
    if seen.outcome != "absent":
        return seen
    # For the sentence only: whoever has put it at the wrong place should be told.
    apex = await _ask(resolvers[0], challenge.name)
    return judge(challenge, answers, apex.records, now)


async def _ask_all(resolvers: Sequence[Resolver], name: str) -> list[Answer]:
    """Whoever is late when enough of them have answered is not waited for."""
    asked = [asyncio.create_task(_ask(resolver, name)) for resolver in resolvers]
    done, late = await asyncio.wait(asked, timeout=_PATIENCE_SECONDS)
    if late and sum(one.result().is_definite for one in done) < AGREEING:
        done, late = await asyncio.wait(asked)
    for one in late:
        one.cancel()
    return [
        Answer(str(resolver), "timeout") if one in late else one.result()
        for resolver, one in zip(resolvers, asked, strict=True)
    ]


async def _ask(resolver: Resolver, name: str) -> Answer:
    asking = dns.asyncresolver.Resolver(configure=False)
    asking.nameservers = [resolver.address]
    asking.port = resolver.port
    asking.timeout = _TRY_SECONDS
    asking.use_edns(0, 0, _PAYLOAD)
    # AD in a question asks for AD in the answer (RFC 6840 §5.7).
    asking.flags = dns.flags.RD | dns.flags.AD
    code: Code
    try:
        found = await asking.resolve(
            dns.name.from_text(name), dns.rdatatype.TXT, search=False, lifetime=_LIFETIME_SECONDS
        )
    except dns.resolver.NXDOMAIN:
        code = "nxdomain"
    except dns.resolver.NoAnswer:
        code = "nodata"
    except dns.exception.Timeout:
        code = "timeout"
    except (dns.exception.DNSException, OSError):
        # SERVFAIL, REFUSED, a chain of CNAMEs without end, or no such server.
        code = "servfail"
    else:
        authenticated = bool(found.response.flags & dns.flags.AD)
        records = tuple(_text(record) for record in found if isinstance(record, TXT))
        return Answer(str(resolver), "answered", records, authenticated)
    return Answer(str(resolver), code)


def _text(record: TXT) -> str:
    """The strings of one record are one text (RFC 7208 §3.3 has the rule in other words)."""
    return b"".join(record.strings).decode("utf-8", "replace")
