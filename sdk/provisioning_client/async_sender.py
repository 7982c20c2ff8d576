"""Sends and waits, and lets others run meanwhile. What it decides is in `exchange`."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import httpx

from provisioning_client.calls import Call, Pages
from provisioning_client.exchange import Exchange, Server
from provisioning_client.retries import Retries

T = TypeVar("T")


class AsyncSender:
    """`sleep` takes seconds."""

    def __init__(
        self,
        server: Server,
        http: httpx.AsyncClient,
        retries: Retries,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._server = server
        self._http = http
        self._retries = retries
        self._sleep = sleep

    async def perform(self, call: Call[T]) -> T:
        request, exchange = self._server.request(call), Exchange(call, self._retries)
        while (pause := exchange.pause_after(outcome := await self._outcome(request))) is not None:
            await self._sleep(pause)
        return exchange.result(outcome)

    async def walk(self, pages: Pages[T]) -> AsyncIterator[T]:
        rest: Pages[T] | None = pages
        while rest is not None:
            page = await self.perform(rest.call)
            for item in page.items:
                yield item
            if (pause := rest.pause_behind(page)) is not None:
                await self._sleep(pause)
            rest = rest.behind(page)

    async def _outcome(self, request: httpx.Request) -> httpx.Response | httpx.TransportError:
        try:
            return await self._http.send(request)
        except httpx.TransportError as error:
            return error
