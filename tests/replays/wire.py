"""Requests as the identity provider sends them, header for header."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from tests.replays.script import NO_BODY, Request
from tests.replays.variables import fill


class Target(Protocol):
    """The SCIM server under test: one directory's base URL and its bearer token."""

    @property
    def base_url(self) -> str: ...
    @property
    def token(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Wire:
    """Sends to one target with the default headers of one identity provider."""

    client: httpx.Client
    target: Target
    headers: Mapping[str, str | None]

    def send(self, request: Request, variables: Mapping[str, Any]) -> httpx.Response:
        """Raises UnsetVariableError before it is sent, httpx.TransportError without an answer."""
        headers = httpx.Headers({"Authorization": f"Bearer {self.target.token}"})
        removed = set()
        for name, value in (*self.headers.items(), *request.headers.items()):
            removed.discard(name.lower())
            if value is None:
                removed.add(name.lower())
            else:
                headers[name] = fill(value, variables)
        content = _content(request, variables)
        if content is None:
            headers.pop("Content-Type", None)  # it speaks of a body, and no client sends it without
        elif "content-type" not in removed:
            headers.setdefault("Content-Type", "application/scim+json")
        built = self.client.build_request(
            request.method,
            self.target.base_url.rstrip("/") + fill(request.path, variables),
            headers=headers,
            content=content,
        )
        for name in removed:
            built.headers.pop(name, None)  # those that httpx adds by itself
        return self.client.send(built)


def _content(request: Request, variables: Mapping[str, Any]) -> bytes | None:
    if request.body is NO_BODY:
        return None
    body = fill(request.body, variables)
    return (body if request.raw else json.dumps(body)).encode()
