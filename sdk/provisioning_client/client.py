"""The client that blocks."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import httpx

from provisioning_client.exchange import Server
from provisioning_client.resources import Resources
from provisioning_client.retries import Retries
from provisioning_client.sender import Sender


class Client(Resources[Sender]):
    """
    `url` is the server's public address, without `/v1`; `timeout` in seconds is of each attempt.
    An `http_client` of your own (for a proxy, or certificates) stays yours to close.
    """

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        timeout: float = 30.0,
        retries: Retries | None = None,
        sleep: Callable[[float], None] = time.sleep,
        http_client: httpx.Client | None = None,
    ) -> None:
        self._server = Server(url, api_key, timeout)
        self._closes = http_client is None
        self._http = http_client or httpx.Client()
        super().__init__(Sender(self._server, self._http, retries or Retries(), sleep))

    def __repr__(self) -> str:
        return f"Client({self._server!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connections."""
        if self._closes:
            self._http.close()
