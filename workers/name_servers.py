"""
What a zone's own name servers say, who remember nothing. Their addresses are whatever the domain's
owner has written, so only public ones are asked: nobody sends us into our own network.
"""

import asyncio
from dataclasses import dataclass, replace

import dns.flags
import dns.message
import dns.name
import dns.rdatatype
import dns.resolver
from dns.rdtypes.ANY.NS import NS
from dns.rdtypes.IN.A import A
from dns.rdtypes.IN.AAAA import AAAA

from provisioning.domain_proofs import Answer
from provisioning.public_addresses import is_public
from workers.dns_questions import Said, Server, ask, texts

_MOST_SERVERS = 4
_MOST_CNAMES = 4
_MOST_LABELS = 8
SECONDS = 2.0
"""For a server to answer: one that is silent must not take the time of the others."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Which name servers are asked; other than these for tests only."""

    port: int = 53
    or_loopback: bool = False


EVERYWHERE = Reach()


async def ask_owners(resolver: Server, name: str, reach: Reach) -> list[Answer]:
    """One answer of each about the TXT records of the name; none: it is unknown who they are."""
    for _ in range(_MOST_CNAMES):
        servers = await _owners(resolver, name, reach)
        said = await asyncio.gather(*(_ask(server, name) for _, server in servers))
        target = next(filter(None, map(_leads_to, said)), None)
        if target is None:
            return [
                _answer(f"{owner} ({server})", one)
                for (owner, server), one in zip(servers, said, strict=True)
            ]
        name = target
    return []


async def _owners(resolver: Server, name: str, reach: Reach) -> list[tuple[str, Server]]:
    """By host name. The nearest zone at or above the name has them."""
    asked = dns.name.from_text(name)
    for _ in range(_MOST_LABELS):
        if len(asked) <= 2:  # noqa: PLR2004 - a top-level domain and the root
            return []
        said = await ask(resolver, asked.to_text(), dns.rdatatype.NS)
        hosts = [one.target.to_text() for one in said.found or () if isinstance(one, NS)]
        if hosts and said.found is not None and said.found.canonical_name == asked:
            found = await asyncio.gather(
                *(_addresses(resolver, host, reach) for host in sorted(hosts)[:_MOST_SERVERS])
            )
            return [pair for servers in found for pair in servers][:_MOST_SERVERS]
        asked = asked.parent()
    return []


async def _addresses(resolver: Server, host: str, reach: Reach) -> list[tuple[str, Server]]:
    said = await ask(resolver, host, dns.rdatatype.A)
    if said.code == "nodata":
        said = await ask(resolver, host, dns.rdatatype.AAAA)
    addresses = [one.address for one in said.found or () if isinstance(one, (A, AAAA))]
    shown = host.removesuffix(".")
    return [
        (shown, Server(address, reach.port))
        for address in addresses
        if is_public(address, or_loopback=reach.or_loopback)
    ]


async def _ask(server: Server, name: str) -> Said:
    said = await ask(server, name, dns.rdatatype.TXT, recursive=False, seconds=SECONDS)
    if said.response is not None and not said.response.flags & dns.flags.AA:
        # Not its zone: a delegation that leads nowhere says nothing of what there is.
        return Said("servfail")
    return said


def _leads_to(said: Said) -> str | None:
    """Where a CNAME points that leaves the zone."""
    if said.code != "nodata" or said.response is None:
        return None
    aliases = [
        rrset[0].target.to_text()
        for rrset in said.response.answer
        if rrset.rdtype == dns.rdatatype.CNAME
    ]
    return aliases[-1] if aliases else None


def _answer(server: str, said: Said) -> Answer:
    found = Answer(server, said.code, by="name_server")
    return found if said.found is None else replace(found, records=texts(said.found))
