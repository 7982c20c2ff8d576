"""Fetches the key sets of issuers (RFC 7517 §5), at an address that an API key may name."""

import asyncio
from typing import Any

import orjson

from outbound.pages import Limits, Local, Unreached, get
from provisioning.issuers import is_secure

LIMITS = Limits(seconds=5.0, max_bytes=1024 * 1024)
_HEADERS = {"Accept": "application/jwk-set+json, application/json"}
_OK = 200


class Unfetched(Exception):
    """There is no key set to be had there now; the words are for operators."""


def fetch(address: str, *, allow_loopback: bool) -> dict[str, Any]:
    """The key set. Raises `Unfetched`; never takes more than a few seconds, nor much memory."""
    if not is_secure(address, allow_loopback=allow_loopback):
        raise Unfetched("not an https URL")
    try:
        local = Local() if allow_loopback else None
        page = asyncio.run(get(address, LIMITS, _HEADERS, local=local))
        if page.status != _OK:
            raise Unfetched(f"status {page.status}")
        found = orjson.loads(page.body)
    except (Unreached, orjson.JSONDecodeError) as error:
        raise Unfetched(str(error)) from error
    if not isinstance(found, dict) or not isinstance(found.get("keys"), list):
        raise Unfetched("no key set")
    return found
