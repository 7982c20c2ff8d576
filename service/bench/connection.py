"""
A client that costs little: HTTP/1.1 with keep-alive on bare sockets. With a real one, the client
would be most of what is measured.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from time import perf_counter

import httptools

from service.children import LOOPBACK
from service.failed import Failed

_QUOTED_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Workload:
    """Requests as bytes, one after the other on whatever connection is free, and their status."""

    requests: Iterator[bytes]
    status: int


@dataclass(frozen=True, slots=True)
class Slice:
    """How long each request took, and all of them together, in seconds."""

    latencies: list[float]
    elapsed: float


async def drive(workload: Workload, port: int, *, connections: int, seconds: float) -> Slice:
    """
    Keeps `connections` requests in flight for `seconds`. Raises `Failed` for any answer of
    another status, and when the requests run out.
    """
    loop = asyncio.get_running_loop()
    started = perf_counter()
    clients = [_Connection(workload, started + seconds) for _ in range(connections)]
    transports = [
        (await loop.create_connection(partial(_itself, client), LOOPBACK, port))[0]
        for client in clients
    ]
    ended = await asyncio.gather(*(client.finished for client in clients), return_exceptions=True)
    for transport in transports:
        transport.close()
    for failure in filter(None, ended):
        raise failure
    latencies = [latency for client in clients for latency in client.latencies]
    return Slice(latencies, perf_counter() - started)


def _itself(client: "_Connection") -> "_Connection":
    return client


class _Connection(asyncio.Protocol):
    """One request after the other, each after the whole answer to the last."""

    def __init__(self, workload: Workload, stop_at: float) -> None:
        self.latencies: list[float] = []
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._workload = workload
        self._stop_at = stop_at
        self._sent_at = 0.0
        self._body = b""
        self._parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._send()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(f"the server closed the connection ({error})")

    def on_body(self, body: bytes) -> None:
        """Called by the parser for each piece; the last one is enough to tell of an error."""
        self._body = body

    def on_message_complete(self) -> None:
        """Called by the parser."""
        moment = perf_counter()
        self.latencies.append(moment - self._sent_at)
        status = self._parser.get_status_code()
        if status != self._workload.status:
            said = self._body[:_QUOTED_CHARACTERS].decode(errors="replace")
            self._fail(f"{status} instead of {self._workload.status}: {said}")
        elif moment < self._stop_at:
            self._send()
        elif not self.finished.done():
            self.finished.set_result(None)

    def _send(self) -> None:
        request = next(self._workload.requests, None)
        if request is None:
            self._fail("there is nothing left to request; measure for a shorter time")
            return
        self._sent_at = perf_counter()
        self._transport.write(request)

    def _fail(self, why: str) -> None:
        if not self.finished.done():
            self.finished.set_exception(Failed(why))
