"""The client that is awaited."""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

import httpx

from provisioning_client.async_sender import AsyncSender
from provisioning_client.exchange import Server
from provisioning_client.resources import Resources
from provisioning_client.retries import Retries


class AsyncClient(Resources[AsyncSender]):
    """As `Client`; its `http_client` is an `httpx.AsyncClient`."""

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        timeout: float = 30.0,
        retries: Retries | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        http_client: httpx.AsyncClient | None = None,
    ) -> None:
        self._server = Server(url, api_key, timeout)
        self._closes = http_client is None
        self._http = http_client or httpx.AsyncClient()
        super().__init__(AsyncSender(self._server, self._http, retries or Retries(), sleep))

    def __repr__(self) -> str:
        return f"AsyncClient({self._server!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Ends the connections."""
        if self._closes:
            await self._http.aclose()
