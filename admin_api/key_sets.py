"""
Fetches the key sets of issuers (RFC 7517 §5). An address that an API key may name must not make
this server ask its own network: the name is resolved once, only public addresses will do, and the
connection goes to the address that was looked at.
"""

import ipaddress
import socket
import time
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson

from provisioning.issuers import is_secure

TIMEOUT_SECONDS = 5.0
MAX_BYTES = 1024 * 1024
_HEADERS = {"Accept": "application/jwk-set+json, application/json"}


class Unfetched(Exception):
    """There is no key set to be had there now; the words are for operators."""


def fetch(address: str, *, allow_loopback: bool) -> dict[str, Any]:
    """The key set. Raises `Unfetched`; never takes more than a few seconds, nor much memory."""
    if not is_secure(address, allow_loopback=allow_loopback):
        raise Unfetched("not an https URL")
    parts = urlsplit(address)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    pinned = _resolved(host, port, allow_loopback=allow_loopback)
    literal = f"[{pinned}]" if ":" in pinned else pinned
    target = parts._replace(netloc=f"{literal}:{port}").geturl()
    try:
        # The certificate has to be that of the name, though the connection is to its address.
        body = _read(target, {**_HEADERS, "Host": parts.netloc}, {"sni_hostname": host})
        found = orjson.loads(body)
    except (httpx.HTTPError, httpx.InvalidURL, orjson.JSONDecodeError) as error:
        raise Unfetched(type(error).__name__) from error
    if not isinstance(found, dict) or not isinstance(found.get("keys"), list):
        raise Unfetched("no key set")
    return found


def _read(target: str, headers: dict[str, str], extensions: dict[str, str]) -> bytes:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    body = bytearray()
    # trust_env: a proxy of the environment would resolve names anew.
    with (
        httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False, follow_redirects=False) as client,
        client.stream("GET", target, headers=headers, extensions=extensions) as answer,
    ):
        if answer.status_code != httpx.codes.OK:
            raise Unfetched(f"status {answer.status_code}")
        for chunk in answer.iter_bytes():
            body += chunk
            if len(body) > MAX_BYTES:
                raise Unfetched("too large")
            if time.monotonic() > deadline:
                raise Unfetched("too slow")
    return bytes(body)


def _resolved(host: str, port: int, *, allow_loopback: bool) -> str:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unfetched("the name has no address") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not all(
        is_public(one) or (allow_loopback and ipaddress.ip_address(one).is_loopback)
        for one in addresses
    ):
        raise Unfetched("not a public address")
    return addresses[0]


_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Of the open internet, also where an IPv6 address only wraps an IPv4 one."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:  # an address of a zone, such as fe80::1%eth0
        return False
    if isinstance(found, ipaddress.IPv6Address):
        wrapped = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            wrapped = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if wrapped is not None:
            found = wrapped
    return found.is_global and not found.is_multicast
