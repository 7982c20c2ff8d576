"""
How long all domains that are due at one moment keep a worker busy: a day on which everything was
down is over, or a customer has claimed all they have. Names are answered on a loopback port, after
the time that a round trip takes; what is not there yet, as is usual.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from typing import Any

from sqlalchemy import Engine

from provisioning import ids, organizations
from provisioning.clock import now
from provisioning.domain_proofs import Challenge
from provisioning.ids import DomainId
from provisioning.store import domains
from provisioning.store import engine as engines
from provisioning.store.domains import Domain
from provisioning.store.engine import transaction
from service.bench import scratch
from service.bench.ground import ACTOR
from service.failed import Failed
from workers import dns_txt
from workers.dns_questions import Server
from workers.poll_domains import DEFAULT_BOUNDS, poll

_LOOPBACK = "127.0.0.1"
_PER_ORGANIZATION = 100
_HEADER = 12
_START_SECONDS = 10.0
# A response with recursion, "no such name"; one question, and one SOA that is the zone's own.
_FLAGS = b"\x81\x83\x00\x01\x00\x00\x00\x01\x00\x00"
_SOA = b"\xc0\x0c\x00\x06\x00\x01" + b"".join(
    (
        (3600).to_bytes(4),
        (22).to_bytes(2),
        b"\x00\x00",
        *(part.to_bytes(4) for part in (1, 7200, 900, 86400, 3600)),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """
    `floor_seconds`: the same questions by the same client, and nothing done about the answers.
    `cpu_seconds` are the worker's own.
    """

    domains: int
    round_trip_ms: int
    seconds: float
    cpu_seconds: float
    domains_per_second: float
    floor_seconds: float
    ratio: float


def measure(
    database_url: str, count: int, round_trip_ms: int, told: Callable[[str], None]
) -> Report:
    """On a scratch database of that server. Raises `Failed`."""
    with scratch.database(database_url) as url, _resolvers(round_trip_ms / 1000) as resolvers:
        engine = engines.create(url, pool_size=1)
        look = partial(dns_txt.observe, resolvers=resolvers)
        try:
            told(f"claiming {count:,} domains")
            moment = now()
            claimed = _claim(engine, count, moment)
            told("asking for all of them")
            began = time.monotonic()
            asyncio.run(_ask(look, claimed))
            floor = time.monotonic() - began
            told("polling all of them")
            began, cpu = time.monotonic(), time.process_time()
            polled = 0
            # At that moment, however long it takes: none is due a second time.
            while more := poll(engine, lambda: moment, [look], lambda _: None):
                polled += more
            seconds, cpu = time.monotonic() - began, time.process_time() - cpu
        finally:
            engine.dispose()
    if polled != count:
        raise Failed(f"of {count} domains {polled} were looked at")
    return Report(
        domains=count,
        round_trip_ms=round_trip_ms,
        seconds=round(seconds, 2),
        cpu_seconds=round(cpu, 2),
        domains_per_second=round(count / seconds, 1),
        floor_seconds=round(floor, 2),
        ratio=round(seconds / floor, 1),
    )


def _claim(engine: Engine, count: int, moment: datetime) -> list[Domain]:
    """Due at this moment."""
    made: list[Domain] = []
    with transaction(engine) as connection:
        while len(made) < count:
            here = organizations.create(connection, f"{len(made)}", moment, actor=ACTOR).id
            claims = [
                Domain(
                    id=DomainId(ids.new(ids.DOMAIN)),
                    organization_id=here,
                    name=f"acme-{number}.example",
                    state="pending",
                    token="a" * 32,
                    expires_at=moment + timedelta(days=30),
                    next_at=moment,
                    created_at=moment,
                    updated_at=moment,
                )
                for number in range(len(made), min(count, len(made) + _PER_ORGANIZATION))
            ]
            for claim in claims:
                domains.insert(connection, claim)
            made += claims
    return made


async def _ask(look: Callable[..., Any], claimed: list[Domain]) -> None:
    free = asyncio.Semaphore(DEFAULT_BOUNDS.at_once)

    async def one(domain: Domain) -> None:
        async with free:
            await look(Challenge(domain.name, domain.token, domain.account_label), now())

    await asyncio.gather(*map(one, claimed))


@contextmanager
def _resolvers(seconds: float) -> Iterator[list[Server]]:
    """Two, in a process of their own: the worker's own time is measured."""
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, seconds), daemon=True)
    process.start()
    try:
        if not here.poll(_START_SECONDS):
            raise Failed("the resolvers did not start")
        yield [Server(_LOOPBACK, port) for port in here.recv()]
    finally:
        process.terminate()
        process.join()


def _serve(parent: Pipe, seconds: float) -> None:
    asyncio.run(_answer(parent, seconds))


async def _answer(parent: Pipe, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    ports = []
    for _ in range(2):
        transport, _protocol = await loop.create_datagram_endpoint(
            partial(_Resolver, seconds), local_addr=(_LOOPBACK, 0)
        )
        ports.append(transport.get_extra_info("sockname")[1])
    parent.send(ports)
    await asyncio.Event().wait()


class _Resolver(asyncio.DatagramProtocol):
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        end = data.index(b"\x00", _HEADER) + 5  # the name, then type and class
        answer = data[:2] + _FLAGS + data[_HEADER:end] + _SOA
        asyncio.get_running_loop().call_later(self._seconds, self._transport.sendto, answer, addr)
