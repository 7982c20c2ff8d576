"""Sends, waits and blocks meanwhile."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import httpx

from provisioning_client.calls import Call, Pages
from provisioning_client.exchange import Exchange, Server
from provisioning_client.retries import Retries

T = TypeVar("T")


class Sender:
    """`sleep` takes seconds."""

    def __init__(
        self, server: Server, http: httpx.Client, retries: Retries, sleep: Callable[[float], None]
    ) -> None:
        self._server = server
        self._http = http
        self._retries = retries
        self._sleep = sleep

    def perform(self, call: Call[T]) -> T:
        request, exchange = self._server.request(call), Exchange(call, self._retries)
        while (pause := exchange.pause_after(outcome := self._outcome(request))) is not None:
            self._sleep(pause)
        return exchange.result(outcome)

    def walk(self, pages: Pages[T]) -> Iterator[T]:
        rest: Pages[T] | None = pages
        while rest is not None:
            page = self.perform(rest.call)
            yield from page.items
            if (pause := rest.pause_behind(page)) is not None:
                self._sleep(pause)
            rest = rest.behind(page)

    def _outcome(self, request: httpx.Request) -> httpx.Response | httpx.TransportError:
        try:
            return self._http.send(request)
        except httpx.TransportError as error:
            return error
