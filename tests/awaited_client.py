"""The awaited client as if it blocked, so that one test asks both."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any, cast

import httpx

from provisioning_client import AsyncClient, Client
from tests.serving import NO_TLS


@contextmanager
def awaited(url: str, api_key: str, **more: Any) -> Iterator[Client]:
    """Each call is awaited before the next one is made."""
    with asyncio.Runner() as runner:
        http = httpx.AsyncClient(verify=NO_TLS)
        client = AsyncClient(url, api_key, http_client=http, **more)
        yield cast("Client", _Blocking(client, runner))
        runner.run(client.aclose())
        runner.run(http.aclose())


class _Blocking:
    def __init__(self, awaited: Any, runner: asyncio.Runner) -> None:
        self._awaited = awaited
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        return _Blocking(getattr(self._awaited, name), self._runner)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        called = self._awaited(*args, **kwargs)
        if inspect.isasyncgen(called):
            return self._items(called)
        assert inspect.isawaitable(called)
        return self._runner.run(_result(called))

    def _items(self, items: AsyncIterator[Any]) -> Iterator[Any]:
        while True:
            try:
                yield self._runner.run(_result(anext(items)))
            except StopAsyncIteration:
                return


async def _result(awaitable: Any) -> Any:
    return await awaitable
