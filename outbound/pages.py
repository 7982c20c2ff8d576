"""
Gets what is at an address that somebody else has named, who must not make this server ask its own
network (CWE-918): the name is resolved once, only public addresses will do, the connection goes to
the address that was looked at, and what is read is bounded in time and size.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from provisioning.public_addresses import is_public

Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""From a host to its addresses. Raises `Unreached`."""


class Unreached(Exception):
    """Nothing was got; the words are for operators."""


@dataclass(frozen=True, slots=True)
class Local:
    """For tests: loopback addresses will do, at this port if one is given."""

    port: int | None = None
    trust: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`seconds` for all of it, however little comes at a time."""

    seconds: float
    max_bytes: int


@dataclass(frozen=True, slots=True)
class Page:
    """Never one that was redirected to: `location` is where it says it is."""

    status: int
    body: bytes = field(repr=False)
    location: str | None = None


async def addresses_of(host: str) -> Sequence[str]:
    """As the system resolves names."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreached("the name has no address") from error
    return [str(entry[4][0]) for entry in found]


async def get(
    address: str,
    limits: Limits,
    headers: Mapping[str, str],
    *,
    resolve: Resolve = addresses_of,
    local: Local | None = None,
) -> Page:
    """Raises `Unreached`, also for an address that is not to be asked."""
    try:
        async with asyncio.timeout(limits.seconds):
            return await _get(address, limits, headers, resolve, local)
    except TimeoutError as error:
        raise Unreached("too slow") from error
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, ValueError) as error:
        raise Unreached(type(error).__name__) from error


async def _get(
    address: str,
    limits: Limits,
    headers: Mapping[str, str],
    resolve: Resolve,
    local: Local | None,
) -> Page:
    parts = urlsplit(address)
    pinned = await _pinned(parts.hostname or "", resolve, local)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if local is not None and local.port is not None:
        port = local.port
    literal = f"[{pinned}]" if ":" in pinned else pinned
    target = parts._replace(netloc=f"{literal}:{port}").geturl()
    # The certificate has to be that of the name, though the connection is to its address. What is
    # packed may be a thousand times its size.
    sent = {**headers, "Host": parts.netloc, "Accept-Encoding": "identity"}
    trust = local.trust if local is not None and local.trust is not None else _trust()
    # trust_env: a proxy of the environment would resolve names anew.
    async with (
        httpx.AsyncClient(
            timeout=limits.seconds, trust_env=False, follow_redirects=False, verify=trust
        ) as client,
        client.stream(
            "GET", target, headers=sent, extensions={"sni_hostname": parts.hostname}
        ) as answer,
    ):
        if "content-encoding" in answer.headers:
            raise Unreached("encoded")
        body = bytearray()
        async for chunk in answer.aiter_raw():
            body += chunk
            if len(body) > limits.max_bytes:
                raise Unreached("too large")
        return Page(answer.status_code, bytes(body), answer.headers.get("location"))


async def _pinned(host: str, resolve: Resolve, local: Local | None) -> str:
    addresses = await resolve(host)
    if not addresses or not all(is_public(one, or_loopback=local is not None) for one in addresses):
        raise Unreached("not a public address")
    return addresses[0]


_contexts: list[ssl.SSLContext] = []


def _trust() -> ssl.SSLContext:
    """One for all: reading the authorities takes longer than a request."""
    if not _contexts:
        _contexts.append(httpx.create_ssl_context(trust_env=False))
    return _contexts[0]
