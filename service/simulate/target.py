"""The SCIM URL a simulation drives, and the client that drives it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import assert_never

import httpx

from service.simulate import entra, okta
from service.simulate.client import Client
from service.simulate.entra import Entra
from service.simulate.identities import Idp
from service.simulate.ledger import Ledger
from service.simulate.okta import Okta
from service.simulate.patience import Patience
from service.simulate.transport import Transport

_COMPLIANCE_FLAG = "aadOptscim062020"
_TIMEOUT_SECONDS = 60.0
"""Okta's socket timeout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where, as whom, and how many requests at once."""

    idp: Idp
    url: str
    """The SCIM base URL; Entra's `?aadOptscim062020` at its end sets `entra_flag`."""
    token: str = field(repr=False)
    concurrency: int = 5
    entra_flag: bool = False
    patience: Patience = field(default_factory=Patience)


@asynccontextmanager
async def connect(target: Target, ledger: Ledger) -> AsyncIterator[Client]:
    """
    The client that plays `target.idp`.

    Raises:
        ValueError: the URL is none that HTTP can be spoken to, or the token none that fits into
            a header.
    """
    base_url = _base_url(target.url)
    if not target.token or not target.token.isascii() or not target.token.isprintable():
        raise ValueError("token: it is empty, or has characters that no HTTP header can carry")
    compliant = target.entra_flag or _COMPLIANCE_FLAG in base_url.params
    async with httpx.AsyncClient(
        base_url=base_url.copy_with(query=None),
        timeout=_TIMEOUT_SECONDS,
        limits=httpx.Limits(max_connections=target.concurrency),
        # A proxy of the environment has no way to this machine's own loopback.
        mounts={"all://localhost": None, "all://127.0.0.1": None, "all://[::1]": None},
    ) as http:
        http.headers.clear()  # httpx's own User-Agent and Accept
        http.headers["Authorization"] = f"Bearer {target.token}"
        match target.idp:
            case Idp.OKTA:
                http.headers.update(okta.HEADERS)
                yield Okta(Transport(http, ledger, target.patience))
            case Idp.ENTRA:
                http.headers.update(entra.HEADERS)
                yield Entra(Transport(http, ledger, target.patience), compliant=compliant)
            case _:
                assert_never(target.idp)


def _base_url(text: str) -> httpx.URL:
    refusal = ValueError(f"url: {text!r} is not an http or https URL")
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise refusal from error
    if url.scheme not in {"http", "https"} or not url.host:
        raise refusal
    return url
